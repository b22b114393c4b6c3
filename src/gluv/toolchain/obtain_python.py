"""A Python of the wanted version: one of this machine's, else one that uv installs."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from uv import find_uv_bin

from gluv.errors import NetworkUnavailable, ToolchainUnavailable
from gluv.host.process import run
from gluv.toolchain.index import uv_environment
from gluv.toolchain.interpreters import Interpreter, find
from gluv.toolchain.private_python import PrivatePython, make_private

_FALSE = {"", "0", "false", "no", "off"}


def obtain_python(
    wanted: str,
    *,
    cache: Path,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    download: bool = True,
) -> PrivatePython:
    """Python `wanted` ("3.12", "3.12.4", "3" for any), ready to be furnished for jobs.

    uv-managed installs, then pyenv's, then the system's, then `uv python install` where the user
    allows downloads; never a Python of another version. Raises `ToolchainUnavailable` with the ways
    out, or `NetworkUnavailable` if a download was tried and the network is what failed.
    """
    refused: list[str] = []

    def usable() -> PrivatePython | None:
        for interpreter in find(wanted, environ, cache / "python" / ".asked.json"):
            try:
                return _private(interpreter, cache, environ, say)
            except ToolchainUnavailable as error:
                if error.message not in refused:
                    refused.append(error.message)
        return None

    python = usable()
    if python is not None:
        return python
    allowed = download and downloads_allowed(environ)
    why, offline = "downloads are switched off", False
    if allowed:
        say(f"CPython {wanted} by uv python install")
        done = run(
            # Not --quiet: that silences the reason of a failure too.
            [find_uv_bin(), "--color", "never", "python", "install", "--no-progress", wanted],
            cwd=Path(cache.anchor),
            env={**uv_environment(environ), "UV_PYTHON_INSTALL_BIN": "0"},
        )
        python = usable() if done.code == 0 else None
        if python is not None:
            return python
        offline = done.code != 0 and _is_network(done.stderr)
        why = f"uv python install: {_reason(done.stderr) or f'exit code {done.code}'}"
    kind = NetworkUnavailable if offline else ToolchainUnavailable
    told = "".join(f"; {reason}" for reason in refused)
    raise kind(
        f"there is no Python {wanted} on this machine that a job could use ({why}){told}",
        hint=_ways_out(wanted, environ, allowed=allowed),
    )


def _private(
    interpreter: Interpreter, cache: Path, environ: Mapping[str, str], say: Callable[[str], None]
) -> PrivatePython:
    def seed_pip(directory: Path) -> None:
        say(f"pip for Python {interpreter.series} from PyPI")
        done = run(
            [
                find_uv_bin(),
                *("pip", "install", "--quiet", "--no-build", "--no-deps"),
                *("--python", interpreter.executable, "--target", directory, "pip"),
            ],
            cwd=directory,
            env={**uv_environment(environ), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        if done.code != 0:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.code}"])[-1]
            raise ToolchainUnavailable(
                f"{interpreter.executable} brings no pip, and PyPI gives none: {last.strip()}"
            )

    return make_private(interpreter, cache=cache, seed_pip=seed_pip)


def downloads_allowed(environ: Mapping[str, str]) -> bool:
    """Whether uv's own settings in the environment let Python be downloaded without being asked."""
    if environ.get("UV_PYTHON_DOWNLOADS", "automatic").lower() in {"never", "manual", "false"}:
        return False
    return all(
        environ.get(name, "").lower() in _FALSE for name in ("UV_NO_PYTHON_DOWNLOADS", "UV_OFFLINE")
    )


def _reason(stderr: str) -> str:
    """uv's own last word: the innermost cause of its error, on one line."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    words = re.compile(r"(?:error|cause|Caused by):\s*", re.IGNORECASE)
    said = [line for line in lines if words.match(line)] or lines
    return words.sub("", said[-1], count=1) if said else ""


def _is_network(stderr: str) -> bool:
    signs = ("connect", "dns error", "timed out", "request failed", "sending request", "network")
    return any(sign in stderr.lower() for sign in signs)


def _ways_out(wanted: str, environ: Mapping[str, str], *, allowed: bool) -> str:
    """The three ways out."""
    here = list(dict.fromkeys(interpreter.series for interpreter in find("3", environ)))
    install = f"uv python install {wanted}"
    if not allowed:
        install += ", or let gluv do it: UV_PYTHON_DOWNLOADS=automatic"
    other = "name a Python in the image that is here"
    series = ".".join(wanted.split(".")[:2])
    if series != wanted:
        other = f"name {series} in the image to take any {series}, or one that is here"
    if here:
        newest = sorted(here, key=lambda series: int(series.split(".")[1]))
        other += f" ({', '.join(newest)})"
    return (
        f"1. {install}\n2. install Python {wanted} by pyenv or your system's packages\n3. {other}"
    )
