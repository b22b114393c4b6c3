"""A program in its own session: output as it comes, a deadline, an orderly or a quick end."""

import contextlib
import math
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from gluv.host.processes_marks import put_mark
from gluv.host.processes_orphans import end_orphans, session_of
from gluv.host.spawn import Child, spawn

STRIKE_SECONDS = 3.0
"""How long a program has whose work was struck, before it is killed itself."""

_OWN_DESCRIPTORS, _DESCRIPTORS_OF_A_JOB = 64, 16
"""More than gluv was ever seen to have open itself, and for one job that runs."""

Stopped = Literal["", "timeout", "canceled", "killed"]
StopLevel = Literal[0, 1, 2]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended: its exit code (128 + signal), and what stopped it if gluv did.

    `alone` means that none of the processes it started can be left; where nobody can tell, False.
    """

    code: int
    stopped: Stopped = ""
    alone: bool = False


class StopSignal:
    """Tells running programs to stop; any thread may raise its level, it never falls.

    1 asks (SIGTERM, then SIGKILL after the grace), 2 ends at once. One with another `above` it
    rises with that one, and may rise further alone; `close` it when nobody is left to stop.
    """

    def __init__(self, above: "StopSignal | None" = None) -> None:
        self._lock = threading.RLock()
        self._level: StopLevel = 0
        self._listeners: dict[int, Callable[[], None]] = {}
        self._above = above
        self._follow = self._rise
        self._forget = above.listen(self._follow) if above is not None else None
        self._rise()

    def close(self) -> None:
        """Rise no more with the one above."""
        if self._forget is not None:
            self._forget()

    def _rise(self) -> None:
        if self._above is not None:
            self.raise_to(self._above.level)

    @property
    def level(self) -> StopLevel:
        """0 go on, 1 stop in good order, 2 stop at once."""
        return self._level

    def raise_to(self, level: StopLevel) -> None:
        """Ask for a stop; a lower level than before changes nothing."""
        with self._lock:
            if level <= self._level:
                return
            self._level = level
            listeners = tuple(self._listeners.values())
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` at every rise, in the thread that raises; returns what ends that."""
        with self._lock:
            self._listeners[id(listener)] = listener

        def forget() -> None:
            with self._lock:
                self._listeners.pop(id(listener), None)

        return forget


def keep_descriptors() -> None:
    """Let no program that is started from here on have what gluv itself was given beside 0, 1, 2.

    Python makes none that a program would get.
    """
    for number in _descriptors():
        # Not every one is there, at least not the one that the names were read from.
        with contextlib.suppress(OSError):
            if number > 2:
                os.set_inheritable(number, False)


def allow_descriptors(jobs: int) -> None:
    """Let this process open what so many jobs at once take, as far as the system allows that.

    The limit that most systems begin with, 256 or 1024, is a soft one. Jobs get it too.
    """
    import resource

    wanted = _OWN_DESCRIPTORS + jobs * _DESCRIPTORS_OF_A_JOB
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY not in (soft, hard):
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _descriptors() -> Iterable[int]:
    """The numbers of the descriptors that may be open."""
    for place in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(name) for name in os.listdir(place)]
    return range(min(os.sysconf("SC_OPEN_MAX"), 1 << 16))


