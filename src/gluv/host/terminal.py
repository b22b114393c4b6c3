"""A program that has this process's terminal to itself until it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gluv.host.processes import StopSignal
from gluv.host.processes_marks import put_mark
from gluv.host.processes_orphans import end_orphans

_LOOK = 0.2
"""Seconds between two looks at the signal that stops it."""

_HANGUP = 2.0
"""Seconds in which the SIGHUP of a closed terminal comes, if it does."""


class Streams(msgspec.Struct, frozen=True, kw_only=True):
    """Descriptors that a program gets as its own."""

    stdin: int = 0
    stdout: int = 1
    stderr: int = 2

    @property
    def is_terminal(self) -> bool:
        """Whether somebody types, and reads the answers."""
        return os.isatty(self.stdin) and os.isatty(self.stdout)


def run_attached(
    args: Sequence[str],
    *,
    streams: Streams,
    cwd: Path,
    env: Mapping[str, str],
    stop: StopSignal,
    owned: str,
    mark: int | None = None,
) -> int:
    """Run a program on `streams`, in this session, to its end; its exit code (128 + signal).

    A shell with job control takes the terminal and gives it back; afterwards its settings are those
    of before, whatever the program left. No process with `owned` in its environment or with `mark`
    outlives the call (Linux). A `stop` hangs up, and kills what does not go. Where the terminal was
    closed, `stop` has risen when this returns. Raises `OSError`.
    """
    typed = os.isatty(streams.stdin)
    with _kept_terminal(streams.stdin):
        process = subprocess.Popen(
            args,
            cwd=cwd,
            env=dict(env),
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
        )
        try:
            if mark is not None:
                put_mark(process.pid, mark)
            while process.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK)
                if stop.level:
                    _hang_up(process)
        finally:
            process.kill()
            process.wait()
            end_orphans(owned, mark=mark)
    if typed and not os.isatty(streams.stdin):
        _await_hangup(stop)
    code = process.returncode
    return 128 - code if code < 0 else code


def _await_hangup(stop: StopSignal) -> None:
    """The program may see the end of its terminal before this process has its SIGHUP."""
    until = time.monotonic() + _HANGUP
    while not stop.level and time.monotonic() < until:
        time.sleep(0.01)
    stop.raise_to(1)


def _hang_up(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGHUP)
    # A stopped program hears nothing.
    process.send_signal(signal.SIGCONT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(2)
    process.kill()


@contextlib.contextmanager
def _kept_terminal(handle: int) -> Iterator[None]:
    """The terminal as it was, and this process in its foreground, once the program is over."""
    if sys.platform == "win32" or not os.isatty(handle):
        yield
        return
    import termios

    settings = termios.tcgetattr(handle)
    group = os.tcgetpgrp(handle)
    try:
        yield
    finally:
        # Only so may a process that is not in the foreground change the terminal.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with contextlib.suppress(OSError, termios.error):
            os.tcsetpgrp(handle, group)
            termios.tcsetattr(handle, termios.TCSADRAIN, settings)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
