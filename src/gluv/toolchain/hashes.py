"""The hash of a large file, read again only when the file may have changed."""

import contextlib
import hashlib
import os
import time
from pathlib import Path

import msgspec

_SETTLED = 2.0
"""Seconds after which a change of a file gives it another time, on any file system."""


def remembered_hash(path: Path, memory: Path) -> str:
    """The SHA-256 of a file, from `memory` if its status is the one it had when it was hashed.

    The status has the time of the last change of any kind, which no program can set, so a file
    that was replaced or damaged through the file system is hashed again. A `memory` that cannot be
    read or written only costs time. Raises `OSError` if the file cannot be read.
    """
    state = path.stat()
    stamp = f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
    known = _read(memory)
    if known.get(path.name, ("", ""))[0] == stamp:
        return known[path.name][1]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if abs(time.time() - state.st_ctime) > _SETTLED:
        _write(memory, known | {path.name: (stamp, digest)})
    return digest


def _read(memory: Path) -> dict[str, tuple[str, str]]:
    try:
        return msgspec.json.decode(memory.read_bytes(), type=dict[str, tuple[str, str]])
    except (OSError, msgspec.DecodeError):
        return {}


def _write(memory: Path, known: dict[str, tuple[str, str]]) -> None:
    fresh = memory.with_name(f"{memory.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        fresh.write_bytes(msgspec.json.encode(known))
        fresh.replace(memory)
