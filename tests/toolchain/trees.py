"""What the tests of interpreters need: a fingerprint of a tree, a wheel, a user's interpreter."""

import hashlib
import os
import zipfile
from pathlib import Path

from gluv.toolchain.interpreters import Interpreter, probe
from gluv.toolchain.private_python import make_private


def times(tree: Path) -> dict[str, str]:
    """Every file, link and directory below `tree` with the time of its last change of any kind.

    No write, however small, leaves that time as it is; quicker than `fingerprint` on large trees.
    """
    found: dict[str, str] = {}
    for directory, names, files in os.walk(tree):
        for name in [*names, *files]:
            state = os.lstat(os.path.join(directory, name))
            found[f"{directory}/{name}"] = f"{state.st_mode} {state.st_size} {state.st_ctime_ns}"
    return found


def fingerprint(tree: Path) -> dict[str, str]:
    """Every file, link and directory below `tree` with contents, mode and time of change."""
    found: dict[str, str] = {}
    for directory, names, files in os.walk(tree):
        for name in [*names, *files]:
            path = os.path.join(directory, name)
            state = os.lstat(path)
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path):
                content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
            else:
                content = "directory"
            found[path] = f"{state.st_mode} {state.st_mtime_ns} {content}"
    return found


def make_wheel(directory: Path, name: str = "wheeled") -> Path:
    """A small wheel with a module, a command and a header-free record."""
    wheel = directory / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}.py", "def main():\n    print('ran')\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name}={name}:main\n")
        archive.writestr(
            f"{info}/RECORD",
            "".join(f"{entry},,\n" for entry in [*archive.namelist(), f"{info}/RECORD"]),
        )
    return wheel


def no_pip(directory: Path) -> None:
    """For interpreters that bring their own."""
    raise AssertionError("this interpreter brings a pip")


def users_interpreter(base: Interpreter, place: Path, cache: Path) -> Interpreter:
    """An interpreter at `place` as a user's may be: externally managed, with a package in it."""
    make_private(base, cache=cache, seed_pip=no_pip).furnish(place)
    stdlib = place / base.stdlib
    (stdlib / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=not here\n")
    (stdlib / "sitecustomize.py").write_text("raise SystemExit('the user has customised this')\n")
    (stdlib / "site-packages/users_own.py").write_text("")
    interpreter = probe(place / f"bin/python{base.series}", "system")
    assert interpreter is not None
    assert interpreter.prefix == place.resolve()
    return interpreter
