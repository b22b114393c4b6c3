"""Who runs gluv."""

from pathlib import Path


def user_home() -> Path:
    """The user's folder: `HOME`, else what the system's accounts say.

    Without either, as in a container that runs under a number, a path at which nothing is.
    """
    try:
        return Path.home()
    except RuntimeError:
        return Path("/nonexistent")
