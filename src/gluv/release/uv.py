"""The uv that builds and publishes: the user's, or the one gluv depends on."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import uv

from gluv.errors import ToolchainUnavailable
from gluv.host.process import run

KEPT_LINES = 40


class Uv(msgspec.Struct, frozen=True, kw_only=True):
    """A uv: where it is and the version it says it has."""

    program: Path
    version: str


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How uv ended, and the last lines it printed."""

    code: int
    tail: str


def find_uv(environ: Mapping[str, str]) -> Uv:
    """The uv of this environment.

    `UV` is set by `uvx` and `uv run` to the uv that was called, which is the image's; else the
    first on PATH; else gluv's own. Raises `ToolchainUnavailable` if it does not run.
    """
    named = environ.get("UV", "")
    on_path = shutil.which("uv", path=environ.get("PATH", ""))
    program = Path(named) if named and os.access(named, os.X_OK) else Path(on_path or _own())
    done = run([program, "--version"], env=environ)
    words = done.stdout.split()
    if done.code != 0 or len(words) < 2:
        raise ToolchainUnavailable(
            f"{program} does not run: {done.stderr.strip() or done.stdout.strip()}",
            hint="install uv, or unset UV",
        )
    return Uv(program=program, version=words[1])


def flags_of(uv: Uv, command: str, environ: Mapping[str, str]) -> str:
    """The help of a command of this uv, to see which options it has."""
    return run([uv.program, command, "--help"], env=environ).stdout


def run_uv(
    uv: Uv,
    arguments: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    output: Callable[[str], None],
) -> Ran:
    """Run uv, handing on each line it prints as it comes. Secrets belong into `env` alone."""
    tail: deque[str] = deque(maxlen=KEPT_LINES)
    with subprocess.Popen(
        [str(uv.program), *map(str, arguments)],
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail.append(line.rstrip("\n"))
            output(tail[-1])
    return Ran(code=process.returncode, tail="\n".join(tail))


def _own() -> str:
    try:
        return uv.find_uv_bin()
    except FileNotFoundError as error:
        raise ToolchainUnavailable(
            "there is no uv on PATH, and gluv's own is missing", hint="install uv"
        ) from error
