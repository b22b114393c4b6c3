"""What one run leaves for the next: the snapshot and the directories of its jobs.

It lies beside the places where runs work, and a run that begins takes it from there by renaming it.
So two runs never share it, and what a killed run had taken is never used again.
"""

import contextlib
import os
import sys
import time
from functools import cache
from pathlib import Path

import msgspec

from gluv.host.copy import remove_tree
from gluv.host.noted import Noted
from gluv.host.version import own_version
from gluv.host.workspace import Remembered

MOST_PROJECTS = 10
"""Projects for which something is kept; those that ran last."""

MOST_DAYS = 14
"""After so many days without a run nothing is kept."""

SNAPSHOT = ".source"
"""Where the snapshot is in a slot."""

_STATE = ".kept"


class Kept(msgspec.Struct, kw_only=True, array_like=True):
    """What is known of what was left. `made_by` is this gluv on this machine, running since."""

    made_by: str
    snapshot: Remembered
    homes: dict[str, Noted]


def read_kept(slot: Path) -> Kept | None:
    """What the last run left in a slot, told once only.

    None if that is nothing, or nothing to rely on; the slot is empty then.
    """
    kept: Kept | None = None
    with contextlib.suppress(OSError, msgspec.DecodeError):
        data = (slot / _STATE).read_bytes()
        os.unlink(slot / _STATE)
        kept = msgspec.msgpack.decode(data, type=Kept)
    if kept is None or kept.made_by != _maker():
        for left in slot.iterdir():
            remove_tree(left)
        return None
    layer = kept.snapshot.taken.layer
    for noted in kept.homes.values():
        tree = noted.parts.get("tree")
        if tree is not None and tree.serial == layer.serial:
            tree.files = layer.files
    return kept


def write_kept(slot: Path, snapshot: Remembered, homes: dict[str, Noted]) -> None:
    """Leave what is in a slot to the next run. Raises `OSError`."""
    maker = _maker()
    if not maker:
        return
    for left in slot.iterdir():
        if left.name not in (SNAPSHOT, *homes):
            remove_tree(left)
    serial = snapshot.taken.layer.serial
    for noted in homes.values():
        tree = noted.parts.get("tree")
        if tree is not None and tree.serial == serial:
            tree.files = {}  # the snapshot's own
    kept = Kept(made_by=maker, snapshot=snapshot, homes=homes)
    # The name of a file may be no text; of such a project nothing is kept.
    with contextlib.suppress(UnicodeEncodeError):
        (slot / _STATE).write_bytes(msgspec.msgpack.encode(kept))


@cache
def _maker() -> str:
    """This gluv, user and start of this machine: what was kept by another one is not trusted.

    After a power cut a file may have its status and not its content. Empty where nothing is kept:
    only Linux can tell that no process of a job is left.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return f"gluv {own_version()} {sys.version} {os.getuid()} {boot}"


def take_kept(place: Path, slot: Path) -> None:
    """Move what is kept at `place` into a slot that does not exist."""
    with contextlib.suppress(OSError):
        os.rename(place, slot)


def put_kept(slot: Path, place: Path) -> bool:
    """Move a slot that has something to keep to `place`; whether that could be done."""
    if not (slot / _STATE).exists():
        return False
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.rename(slot, place)
    except OSError:
        # Another run of the project has left something already.
        return False
    sweep_kept(place.parent)
    return True


def sweep_kept(directory: Path) -> None:
    """Remove what is kept for too many projects, or for too long."""
    found = []
    for place in directory.iterdir():
        if place.name.startswith("."):
            # Somebody was killed while removing it.
            with contextlib.suppress(OSError):
                remove_tree(place)
        with contextlib.suppress(OSError):
            found.append(((place / _STATE).stat().st_mtime, place))
    found.sort(reverse=True)
    oldest = time.time() - MOST_DAYS * 24 * 3600
    for number, (at, place) in enumerate(found):
        if number >= MOST_PROJECTS or at < oldest:
            remove_kept(place)


def remove_kept(place: Path) -> bool:
    """Remove what is kept at a place, at once for everybody; whether there was anything."""
    trash = place.with_name(f".{os.urandom(8).hex()}")
    try:
        os.rename(place, trash)
    except OSError:
        return False
    with contextlib.suppress(OSError):
        remove_tree(trash)
    return True
