"""`resource_group` between runs: a lock in `.gluv/` that dies with its process."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gluv.host.processes import StopSignal
from gluv.store.digest import digest

_PAUSE = 0.1
"""Seconds between two tries."""


@contextlib.contextmanager
def hold_group(
    directory: Path,
    group: str,
    *,
    run: int,
    stop: StopSignal,
    say: Callable[[str], None],
) -> Iterator[bool]:
    """Hold a resource group of the project, so that no other run has it; False if stopped first.

    `run` is written into the lock for the others to see, `say` hears who is waited for, and an
    empty word when that is over.
    """
    directory.mkdir(parents=True, exist_ok=True)
    name = digest(group)[:16]
    handle = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        said = False
        while not _try(handle):
            if not said:
                said = True
                say(f"waiting for the resource group {group}, which run #{_holder(handle)} has")
            if stop.level:
                yield False
                return
            time.sleep(_PAUSE)
        if said:
            say("")
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(run).encode(), 0)
        yield True
    finally:
        os.close(handle)


def _try(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: int) -> str:
    return os.pread(handle, 20, 0).decode("ascii", "replace") or "?"
