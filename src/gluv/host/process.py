"""Running another program to its end, its output captured."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec


class Completed(msgspec.Struct, frozen=True):
    """How a program ended: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str


def find_program(name: str, path: str) -> str | None:
    """Where a program is by the directories of `path`, a PATH; None if it is in none of them."""
    places = (program_in(directory, name) for directory in path.split(os.pathsep))
    return next(filter(None, places), None)


def program_in(directory: str, name: str) -> str | None:
    """Where a program is if it is in this directory."""
    place = os.path.join(directory, name)
    return place if os.access(place, os.X_OK) and os.path.isfile(place) else None


class Running:
    """A program that only reads and gets no input, running while something else is done.

    Raises `FileNotFoundError` if there is no such program.
    """

    def __init__(
        self,
        args: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._process = subprocess.Popen(
            args,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Ctrl-C in a terminal is for gluv, which ends in good order.
            process_group=0,
        )
        self._ended: tuple[bytes, bytes] | None = None

    def wait(self) -> "RawCompleted":
        """How it ended; one that fills its pipe waits until it is read here."""
        if self._ended is None:
            self._ended = self._process.communicate()
        return RawCompleted(self._process.returncode, *self._ended)

    def end(self) -> None:
        """End it if nobody has waited for it."""
        if self._ended is None:
            self._process.kill()
            self.wait()


class RawCompleted(msgspec.Struct, frozen=True):
    """How a program ended, in bytes."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> Completed:
        """The same as text: what is no UTF-8 is replaced, and a line ends as in Python."""
        said = (printed.decode(errors="replace") for printed in (self.stdout, self.stderr))
        return Completed(
            self.code, *(text.replace("\r\n", "\n").replace("\r", "\n") for text in said)
        )


def run(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> Completed:
    """Run a program and wait; `timeout` in seconds.

    Raises `FileNotFoundError` if there is no such program and `subprocess.TimeoutExpired`.
    """
    done = subprocess.run(
        [str(arg) for arg in args],
        cwd=cwd,
        env=env,
        input=stdin if stdin is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )
    return Completed(done.returncode, done.stdout, done.stderr)
