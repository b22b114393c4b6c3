"""The folder that all projects of a user share."""

import sys
from collections.abc import Mapping
from pathlib import Path


def user_cache(environ: Mapping[str, str]) -> Path:
    """`GLUV_CACHE_DIR`, else the platform's folder for caches."""
    wanted = environ.get("GLUV_CACHE_DIR")
    if wanted:
        return Path(wanted).expanduser().absolute()
    if sys.platform == "linux":
        # As platformdirs says, which takes long to load.
        for name, below in (("XDG_CACHE_HOME", "gluv"), ("HOME", ".cache/gluv")):
            if environ.get(name, "").startswith("/"):
                return Path(environ[name], below)
    import platformdirs

    return platformdirs.user_cache_path("gluv")


def kept_files(environ: Mapping[str, str], repository: Path) -> Path:
    """Where the runs of a repository leave files for the next one (`gluv.host.kept`)."""
    from gluv.host.workspace_slot import slot_name

    return user_cache(environ) / "kept" / slot_name(repository)
