"""A place for the workspaces of one run, held by a lock and swept when its holder has died."""

import binascii
import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gluv.errors import StoreUnavailable
from gluv.host.copy import remove_tree
from gluv.host.kept import put_kept, take_kept
from gluv.host.processes_marks import run_mark
from gluv.host.processes_orphans import end_strangers
from gluv.host.watchdog import is_at_work

PATIENCE_SECONDS = 15.0
"""How long a run waits for the watchdog of a killed one, before it works somewhere else."""


@contextlib.contextmanager
def hold_slot(builds: Path, repository: Path, kept: Path | None = None) -> Iterator[Path]:
    """A directory below `builds` that belongs to this run alone; removed afterwards.

    It is empty, or holds what the last run of the repository has left below `kept`; what this run
    leaves for the next (`gluv.host.kept`) goes there.

    Runs of one project take the lowest free number, so that the path of a workspace, which ends up
    in virtual environments and caches, is mostly the same from run to run. The lock dies with its
    process: what a killed run left (files, on Linux also processes) is removed here, by the next
    one. Raises `StoreUnavailable` if `builds` cannot be written.
    """
    name = slot_name(repository)
    if os.pathsep in str(builds):
        raise StoreUnavailable(
            f"jobs cannot run in {builds}: their PATH cannot name a folder with {os.pathsep} in it",
            hint="set GLUV_CACHE_DIR to another folder",
        )
    try:
        builds.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(builds)
        slot, lock = _lowest(builds, name)
    except OSError as error:
        raise StoreUnavailable(
            f"cannot write to {builds}: {error.strerror}",
            hint="make it writable, free some space, or set GLUV_CACHE_DIR",
        ) from error
    try:
        if kept is not None:
            take_kept(kept / name, slot)
        slot.mkdir(mode=0o700, exist_ok=True)
        yield slot
    finally:
        if kept is None or not put_kept(slot, kept / name):
            _empty(slot)
        _release(slot, lock)


def slot_name(repository: Path) -> str:
    """A name for all that belongs to a repository: readable, and its own."""
    place = repository.resolve()
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", place.name)[:20].strip("-") or "project"
    return f"{name}-{binascii.crc32(os.fsencode(place)):08x}"


def is_abandoned(slot: Path) -> bool:
    """Whether no living run holds a directory of `hold_slot`."""
    lock = _lock(slot)
    if lock is None:
        return False
    _release(slot, lock)
    return True


def _lowest(builds: Path, name: str) -> tuple[Path, int]:
    number = 0
    while True:
        slot = builds / f"{name}-{number}"
        lock = _lock(slot)
        if lock is not None:
            if _empty(slot, wait=PATIENCE_SECONDS):
                return slot, lock
            # Files of a container's root, which only its engine can remove.
            _release(slot, lock)
        number += 1


def _sweep(builds: Path) -> None:
    """Remove what dead runs left."""
    for path in builds.glob("*.lock"):
        slot = path.with_suffix("")
        if (lock := _lock(slot)) is not None:
            _empty(slot)
            _release(slot, lock)


def _lock(slot: Path) -> int | None:
    """The lock of a slot, None if a living run holds it."""
    while True:
        handle = os.open(f"{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        # Its holder may have removed it between the two calls.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), os.stat(f"{slot}.lock")):
                return handle
        os.close(handle)


def _release(slot: Path, lock: int) -> None:
    """Give a slot up; its lock does not stay behind for every path that ever was one."""
    with contextlib.suppress(OSError):
        os.unlink(f"{slot}.lock")
    os.close(lock)


def _empty(slot: Path, *, wait: float = 0) -> bool:
    """Remove what is left of a run; whether nothing is.

    A watchdog that cleans up there has `wait` seconds to get done.
    """
    if slot.exists():
        if is_at_work(slot, wait=wait):
            return False
        end_strangers(str(slot), run=run_mark(slot))
        with contextlib.suppress(OSError):
            remove_tree(slot)
    return not slot.exists()
