"""The CPythons of this machine: uv-managed, pyenv's, the system's."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from gluv.host.process import run
from gluv.toolchain.hashes import remembered

Origin = Literal["uv", "pyenv", "system"]

# -S: no .pth file of the user's runs; -B: nothing is written beside the user's modules.
_PROBE = """
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
def under(path):
    return os.path.relpath(os.path.realpath(path), os.path.realpath(sys.base_prefix))
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "implementation": sys.implementation.name,
    "final": sys.version_info.releaselevel == "final",
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "executable": os.path.realpath(sys.executable),
    "prefix": os.path.realpath(sys.base_prefix),
    "stdlib": under(paths["stdlib"]),
    "platstdlib": under(paths["platstdlib"].replace(sys.prefix, sys.base_exec_prefix, 1)),
    "include": under(paths["include"]),
}))
"""


class Interpreter(msgspec.Struct, frozen=True, kw_only=True):
    """A CPython found here; `stdlib`, `platstdlib` and `include` are relative to `prefix`."""

    version: str
    origin: Origin
    executable: Path
    prefix: Path
    stdlib: str
    platstdlib: str
    include: str

    @property
    def series(self) -> str:
        """`"3.12"`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def where(self) -> str:
        """Where it comes from, for people."""
        match self.origin:
            case "uv":
                return f"uv-managed {self.version}"
            case "pyenv":
                return f"pyenv {self.version}"
            case "system":
                return f"{self.executable} {self.version}"


class _Probed(msgspec.Struct, frozen=True):
    version: str
    implementation: str
    final: bool
    free_threaded: bool
    executable: str
    prefix: str
    stdlib: str
    platstdlib: str
    include: str


def find(
    wanted: str, environ: Mapping[str, str], memory: Path | None = None
) -> Iterator[Interpreter]:
    """The interpreters that are Python `wanted` ("3.12", "3.12.4" or "3"), best first.

    uv-managed before pyenv before the system's; within each the newest patch. Pre-releases, free-
    threaded builds, other implementations and what is older than 3.8 are passed over. What an
    executable said of itself is asked again once the executable has changed, if there is a file
    for the `memory` of it.
    """
    seen: set[str] = set()
    for origin, places in _places(environ):
        found: list[Interpreter] = []
        for place in places:
            for executable in _executables(place, wanted):
                real = os.path.realpath(executable)
                if real in seen:
                    continue
                seen.add(real)
                interpreter = probe(executable, origin, memory)
                if interpreter is not None and is_wanted(interpreter.version, wanted):
                    found.append(interpreter)
        found.sort(key=lambda interpreter: interpreter.number, reverse=True)
        unique = {interpreter.executable: interpreter for interpreter in found}
        yield from unique.values()


def is_wanted(version: str, wanted: str) -> bool:
    """Whether a complete version is of the wanted series, or the wanted one itself."""
    parts = wanted.split(".")
    return version.split(".")[: len(parts)] == parts


def probe(executable: Path, origin: Origin, memory: Path | None = None) -> Interpreter | None:
    """What an executable says of itself; None if it is no released CPython, or does not run."""

    def ask() -> bytes | None:
        try:
            done = run(
                [executable, "-I", "-S", "-B", "-c", _PROBE],
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                timeout=20,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.encode() if done.code == 0 else None

    try:
        said = ask() if memory is None else remembered(str(executable), executable, memory, ask)
        facts = None if said is None else msgspec.json.decode(said, type=_Probed)
    except (OSError, msgspec.DecodeError):
        return None
    if facts is None:
        return None
    if facts.implementation != "cpython" or not facts.final or facts.free_threaded:
        return None
    if tuple(int(part) for part in facts.version.split(".")) < (3, 8):
        return None
    real = Path(facts.executable)
    if not real.is_relative_to(facts.prefix):
        # In a virtual environment made of copies the interpreter itself is elsewhere.
        real = Path(facts.prefix) / "bin" / f"python{'.'.join(facts.version.split('.')[:2])}"
        if not os.path.exists(real):
            return None
    return Interpreter(
        version=facts.version,
        origin=origin,
        executable=real,
        prefix=Path(facts.prefix),
        stdlib=facts.stdlib,
        platstdlib=facts.platstdlib,
        include=facts.include,
    )


def _executables(place: Path, wanted: str) -> list[Path]:
    series = ".".join(wanted.split(".")[:2])
    names = [f"python{series}"] if "." in series else []
    if names and os.path.exists(place / names[0]):
        return [place / names[0]]
    found = [place / "python3"]
    named = re.fullmatch(r"python(3\.\d+)", os.path.basename(os.path.realpath(found[0])))
    if names and named and named[1] != series:
        return []
    if not names:
        pattern = re.compile(r"python3\.\d+")
        try:
            found += sorted(path for path in place.iterdir() if pattern.fullmatch(path.name))
        except OSError:
            return []
    return [path for path in found if os.access(path, os.X_OK)]


def _places(environ: Mapping[str, str]) -> Iterator[tuple[Origin, list[Path]]]:
    """Directories with executables, per origin."""
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    yield "uv", _found(managed_root(environ), "cpython-*/bin") if home else []
    pyenv = Path(environ["PYENV_ROOT"]) if environ.get("PYENV_ROOT") else None
    if pyenv is None and home is not None:
        pyenv = home / ".pyenv"
    yield "pyenv", _found(pyenv, "versions/*/bin") if pyenv else []
    path = [Path(entry) for entry in environ.get("PATH", "").split(os.pathsep) if entry]
    fixed = [Path("/usr/local/bin"), Path("/usr/bin")]
    brew = [Path("/opt/homebrew/bin"), Path("/home/linuxbrew/.linuxbrew/bin")]
    system = [entry for entry in [*path, *fixed, *brew] if not _passed_over(entry, pyenv)]
    yield "system", list(dict.fromkeys(system))


def _found(place: Path, pattern: str) -> list[Path]:
    """What matches below a directory; nothing in one that somebody else keeps closed."""
    try:
        return sorted(place.glob(pattern))
    except OSError:
        return []


def managed_root(environ: Mapping[str, str]) -> Path:
    """Where uv keeps the Pythons it manages."""
    if environ.get("UV_PYTHON_INSTALL_DIR"):
        return Path(environ["UV_PYTHON_INSTALL_DIR"])
    data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "/")) / ".local/share"
    return Path(data) / "uv/python"


def _passed_over(entry: Path, pyenv: Path | None) -> bool:
    """Shims answer with whatever is configured; what they lead to is found by itself."""
    if entry.name == "shims" and (pyenv is not None or "pyenv" in entry.parts):
        return True
    return os.path.isfile(entry.parent / "pyvenv.cfg")
