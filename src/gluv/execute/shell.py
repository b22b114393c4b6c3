"""The shell a job's text runs in, and the directory it runs below."""

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from gluv.execute.result import JobFailed
from gluv.host.process import program_in
from gluv.host.processes import Ended, StopLevel, StopSignal, run_session
from gluv.host.processes_marks import mark_itself


def run_commands(
    text: str,
    *,
    place: Path,
    cwd: Path,
    env: Mapping[str, str],
    path: str,
    output: Callable[[bytes], None],
    stop: StopSignal,
    ignore_stop: StopLevel,
    deadline: float,
    grace: float,
    mark: int | None = None,
) -> Ended:
    """Give `text` to bash if `path` has one, else to sh, as standard input.

    The text is in a file that nobody else can read and that has no name while it runs. No process
    below the job's directory `place` outlives the call. Raises `JobFailed` without a shell, and
    where the system takes no environment of this size.
    """
    shell = find_shell(path, place)
    with private_file(place / "script", f"{mark_itself(mark)}{text}") as file, _fitting(env):
        return run_session(
            [shell],
            cwd=cwd,
            env=env,
            stdin=file,
            output=output,
            stop=stop,
            ignore_stop=ignore_stop,
            deadline=deadline,
            grace=grace,
            owned=str(place),
            mark=mark,
        )


@contextlib.contextmanager
def _fitting(env: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        largest = max(env, key=lambda name: len(env[name]))
        words = f"its variables are too large for this system: {largest} has {len(env[largest])}"
        raise JobFailed(
            "runner_system_failure",
            f" (system failure): {words} characters, of {sum(map(len, env.values()))} in all;"
            " put such a value into a file, or make it a variable of type file",
        ) from None


def find_shell(path: str, place: Path) -> str:
    """bash if `path` has one, else sh. Raises `JobFailed` without either.

    What is not below `place`, the job's directory, counts as it was for an earlier job.
    """
    directories = path.split(os.pathsep)
    for name in ("bash", "sh"):
        for directory in directories:
            look = program_in if directory.startswith(f"{place}/") else _known_program
            if (shell := look(directory, name)) is not None:
                return shell
    raise JobFailed("runner_system_failure", " (system failure): no bash and no sh in PATH")


_known_program = cache(program_in)


@contextlib.contextmanager
def private_file(place: Path, text: str) -> Iterator[int]:
    """A file without a name that nobody else can read, open for reading from its start.

    In memory where that is possible, else at `place` for the moment of its making.
    """
    if sys.platform == "linux":
        handle = os.memfd_create("script")
    else:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        place.unlink()
    try:
        data = text.encode(errors="surrogateescape")
        while data:
            data = data[os.write(handle, data) :]
        os.lseek(handle, 0, os.SEEK_SET)
        yield handle
    finally:
        os.close(handle)
