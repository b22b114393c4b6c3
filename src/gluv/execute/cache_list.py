"""The caches that are kept: which, how large, how old; and their end."""

import os
from pathlib import Path
from urllib.parse import unquote

import msgspec

from gluv.host.copy import remove_tree


class KeptCache(msgspec.Struct, frozen=True, kw_only=True):
    """A cache by its key; `size` in bytes, `saved_at` in seconds since the epoch."""

    key: str
    size: int
    files: int
    saved_at: float


def list_caches(directory: Path) -> tuple[KeptCache, ...]:
    """The caches of a project by key; one that is damaged or half saved is not shown."""
    found = []
    for place in sorted(directory.iterdir()) if directory.is_dir() else ():
        try:
            current = place / (place / "current").read_text(encoding="ascii").strip()
            saved_at = (place / "current").stat().st_mtime
        except (OSError, UnicodeDecodeError):
            continue
        sizes = [
            os.lstat(os.path.join(folder, name)).st_size
            for folder, _, names in os.walk(current)
            for name in names
        ]
        key = unquote(place.name)
        found.append(KeptCache(key=key, size=sum(sizes), files=len(sizes), saved_at=saved_at))
    return tuple(found)


def remove_caches(directory: Path) -> int:
    """Remove all of them; returns how many there were. A job that reads one finds it missing."""
    count = len(list_caches(directory))
    for place in list(directory.iterdir()) if directory.is_dir() else ():
        remove_tree(place)
    return count
