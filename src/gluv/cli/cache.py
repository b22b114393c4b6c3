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
