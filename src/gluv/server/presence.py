"""Which server has a `.gluv/`: at most one `gluv serve`, and runs beside it use that one."""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from gluv.errors import ServerUnavailable
from gluv.host.files import write_whole

_LOCK = "serve.lock"
_NOTE = "serve.json"


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is running: its URL on this machine, without a trailing slash."""

    url: str


@contextlib.contextmanager
def hold_presence(directory: Path) -> Iterator[Callable[[str], None]]:
    """Be the one server of a `.gluv/`; yields what tells others the URL, once there is one.

    The lock dies with the process. Raises `ServerUnavailable` if another one is.
    """
    lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = find_presence(directory)
            where = f" at {other.url}" if other is not None else ""
            raise ServerUnavailable(
                f"another gluv serve has {directory}{where}",
                hint="use that one or stop it, or serve another folder with --data",
            ) from None
        note = directory / _NOTE
        # What a killed server left must not be taken for ours.
        note.unlink(missing_ok=True)
        try:
            yield lambda url: write_whole(note, msgspec.json.encode(Presence(url=url)), mode=0o600)
        finally:
            note.unlink(missing_ok=True)
    finally:
        os.close(lock)


def find_presence(directory: Path) -> Presence | None:
    """The server that has a `.gluv/` now, None if there is none or it is still starting."""
    if is_held(directory):
        with contextlib.suppress(OSError, msgspec.DecodeError, msgspec.ValidationError):
            return msgspec.json.decode((directory / _NOTE).read_bytes(), type=Presence)
    return None


def is_held(directory: Path) -> bool:
    """Whether a server has a `.gluv/` now, be it still starting."""
    try:
        lock = os.open(directory / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
