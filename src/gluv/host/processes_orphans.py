"""Daemons that a job left behind: found by their environment, session or mark, and ended."""

import contextlib
import os
import signal
import sys
from pathlib import Path

from gluv.host.processes_marks import JOBS, read_mark

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


def adopt_orphans(*, adopt: bool = True) -> None:
    """Make orphans of this process's descendants its own children (Linux subreaper).

    Elsewhere, and where the kernel refuses, nothing happens.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def end_orphans(owned: str, *, session: int | None = None, mark: int | None = None) -> int:
    """Kill this process's orphans that carry the path `owned` in their environment; how many.

    Those of `session` and those with this `mark` too, whatever their environment. Needs
    `adopt_orphans`. A daemon's own children become orphans when it dies, so this repeats until none
    is left. The dead of `session`, which nobody else waits for, are reaped. Only Linux can tell;
    elsewhere 0.
    """
    ended = 0
    for _ in range(64):
        found = [
            pid
            for pid in _children()
            if _carries(pid, owned) or _lives_in(pid, session) or _is_marked(pid, mark)
        ]
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
            ended += 1
    if session is not None:
        _reap(session)
    return ended


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
    """Wait for adopted children of a session that are dead already."""
    for pid in _children():
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


def _children() -> list[int]:
    """The children of this process, whichever thread made or adopted them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (_PROC / "self" / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _carries(pid: int, owned: str) -> bool:
    """Whether a living process has the directory `owned` in its environment."""
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False
    return owned.encode() + b"/" in environment
