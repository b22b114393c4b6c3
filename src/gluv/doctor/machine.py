"""uv, Pythons, git, a container engine and glab on this machine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import uv

from gluv.doctor.finding import Finding
from gluv.errors import EngineUnavailable
from gluv.host.engine import find_engine
from gluv.host.process import run
from gluv.toolchain.interpreters import find

TOPIC = "this machine"
_SECONDS = 20.0
_OLDEST_GIT = (2, 20)


def look_at_machine(environ: Mapping[str, str], cache: Path) -> Iterator[Finding]:
    """The tools, each with its version."""
    yield _uv(environ)
    yield _pythons(environ)
    yield _git(environ)
    yield _engine(environ)
    yield _glab(environ)
    yield _cache(cache)


def _finding(name: str, said: str, *, wrong: bool = False, mend: str = "") -> Finding:
    return Finding(topic=TOPIC, name=name, state="wrong" if wrong else "ok", said=said, mend=mend)


def _note(name: str, said: str, mend: str = "") -> Finding:
    return Finding(topic=TOPIC, name=name, state="note", said=said, mend=mend)


def _version(program: str | Path, environ: Mapping[str, str]) -> str | None:
    """The first line of `--version`; None if the program does not answer."""
    try:
        done = run([program, "--version"], env=environ, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.splitlines()
    return lines[0].strip() if done.code == 0 and lines else None


def _uv(environ: Mapping[str, str]) -> Finding:
    own = uv.find_uv_bin()
    version = _version(own, environ)
    if version is None:
        return _finding(
            "uv",
            f"{own}, gluv's own, does not run",
            wrong=True,
            mend="uv tool install --reinstall gluv",
        )
    number = version.split()[1]
    path = shutil.which("uv", path=environ.get("PATH"))
    if path is None:
        return _finding("uv", f"{number} (gluv's own), none on PATH")
    other = _version(path, environ)
    shown = other.split()[1] if other else "does not run"
    if os.path.realpath(path) == os.path.realpath(own):
        return _finding("uv", f"{number} at {path}")
    return _finding("uv", f"{number} (gluv's own), {shown} at {path}")


def _pythons(environ: Mapping[str, str]) -> Finding:
    found: dict[str, str] = {}
    for interpreter in find("3", environ):
        found.setdefault(interpreter.series, interpreter.where)
    series = sorted(found, key=lambda name: int(name.split(".")[1]))
    if not series:
        return _finding(
            "Python", "none that a job could use", wrong=True, mend="uv python install 3.13"
        )
    return _finding("Python", ", ".join(f"{name} ({found[name]})" for name in series))


def _git(environ: Mapping[str, str]) -> Finding:
    path = shutil.which("git", path=environ.get("PATH"))
    said = _version(path, environ) if path else None
    if said is None:
        return _finding(
            "git", "not installed, or not on PATH", wrong=True, mend="install git with your system"
        )
    number = re.search(r"(\d+)\.(\d+)", said)
    if number and (int(number[1]), int(number[2])) < _OLDEST_GIT:
        return _finding("git", f"{said} is very old", wrong=True, mend="install git 2.20 or newer")
    return _finding("git", f"{said.removeprefix('git version ')} at {path}")


def _engine(environ: Mapping[str, str]) -> Finding:
    try:
        return _finding("containers", find_engine("container", environ).shown)
    except EngineUnavailable as missing:
        return _note("containers", f"none ({missing.message}); jobs run natively", missing.hint)


def _glab(environ: Mapping[str, str]) -> Finding:
    path = shutil.which("glab", path=environ.get("PATH"))
    said = _version(path, environ) if path else None
    if said is None:
        return _note("glab", "not installed; gluv has its own for jobs, and gluv release")
    return _finding("glab", f"{said} at {path}")


def _cache(cache: Path) -> Finding:
    place = next(each for each in (cache, *cache.parents) if each.exists())
    if not os.access(place, os.W_OK):
        return _finding(
            "cache",
            f"{cache} cannot be written",
            wrong=True,
            mend=f"chown -R $(id -un) {place}, or set GLUV_CACHE_DIR",
        )
    free = shutil.disk_usage(place).free / 1024**3
    if free < 1:
        return _finding(
            "cache",
            f"only {free:.1f} GiB are free for {cache}",
            wrong=True,
            mend="free some space, or set GLUV_CACHE_DIR to another disk",
        )
    return _finding("cache", f"{cache} ({free:.0f} GiB free)")
