"""Daemons that a job left behind: adopted by this process, told apart, and ended."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")

# Sessions that run now, by their leaders, and the children that were there before any job.
_sessions: set[int] = set()
_others: frozenset[int] = frozenset()


def adopt_orphans(*, adopt: bool = True) -> None:
    """Make orphans of this process's descendants its own children (Linux subreaper).

    Elsewhere, and where the kernel refuses, nothing happens.
    """
    global _others
    if sys.platform == "linux":
        import ctypes

        _others = frozenset(_adopted() or ())
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


@contextlib.contextmanager
def session_of(leader: int) -> Iterator[None]:
    """While this runs, what lives in the session of `leader` is known to be of its job."""
    _sessions.add(leader)
    try:
        yield
    finally:
        _sessions.discard(leader)


def end_orphans(owned: str, *, session: int, all_owned: str) -> bool:
    """Kill this process's orphans that are of one job; whether none of it can be left.

    They are those that carry the path `owned` in their environment, and those of `session`. Needs
    `adopt_orphans`. A daemon's own children become orphans when it dies, so this repeats until none
    is left. An orphan that nothing ties to a job (it has a session of its own and carries no path
    below `all_owned`, that of the run) lives on and may be of this one. Only Linux can tell;
    elsewhere False.
    """
    for _ in range(64):
        adopted = _adopted()
        if not adopted:
            return adopted is not None
        found = [pid for pid in adopted if _carries(pid, owned) or _lives_in(pid, session)]
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    _reap(session)
    return not any(_is_stranger(pid, all_owned) for pid in _adopted() or ())


def may_be_left() -> bool:
    """Whether a process that some job of this run started may still live. No job runs any more."""
    adopted = _adopted()
    return adopted is None or any(_lives(pid) and pid not in _others for pid in adopted)


def end_strangers(owned: str) -> int:
    """Kill every process of this user that carries the path `owned` in its environment; how many.

    For what a killed gluv left running. Only Linux can tell; elsewhere 0.
    """
    ended = 0
    for entry in _PROC.glob("[0-9]*") if sys.platform == "linux" else ():
        pid = int(entry.name)
        if pid != os.getpid() and _carries(pid, owned):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended += 1
    return ended


def _is_stranger(pid: int, all_owned: str) -> bool:
    """Whether a child lives of which nobody knows whose it is."""
    if not _lives(pid) or pid in _others:
        return False
    state = _stat(pid)
    return state is not None and state[1] not in _sessions and not _carries(pid, all_owned)


def _lives(pid: int) -> bool:
    state = _stat(pid)
    return state is not None and state[0] != "Z"


def _lives_in(pid: int, session: int) -> bool:
    """Whether a process is of this session, not its leader, and not dead."""
    state = _stat(pid)
    return state is not None and state[1] == session and state[0] != "Z" and pid != session


def _reap(session: int) -> None:
    """Wait for adopted children of a session that are dead already, for whom nobody else waits."""
    for pid in _adopted() or ():
        if pid != session and _stat(pid) == ("Z", session):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _stat(pid: int) -> tuple[str, int] | None:
    """State and session of a process, None if it is gone."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[-1].split()
        return fields[0], int(fields[3])
    except (OSError, ValueError, IndexError):
        return None


def _adopted() -> list[int] | None:
    """The children of this process's first thread, among them all that it adopted; None where
    nobody can tell.

    The kernel gives orphans to the first thread that lives, and the first one outlives the others.
    """
    if sys.platform != "linux":
        return None
    first = os.getpid()
    try:
        handle = os.open(f"/proc/{first}/task/{first}/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        parts = []
        while part := os.read(handle, 1 << 16):
            parts.append(part)
        return [int(pid) for pid in b"".join(parts).split()]
    finally:
        os.close(handle)


def _carries(pid: int, owned: str) -> bool:
    """Whether a living process has the directory `owned` in its environment."""
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return owned.encode() + b"/" in environment
