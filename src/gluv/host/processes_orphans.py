"""Daemons that a job left behind: told apart by environment, session or mark, and ended."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from gluv.host.processes_marks import JOBS, read_mark

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
    """While this runs, what lives in the session of `leader` is known: of its job, or of gluv."""
    _sessions.add(leader)
    try:
        yield
    finally:
        _sessions.discard(leader)


def end_orphans(owned: str, *, session: int | None = None, mark: int | None = None) -> bool:
    """Kill this process's orphans that are of one job; whether none of it can be left.

    They are those that carry the path `owned`, the job's directory, in their environment, those of
    `session`, and those with this `mark`. Needs `adopt_orphans`. A daemon's own children become
    orphans when it dies, so this repeats until none is left. The dead of `session`, which nobody
    else waits for, are reaped. An orphan that nothing ties to a job of the run lives on and may be
    of this one. Only Linux can tell; elsewhere False.
    """
    for _ in range(64):
        adopted = _adopted()
        if not adopted:
            return adopted is not None
        found = [
            pid
            for pid in adopted
            if _carries(pid, owned) or _lives_in(pid, session) or _is_marked(pid, mark)
        ]
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    else:
        return False
    if session is not None:
        _reap(session)
    directory, run = os.path.dirname(owned), None if mark is None else mark // JOBS
    return not any(_is_stranger(pid, directory, run) for pid in _adopted() or ())


def may_be_left() -> bool:
    """Whether a process that some job of this run started may still live. No job runs any more."""
    adopted = _adopted()
    return adopted is None or any(
        is_running(pid) and pid not in _others and not _is_known(pid) for pid in adopted
    )


def end_strangers(owned: str, *, run: int | None = None) -> int:
    """Kill every process of this user that carries the path `owned` in its environment; how many.

    With `run` also those with a mark of that run. For what a killed gluv left running. Only Linux
    can tell; elsewhere 0.
    """
    ended = 0
    for entry in _PROC.glob("[0-9]*") if sys.platform == "linux" else ():
        pid = int(entry.name)
        if pid != os.getpid() and (_carries(pid, owned) or _is_of_run(pid, run)):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                ended += 1
    return ended


def _is_stranger(pid: int, run_directory: str, run: int | None) -> bool:
    """Whether a child lives of which nobody knows whose it is."""
    if not is_running(pid) or pid in _others or _is_of_run(pid, run):
        return False
    return not _is_known(pid) and not _carries(pid, run_directory)


def _is_known(pid: int) -> bool:
    """Whether a process lives in the session of a job that runs, or in one of gluv's own."""
    state = _stat(pid)
    return state is None or state[1] in _sessions


def is_running(pid: int) -> bool:
    """Whether there is such a process and it has not ended, reaped or not (Linux)."""
    state = _stat(pid)
    return state is not None and state[0] != "Z"


def _is_marked(pid: int, mark: int | None) -> bool:
    """Whether a process that is not dead has this mark."""
    return mark is not None and read_mark(pid) == mark and is_running(pid)


def _is_of_run(pid: int, run: int | None) -> bool:
    return run is not None and (read_mark(pid) or 0) // JOBS == run


def _lives_in(pid: int, session: int | None) -> bool:
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
