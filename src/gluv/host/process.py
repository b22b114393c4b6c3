"""Running another program to its end, its output captured."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec


class Completed(msgspec.Struct, frozen=True):
    """How a program ended: its exit code and what it printed."""

    code: int
    stdout: str
    stderr: str


def run_together(
    commands: Sequence[Sequence[str]],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> list[Completed]:
    """Run several programs that only read, at the same time, without input; wait for all.

    Raises `FileNotFoundError` if there is no such program.
    """
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                )
            )
            for command in commands
        ]
        # One that fills its pipe waits until its turn to be read.
        ended = [(process, *process.communicate()) for process in started]
    return [Completed(process.returncode, stdout, stderr) for process, stdout, stderr in ended]


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