def run_session(
    args: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int,
    output: Callable[[bytes], None],
    stop: StopSignal,
    ignore_stop: StopLevel = 0,
    deadline: float | None = None,
    grace: float = 5.0,
    owned: str | None = None,
    mark: int | None = None,
    interrupt: Callable[[], None] | None = None,
    strike: Callable[[], None] | None = None,
) -> Ended:
    """Run a program to its end in a session of its own, stdout and stderr as one stream.

    `stdin` is a file descriptor. `deadline` is on the clock of `time.monotonic()`. Levels of `stop`
    up to `ignore_stop` are not heard. When the program itself has ended, what is left of its
    session is killed, and so are daemons it left behind that carry the path `owned` in their
    environment or the `mark` it was given (Linux); `owned` is a directory of the run's. `interrupt`
    asks for an orderly end in the place of SIGTERM, and `strike` for one at once, before SIGKILL
    (`STRIKE_SECONDS`); neither may block. Needs `keep_descriptors`.
    Raises `OSError` if it cannot be started.
    """
    reader, writer = os.pipe()
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(wake_writer, False)

    def wake() -> None:
        with contextlib.suppress(OSError):
            os.write(wake_writer, b".")

    try:
        try:
            process = spawn(args, cwd=cwd, env=env, stdin=stdin, output=writer)
        finally:
            os.close(writer)
        if mark is not None:
            put_mark(process.pid, mark)
        forget = stop.listen(wake)

        def wait() -> None:
            process.wait()
            wake()

        ending = _open_process(process.pid)
        if ending is None:
            waiter = threading.Thread(target=wait, daemon=True)
            waiter.start()
        alone = False
        with session_of(process.pid):
            try:
                watch = _Watch(process, reader, wake_reader, output, interrupt, ending, strike)
                stopped = watch.follow(stop, ignore_stop, deadline, grace)
            finally:
                _signal(process.pid, signal.SIGKILL)
                if ending is None:
                    waiter.join()
                else:
                    process.wait()
                    os.close(ending)
                forget()
                if owned is not None:
                    alone = end_orphans(owned, session=process.pid, mark=mark)
        watch.drain(limit=2.0)
    finally:
        for handle in (reader, wake_reader, wake_writer):
            os.close(handle)
    code = process.returncode
    return Ended(code=128 - code if code < 0 else code, stopped=stopped, alone=alone)


class _Watch:
    """Reads a program's output until it has ended."""

    def __init__(
        self,
        process: Child,
        reader: int,
        wake: int,
        output: Callable[[bytes], None],
        interrupt: Callable[[], None] | None = None,
        ending: int | None = None,
        strike: Callable[[], None] | None = None,
    ) -> None:
        self._process = process
        self._reader = reader
        self._wake = wake
        self._output = output
        self._interrupt = interrupt or (lambda: _signal(process.pid, signal.SIGTERM))
        self._strike = strike
        self._open = True
        self._ending = ending
        self._poll = select.poll()
        for handle in (reader, wake, ending):
            if handle is not None:
                self._poll.register(handle, select.POLLIN)

    def follow(
        self, stop: StopSignal, ignored: StopLevel, deadline: float | None, grace: float
    ) -> Stopped:
        stopped: Stopped = ""
        kill_at: float | None = None
        # Until its descriptor says so, there is no need to ask whether the program has ended.
        ask = self._ending is None
        while True:
            if (
                ask
                and self._process.poll() is not None
                # What it started may still be ending in good order, as long as it can print.
                and not (stopped and self._open and kill_at is not None)
            ):
                return stopped
            now = time.monotonic()
            if stop.level == 2 and stopped != "killed":
                stopped, kill_at = "killed", now
                if self._strike is not None:
                    self._strike()
                    kill_at += STRIKE_SECONDS
            elif stop.level > ignored and not stopped:
                stopped, kill_at = "canceled", now + grace
                self._interrupt()
            elif deadline is not None and now >= deadline and not stopped:
                stopped, kill_at = "timeout", now + grace
                self._interrupt()
            if kill_at is not None and now >= kill_at:
                _signal(self._process.pid, signal.SIGKILL)
                kill_at = None
                # It may have ended before, and nothing would tell of that again.
                continue
            until = kill_at if stopped else deadline
            for handle, _ in self._poll.poll(_milliseconds(until, now)):
                if handle == self._wake:
                    os.read(self._wake, 64)
                elif handle == self._ending:
                    self._poll.unregister(handle)
                    # Whoever traces it, like strace, may be told before its parent is.
                    self._process.wait()
                    ask = True
                else:
                    self._read()

    def drain(self, *, limit: float) -> None:
        """What is still in the pipe; `limit` in seconds, should a stranger hold its other end."""
        until = time.monotonic() + limit
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        while self._open and (now := time.monotonic()) < until:
            if poll.poll(_milliseconds(until, now)):
                self._read()

    def _read(self) -> None:
        try:
            chunk = os.read(self._reader, 1 << 16)
        except BlockingIOError:
            return
        if chunk:
            self._output(chunk)
        else:
            self._open = False
            self._poll.unregister(self._reader)


def _milliseconds(until: float | None, now: float) -> int | None:
    """What `poll` takes as the longest to wait, at most some weeks."""
    return None if until is None else max(0, min(math.ceil((until - now) * 1000), 2**31 - 1))


def _open_process(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where there is no such."""
    if sys.platform != "linux":
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _signal(group: int, number: signal.Signals) -> None:
    """Signal every process of a group; one that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
