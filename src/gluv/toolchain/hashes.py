"""What is costly to find out of a file, found out again only when the file may have changed."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

_SETTLED = 2.0
"""Seconds after which a change of a file gives it another time, on any file system."""


def remembered_hash(path: Path, memory: Path) -> str:
    """The SHA-256 of a file, remembered as `remembered` does. Raises `OSError`."""

    def digest() -> bytes:
        import hashlib  # it loads OpenSSL

        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest().encode()

    found = remembered(path.name, path, memory, digest)
    assert found is not None
    return found.decode()


def remembered(
    name: str, path: Path, memory: Path, find_out: Callable[[], bytes | None]
) -> bytes | None:
    """What `find_out` says of a file, from `memory` if its status is the one it had then.

    `name` is the file's in the memory.

    The status has the time of the last change of any kind, which no program can set, so a file
    that was replaced or damaged through the file system is looked at again. A `memory` that cannot
    be read or written only costs time. None is not remembered. Raises `OSError` if the file cannot
    be read.
    """
    state = path.stat()
    stamp = f"{state.st_dev} {state.st_ino} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
    known = _read(memory)
    if known.get(name, ("", ""))[0] == stamp:
        return known[name][1].encode()
    said = find_out()
    if said is not None and abs(time.time() - state.st_ctime) > _SETTLED:
        _write(memory, known | {name: (stamp, said.decode())})
    return said


def _read(memory: Path) -> dict[str, tuple[str, str]]:
    try:
        return msgspec.json.decode(memory.read_bytes(), type=dict[str, tuple[str, str]])
    except (OSError, msgspec.DecodeError):
        return {}


def _write(memory: Path, known: dict[str, tuple[str, str]]) -> None:
    fresh = memory.with_name(f"{memory.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        memory.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.encode(known))
        fresh.replace(memory)
