"""The folder that all projects of a user share."""

import sys
from collections.abc import Mapping
from pathlib import Path

from gluv.errors import StoreUnavailable


def user_cache(environ: Mapping[str, str]) -> Path:
    """`GLUV_CACHE_DIR`, else the platform's folder for caches.

    Raises `StoreUnavailable` for a user without a home.
    """
    wanted = environ.get("GLUV_CACHE_DIR")
    if wanted:
        return Path(wanted).expanduser().absolute()
    if sys.platform == "linux":
        # As platformdirs says, which takes long to load.
        for name, below in (("XDG_CACHE_HOME", "gluv"), ("HOME", ".cache/gluv")):
            if environ.get(name, "").startswith("/"):
                return Path(environ[name], below)
    import platformdirs

    try:
        found = platformdirs.user_cache_path("gluv")
    except RuntimeError:
        found = Path()
    if not found.is_absolute():
        # Its earlier versions say `~/.cache` then.
        raise StoreUnavailable(
            "there is no place for a cache: HOME is not set, and this user has no account",
            hint="set HOME, or GLUV_CACHE_DIR",
        )
    return found


def kept_files(environ: Mapping[str, str], repository: Path) -> Path:
    """Where the runs of a repository leave files for the next one (`gluv.host.kept`)."""
    from gluv.host.workspace_slot import slot_name

    return user_cache(environ) / "kept" / slot_name(repository)
