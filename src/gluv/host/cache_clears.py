"""How often the project's caches were cleared: GitLab puts the number behind every cache key."""

import fcntl
import os
from pathlib import Path

from gluv.host.files import write_whole

_NAME = "cache-clears"


def read_clear_count(store: Path) -> int:
    """The number; 0 if they never were, or if the file says nothing sensible."""
    try:
        text = (store / _NAME).read_text(encoding="ascii").strip()
        return int(text) if text.isdigit() else 0
    except (OSError, UnicodeDecodeError):
        return 0


def raise_clear_count(store: Path) -> int:
    """Add one and return the new number; two at once add two."""
    store.mkdir(parents=True, exist_ok=True)
    handle = os.open(store / f"{_NAME}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        count = read_clear_count(store) + 1
        write_whole(store / _NAME, f"{count}\n".encode())
    finally:
        os.close(handle)
    return count
