import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from gluv.errors import StoreUnavailable, ToolchainUnavailable
from gluv.toolchain.interpreters import Interpreter, find
from gluv.toolchain.private_python import PrivatePython, make_private
from tests.toolchain.trees import fingerprint, make_wheel, no_pip, times, users_interpreter

SERIES = ("3.10", "3.11", "3.12", "3.13", "3.14")


def test_a_disk_that_is_too_small_is_told_once(base: Interpreter, small_disk: Path) -> None:
    with pytest.raises(StoreUnavailable) as raised:
        make_private(base, cache=small_disk, seed_pip=no_pip)
    assert "No space left on device" in raised.value.message
    assert len(raised.value.message) < 500
    assert not [path for path in (small_disk / "python").iterdir() if path.is_dir()]


def shell(job: tuple[Path, ...], script: str, cwd: Path, **variables: str) -> str:
    """What a job's script prints; it must end well."""
    path = os.pathsep.join([*map(str, job), str(Path(find_uv_bin()).parent), os.defpath])
    cwd.mkdir(exist_ok=True)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=cwd,
        env={
            "PATH": path,
            "HOME": str(cwd),
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "UV_OFFLINE": "1",
            "UV_CACHE_DIR": str(cwd / ".uv-cache"),
            "UV_PYTHON_DOWNLOADS": "never",
            **variables,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def mine(
    base: Interpreter, shared_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Interpreter]:
    """A user's interpreter; after all tests it must be bit for bit what it was."""
    place = tmp_path_factory.mktemp("user") / "mine"
    interpreter = users_interpreter(base, place, shared_cache)
    before = fingerprint(place)
    yield interpreter
    assert fingerprint(place) == before


@pytest.fixture(scope="module")
def private(mine: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> PrivatePython:
    return make_private(mine, cache=tmp_path_factory.mktemp("cache"), seed_pip=no_pip)


def test_everything_is_inside(mine: Interpreter, private: PrivatePython, tmp_path: Path) -> None:
    job = private.furnish(tmp_path / "job")
    code = (
        "import json, os, sys, sysconfig; import ssl, json.tool, xml.dom.minidom; "
        "print(json.dumps([sys.prefix, sys.base_prefix, os.__file__])); "
        "print(json.dumps(list(sysconfig.get_paths().values())))"
    )
    for name in ("python", "python3", f"python{mine.series}"):
        for line in shell(job, f"{name} -c '{code}'", tmp_path / "work").splitlines():
            assert all(Path(place).is_relative_to(tmp_path / "job") for place in json.loads(line))
    with pytest.raises(AssertionError, match="users_own"):
        shell(job, "python -c 'import users_own'", tmp_path / "work")


@pytest.mark.parametrize(
    "install",
    [
        "pip install {wheel}",
        "pip3 install {wheel}",
        "python -m pip install {wheel}",
        "uv pip install --system {wheel}",
        "UV_SYSTEM_PYTHON=1 uv pip install {wheel}",
    ],
)
def test_installing_without_a_virtual_environment(
    private: PrivatePython, tmp_path: Path, install: str
) -> None:
    job = private.furnish(tmp_path / "job")
    other = private.furnish(tmp_path / "other")
    wheel = make_wheel(tmp_path)
    said = shell(
        job,
        f"{install.format(wheel=wheel)} >&2; wheeled; python -c 'import wheeled as w; "
        "print(w.__file__)'",
        tmp_path / "work",
    )
    assert said.splitlines()[0] == "ran"
    assert Path(said.splitlines()[1]).is_relative_to(tmp_path / "job")
    with pytest.raises(AssertionError, match="wheeled"):
        shell(other, "python -c 'import wheeled'", tmp_path / "work2")


def test_replacing_pip_leaves_the_cache_alone(private: PrivatePython, tmp_path: Path) -> None:
    before = fingerprint(private.store)
    job = private.furnish(tmp_path / "job")
    script = (
        "pip uninstall --yes pip; if python -c 'import pip' 2>/dev/null; then exit 1; fi; "
        "python -m ensurepip >/dev/null; pip3 --version; python -m compileall -f -q -o 1 "
        f"{tmp_path}/job/lib/python*/*.py || true"
    )
    shell(job, script, tmp_path / "work")
    assert fingerprint(private.store) == before


def test_virtual_environments(private: PrivatePython, tmp_path: Path) -> None:
    job = private.furnish(tmp_path / "job")
    code = "import sys; print(sys.base_prefix, sys.prefix != sys.base_prefix)"
    script = (
        f"python -m venv a; a/bin/python -c '{code}'; a/bin/pip --version >&2; "
        f"uv venv -q b; b/bin/python -c '{code}'"
    )
    assert shell(job, script, tmp_path / "work").splitlines() == [f"{tmp_path}/job True"] * 2


def test_an_extension_module_finds_its_headers(
    mine: Interpreter, private: PrivatePython, tmp_path: Path
) -> None:
    if not private.has_headers:
        pytest.skip("no Python 3.x headers beside this interpreter")
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    job = private.furnish(tmp_path / "job")
    script = (
        "printf '#include <Python.h>\\n' > a.c; "
        "cc -fsyntax-only -I\"$(python -c 'import sysconfig; "
        'print(sysconfig.get_path("include"))\')" a.c'
    )
    shell(job, script, tmp_path / "work")
    # What a package installs beside the headers is the job's as well.
    (tmp_path / "job" / mine.include / "package").mkdir()


def test_a_place_with_a_space_and_a_long_name(private: PrivatePython, tmp_path: Path) -> None:
    place = tmp_path / ("a long way to " * 8).strip() / "it's"
    job = private.furnish(place)
    assert str(place) in shell(job, "pip --version", tmp_path / "work")


def test_a_seeded_pip(base: Interpreter, tmp_path: Path, shared_cache: Path) -> None:
    mine = users_interpreter(base, tmp_path / "mine", shared_cache)
    bundled = tmp_path / "mine" / mine.stdlib / "ensurepip"
    shutil.rmtree(bundled)
    seeded: list[Path] = []

    def seed(directory: Path) -> None:
        seeded.append(directory)
        (directory / "pip/_internal/cli").mkdir(parents=True)
        (directory / "pip/_internal/cli/main.py").write_text("def main(): print('seeded')\n")

    job = make_private(mine, cache=tmp_path / "cache", seed_pip=seed).furnish(tmp_path / "job")
    assert shell(job, "pip", tmp_path / "work") == "seeded\n"
    assert len(seeded) == 1


def test_an_interpreter_that_cannot_be_moved(
    base: Interpreter, tmp_path: Path, shared_cache: Path
) -> None:
    mine = users_interpreter(base, tmp_path / "mine", shared_cache)
    (tmp_path / "mine" / mine.stdlib / "sitecustomize.py").unlink()
    real = (tmp_path / "mine/bin/real").resolve()
    mine.executable.rename(real)
    mine.executable.write_text(f'#!/bin/sh\nexec {real} "$@"\n')
    mine.executable.chmod(0o755)
    with pytest.raises(ToolchainUnavailable, match="when it is copied"):
        make_private(mine, cache=tmp_path / "cache", seed_pip=no_pip)


@pytest.mark.parametrize("series", SERIES)
def test_the_pythons_of_this_machine(series: str, tmp_path: Path, shared_cache: Path) -> None:
    environ = {"HOME": os.environ.get("HOME", ""), "PATH": os.environ.get("PATH", "")}
    interpreter = next(find(series, environ), None)
    if interpreter is None:
        pytest.skip(f"no Python {series} here")
    whole = interpreter.prefix
    tree = whole / interpreter.stdlib if whole == Path("/usr") else whole
    before = times(tree)

    def seed(directory: Path) -> None:
        pytest.skip(f"no Python {series} with pip: {interpreter.executable} brings none")

    private = make_private(interpreter, cache=shared_cache, seed_pip=seed)
    job = private.furnish(tmp_path / "job")
    wheel = make_wheel(tmp_path)
    script = f"""
        python --version; python -c 'import ssl, sqlite3, ctypes, zoneinfo, unittest.mock'
        pip install -q {wheel} >&2; wheeled
        uv pip uninstall --system -q wheeled; uv pip install --system -q {wheel}; wheeled
        python -m venv --without-pip v; v/bin/python --version
    """
    said = shell(job, script, tmp_path / "work").splitlines()
    assert said == [f"Python {interpreter.version}", "ran", "ran", f"Python {interpreter.version}"]
    assert times(tree) == before
