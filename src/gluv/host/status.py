"""The status of a file as one number, so that whatever was done to it is seen.

Of all that a status says, the time of the last change of any kind is what no program can set. But
it comes from a clock that ticks: a change right after another one may leave it as it is.
"""

import os
import sys
import time
from collections.abc import Iterable

_TICK_NS = 20_000_000
"""Nanoseconds by which the time of a change may lag behind the clock (a tick of the kernel)."""

_COARSEST_NS = 2_000_000_000
"""The same where a file system keeps whole milliseconds, or seconds, or pairs of them."""


def stamp(status: os.stat_result) -> int:
    """Kind, rights, owner, device, inode, links, size, and the times of both changes."""
    return hash((status[:7], status.st_mtime_ns, status.st_ctime_ns))


def changed_since(top: str, noted: Iterable[tuple[str, int]]) -> list[str]:
    """The paths below `top` that are gone or have another stamp; an empty one is `top` itself."""
    changed = []
    for path, known in noted:
        try:
            if stamp(os.lstat(f"{top}/{path}" if path else top)) == known:
                continue
        except OSError:
            pass
        changed.append(path)
    return changed


def certain_at(status: os.stat_result) -> int:
    """The time in nanoseconds from which on every change gives a file another status."""
    changed = status.st_ctime_ns
    return changed + (_COARSEST_NS if changed % 1_000_000 == 0 else _TICK_NS)


def is_certain(status: os.stat_result) -> bool:
    """Whether a change from now on would give a file another status."""
    return certain_at(status) < time.time_ns()


def identity(status: os.stat_result) -> int:
    """Which file of which content this is, as long as nobody writes into it: links do not count."""
    return hash((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


def rights(status: os.stat_result) -> int:
    """Of a directory: kind, rights, owner, and which one it is, whatever is in it."""
    return hash((status.st_mode, status.st_uid, status.st_gid, status.st_dev, status.st_ino))


def attributes(place: str) -> tuple[str, ...]:
    """The names of extended attributes, access lists among them, which no status tells of."""
    if sys.platform != "linux":
        return ()
    try:
        return tuple(sorted(os.listxattr(place, follow_symlinks=False)))
    except OSError:
        return ()
