"""An interpreter that belongs to one job alone, made from one of this machine's.

CPython finds its home from the place of its executable. So a job gets a directory with an
executable, and a `lib/pythonX.Y` whose files are links (hard ones where it can be) to a copy of the
standard library in the per-user cache; `site-packages` is the job's own. What the job installs, by
`pip` or by `uv pip install --system`, lands in that directory, and the interpreter it was made from
is only ever read. A virtual environment would not do: `--system` passes over those.

All directories are the job's own, and all links are to files that nobody may write: what a job
adds, compiles or replaces by its name never reaches the cache.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gluv.errors import ToolchainUnavailable
from gluv.host.copy import copy_file, remove_tree
from gluv.host.process import run
from gluv.toolchain.entry import keep
from gluv.toolchain.interpreters import Interpreter

_LAYOUT = "2"
# What the official image leaves out as well, the user's packages, and what would refuse or redirect
# installations (PEP 668; sitecustomize modules of Debian and Homebrew).
_LEFT_OUT_DIRECTORIES = {"site-packages", "dist-packages", "test", "tests", "idle_test"}
_LEFT_OUT_FILES = {"EXTERNALLY-MANAGED", "sitecustomize.py", "usercustomize.py"}
_BESIDE_STDLIB = ("libpython*", "libtcl*", "libtk*", "tcl*", "tk*", "itcl*", "thread*", "tdbc*")

_TRIAL = """
import json, sys, sysconfig
import encodings, ctypes, zipfile
print(json.dumps({"prefix": sys.prefix, "base_prefix": sys.base_prefix,
    "exec_prefix": sys.exec_prefix, **sysconfig.get_paths()}))
"""


class PrivatePython(msgspec.Struct, frozen=True, kw_only=True):
    """The cached part, shared by all jobs: what each job's own interpreter is linked from."""

    interpreter: Interpreter
    store: Path
    purelib: str
    scripts: str
    has_headers: bool

    def furnish(self, directory: Path) -> tuple[Path, ...]:
        """Make a job's own interpreter in `directory`; its PATH entries.

        In them `python`, `python3`, `pythonX.Y`, `pip`, `pip3`, `pipX.Y`.
        """
        _furnish_bare(self.store, self.interpreter, directory)
        _link_files(f"{self.store}/site", f"{directory}/{self.purelib}")
        (directory / self.scripts).mkdir(parents=True, exist_ok=True)
        for path, program in self.launchers(directory).items():
            (directory / path).write_text(program)
            (directory / path).chmod(0o755)
        return self.path(directory)

    def path(self, directory: Path) -> tuple[Path, ...]:
        """The PATH entries of an interpreter that is in `directory` already."""
        return tuple(dict.fromkeys((directory / self.scripts, directory / "bin")))

    def launchers(self, directory: Path) -> dict[str, str]:
        """The text of the programs that hold the place of the directory, by their paths in it."""
        python = directory / "bin" / f"python{self.interpreter.series}"
        program = _launcher(python, "pip._internal.cli.main", "main")
        names = ("pip", "pip3", f"pip{self.interpreter.series}")
        return {f"{self.scripts}/{name}": program for name in names}


SeedPip = Callable[[Path], None]


def make_private(interpreter: Interpreter, *, cache: Path, seed_pip: SeedPip) -> PrivatePython:
    """The cached part for `interpreter`, made at its first use.

    `seed_pip` puts a pip into a directory, for interpreters that bring none. Raises
    `ToolchainUnavailable` if this interpreter cannot be moved, with the reason.
    """
    state = interpreter.executable.stat()
    made_from = (str(interpreter.executable), state.st_size, state.st_mtime_ns)
    identity = msgspec.json.encode(
        [_LAYOUT, *made_from, interpreter.version, interpreter.stdlib, interpreter.include]
    )
    from hashlib import sha256

    key = sha256(identity).hexdigest()[:12]
    place = cache / "python" / f"{interpreter.version}-{key}"

    def make(directory: Path) -> Mapping[str, str]:
        return _make(interpreter, directory, seed_pip)

    facts = keep(place, make)
    return PrivatePython(
        interpreter=interpreter,
        store=place,
        purelib=facts["purelib"],
        scripts=facts["scripts"],
        has_headers=(place / "include/Python.h").exists(),
    )


def _make(interpreter: Interpreter, store: Path, seed_pip: SeedPip) -> dict[str, str]:
    import shutil

    prefix = interpreter.prefix
    (store / "bin").mkdir()
    shutil.copy2(interpreter.executable, store / "bin/python")
    _copy_library(prefix / interpreter.stdlib, store / "stdlib")
    if interpreter.platstdlib != interpreter.stdlib:
        _copy_library(prefix / interpreter.platstdlib, store / "platstdlib")
    if (prefix / interpreter.include).is_dir():
        _copy_library(prefix / interpreter.include, store / "include")
    else:
        (store / "include").mkdir()
    (store / "lib").mkdir()
    libraries = (prefix / interpreter.stdlib).parent
    for pattern in _BESIDE_STDLIB:
        for path in libraries.glob(pattern):
            # In /usr/lib these are the system's, and the loader finds them there.
            if prefix != Path("/usr") and path.suffix != ".a":
                (store / "lib" / path.name).symlink_to(path.resolve())
    (store / "site").mkdir()
    _seed(store, seed_pip)
    facts = _try_out(store, interpreter)
    _close(store)
    return facts


