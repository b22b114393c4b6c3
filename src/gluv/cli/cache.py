"""The folder that all projects of a user share."""

from collections.abc import Mapping
from pathlib import Path


def user_cache(environ: Mapping[str, str]) -> Path:
    """`GLUV_CACHE_DIR`, else the platform's folder for caches."""
    wanted = environ.get("GLUV_CACHE_DIR")
    if wanted:
        return Path(wanted).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("gluv")


def kept_files(environ: Mapping[str, str], repository: Path) -> Path:
    """Where the runs of a repository leave files for the next one (`gluv.host.kept`)."""
    from gluv.host.workspace_slot import slot_name

    return user_cache(environ) / "kept" / slot_name(repository)