def _copy_library(source: Path, target: Path) -> None:
    """Copy with times, so that byte code made for the original stays valid."""
    import shutil

    def left_out(directory: str, names: list[str]) -> list[str]:
        return [
            name
            for name in names
            if name in _LEFT_OUT_FILES
            or (name in _LEFT_OUT_DIRECTORIES and os.path.isdir(os.path.join(directory, name)))
            or (name.startswith("libpython") and name.endswith(".a"))
            or name.endswith((".opt-1.pyc", ".opt-2.pyc"))
            or not os.path.exists(os.path.join(directory, name))
        ]

    failed: list[OSError] = []

    def copy(file: str, place: str) -> None:
        try:
            shutil.copy2(file, place)
        except OSError as error:
            failed.append(error)
            raise

    try:
        shutil.copytree(source, target, ignore=left_out, copy_function=copy)
    except shutil.Error:
        # It tells of every file; where one does not fit, none does.
        if failed:
            raise failed[0] from None
        raise


def _seed(store: Path, seed_pip: SeedPip) -> None:
    """pip, and for Python up to 3.11 setuptools, as the official image has them.

    The wheels come with CPython itself (ensurepip); a distribution may have taken them out.
    """
    wheels = sorted((store / "stdlib/ensurepip/_bundled").glob("*.whl"))
    for wheel in wheels:
        import zipfile

        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(store / "site")
    if not (store / "site/pip").is_dir():
        seed_pip(store / "site")
    remove_tree(store / "site/bin")


def _try_out(store: Path, interpreter: Interpreter) -> dict[str, str]:
    """Furnish a trial job, compile what has no byte code, and learn where it would install."""
    import tempfile

    with tempfile.TemporaryDirectory(dir=store, prefix="trial-") as name:
        directory = Path(name).resolve()
        bin_directory = _furnish_bare(store, interpreter, directory)
        python = bin_directory / f"python{interpreter.series}"
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": name}
        done = run([python, "-c", _TRIAL], cwd=directory, env=environment)
        if done.code != 0:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.code}"])[-1]
            raise ToolchainUnavailable(
                f"{interpreter.executable} does not work as a copy of its own: {last}"
            )
        found: dict[str, str] = msgspec.json.decode(done.stdout)
        for purpose, path in found.items():
            if not Path(path).is_relative_to(directory):
                raise ToolchainUnavailable(
                    f"{interpreter.executable} keeps its {purpose} at {path} when it is copied"
                )
        compiled = [store / part for part in ("stdlib", "platstdlib", "site")]
        existing = [path for path in compiled if path.is_dir()]
        # Files that are templates or of another Python do not compile; no need to know.
        run(
            [python, "-m", "compileall", "-q", *existing],
            cwd=directory,
            env=environment,
        )
        return {
            purpose: os.path.relpath(found[purpose], directory)
            for purpose in ("purelib", "scripts")
        }


def _close(store: Path) -> None:
    """Take away the right to write, so that a job that follows a link cannot."""
    for directory, _, names in os.walk(store):
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.islink(path):
                os.chmod(path, 0o555 if os.access(path, os.X_OK) else 0o444)


def _furnish_bare(store: Path, interpreter: Interpreter, directory: Path) -> Path:
    """The interpreter without anything installed; the directory of its executables."""
    series = interpreter.series
    bin_directory = directory / "bin"
    bin_directory.mkdir(parents=True, exist_ok=True)
    # Not a link: it would be followed, and the home be that of the cache.
    copy_file(f"{store}/bin/python", f"{bin_directory}/python{series}")
    (bin_directory / "python3").symlink_to(f"python{series}")
    (bin_directory / "python").symlink_to("python3")
    _link_files(f"{store}/stdlib", f"{directory}/{interpreter.stdlib}")
    if interpreter.platstdlib != interpreter.stdlib:
        _link_files(f"{store}/platstdlib", f"{directory}/{interpreter.platstdlib}")
    _link_files(f"{store}/include", f"{directory}/{interpreter.include}")
    _link_files(f"{store}/lib", str((directory / interpreter.stdlib).parent))
    (directory / interpreter.stdlib / "site-packages").mkdir(exist_ok=True)
    return bin_directory


def _link_files(source: str, target: str) -> None:
    """The directories of a tree, with links to its files."""
    os.makedirs(target, exist_ok=True)
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir():
                _link_files(entry.path, f"{target}/{entry.name}")
            else:
                _link(entry.path, f"{target}/{entry.name}")


def _link(source: str, target: str) -> None:
    """A second name for a file; a link to it where that cannot be had."""
    try:
        # A new inode, as a symbolic link is one, may cost ten times as much.
        os.link(source, target, follow_symlinks=False)
    except OSError:
        os.symlink(source, target)


def _launcher(python: Path, module: str, function: str) -> str:
    """A script as pip writes them; the two-line shell form where `#!` would be too long."""
    first = f"#!{python}\n"
    if len(first) > 127 or " " in first:
        quoted = "'" + str(python).replace("'", "'\"'\"'") + "'"
        first = f"#!/bin/sh\n'''exec' {quoted} \"$0\" \"$@\"\n' '''\n"
    return (
        f"{first}import sys\nfrom {module} import {function}\n"
        f"if __name__ == '__main__':\n    sys.exit({function}())\n"
    )
