import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from uv import find_uv_bin

from gluv.errors import NetworkUnavailable, StoreUnavailable, ToolchainUnavailable
from gluv.toolchain.catalogue import load
from gluv.toolchain.interpreters import Interpreter
from gluv.toolchain.private_python import make_private
from gluv.toolchain.provide import Toolchain, provide
from gluv.toolchain.uv_release import provide_uv
from tests.toolchain.trees import make_wheel, no_pip

UV = "ghcr.io/astral-sh/uv"
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {
    "UV_DEFAULT_INDEX": f"{NOWHERE}/simple",
    "UV_HTTP_RETRIES": "0",
    "HTTPS_PROXY": NOWHERE,
    "HTTP_PROXY": NOWHERE,
    "ALL_PROXY": NOWHERE,
}


class Caller:
    """Someone with a cache of their own and, if `python` is given, that Python by pyenv."""

    def __init__(self, cache: Path, environ: dict[str, str]) -> None:
        self.cache = cache
        self.environ = environ
        self.said: list[str] = []

    def provide(
        self,
        reference: str | None,
        variables: Mapping[str, str] = {},
        *,
        entrypoint: tuple[str, ...] | None = None,
        default_image: str | None = None,
    ) -> Toolchain:
        return provide(
            reference,
            cache=self.cache,
            entrypoint=entrypoint,
            environ={**self.environ, **variables},
            say=self.said.append,
            default_image=default_image,
        )


@pytest.fixture
def caller(base: Interpreter, environ: dict[str, str], tmp_path: Path) -> Caller:
    versions = Path(environ["PYENV_ROOT"]) / "versions"
    versions.mkdir(parents=True)
    (versions / base.version).symlink_to(base.prefix)
    return Caller(tmp_path / "cache", environ)


@pytest.fixture
def settled(caller: Caller, shared_cache: Path) -> Caller:
    """One whose Python has been used before."""
    caller.cache = shared_cache
    return caller


def run(toolchain: Toolchain, directory: Path, script: str, **variables: str) -> str:
    furnished = toolchain.furnish(directory / "job")
    path = os.pathsep.join([*map(str, furnished.path), os.defpath])
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=directory,
        env={"PATH": path, "HOME": str(directory), **furnished.environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.network
def test_a_uv_image_with_python(caller: Caller, base: Interpreter, tmp_path: Path) -> None:
    image = f"{UV}:0.10.6-python{base.series}-trixie-slim"
    toolchain = caller.provide(image)
    assert toolchain.image == image
    assert toolchain.said[0] == "uv 0.10.6 from PyPI"
    assert toolchain.said[1].startswith(f"CPython {base.series} from pyenv {base.version}")
    assert caller.said[0] == "uv 0.10.6 from PyPI"
    wheel = make_wheel(tmp_path)
    script = f"""
        uv --version | cut -d" " -f1,2; uvx --version >&2; python --version
        uv pip install --quiet --system --no-index {wheel}; wheeled
        echo "$PYTHON_VERSION"; echo "$UV_TOOL_BIN_DIR"
    """
    said = run(toolchain, tmp_path, script).splitlines()
    assert said == [
        "uv 0.10.6",
        f"Python {base.version}",
        "ran",
        base.version,
        f"{tmp_path}/job/bin",
    ]

    # The second time no network is asked for anything, and nobody is told of a download.
    caller.said.clear()
    again = caller.provide(image, OFFLINE)
    assert again.said == toolchain.said
    assert caller.said == []

    # A series takes what the cache has, and admits it.
    series = caller.provide(f"{UV}:0.10-python{base.series}-trixie", OFFLINE)
    assert series.uv is not None
    assert series.uv.version == "0.10.6"
    assert "the newest 0.10 in the cache" in series.said[0]
    with pytest.raises(NetworkUnavailable) as caught:
        caller.provide(f"{UV}:0.10.5-trixie", OFFLINE)
    assert "0.10.5" in caught.value.message
    assert "UV_DEFAULT_INDEX" in caught.value.hint

    # A damaged program never runs, it is fetched anew.
    program = toolchain.uv.programs[0] if toolchain.uv else tmp_path
    program.chmod(0o755)
    with program.open("r+b") as file:
        file.seek(4096)
        file.write(b"damaged")
    with pytest.raises(NetworkUnavailable):
        caller.provide(image, OFFLINE)
    caller.provide(image)
    (tmp_path / "again").mkdir()
    assert run(again, tmp_path / "again", "uv --version").startswith("uv 0.10.6")


@pytest.mark.network
def test_a_series_is_its_newest_release(caller: Caller) -> None:
    toolchain = caller.provide(f"{UV}:0.9-trixie-slim")
    assert toolchain.said == ("uv 0.9.30 from PyPI (the newest 0.9)",)
    assert any("brings no Python" in clause for clause in toolchain.differences)


@pytest.mark.network
def test_a_uv_that_does_not_exist(caller: Caller) -> None:
    with pytest.raises(ToolchainUnavailable, match="is not on PyPI"):
        caller.provide(f"{UV}:0.10.999-trixie-slim")


@pytest.mark.network
def test_an_index_without_the_network(caller: Caller) -> None:
    with pytest.raises(NetworkUnavailable, match="cannot be reached"):
        caller.provide(f"{UV}:0.10.6-trixie", OFFLINE)
    with pytest.raises(NetworkUnavailable, match="cannot be reached"):
        caller.provide(f"{UV}:0.10.6-trixie", {"UV_OFFLINE": "1", "UV_NO_CACHE": "1"})


def test_the_cache_need_not_be_there(tmp_path: Path) -> None:
    with pytest.raises(NetworkUnavailable, match="cannot be reached"):
        provide_uv(
            "==0.10.6",
            cache=tmp_path / "none" / "yet",
            python=Path(sys.executable),
            environ={**os.environ, **OFFLINE},
            say=lambda what: None,
        )


_PROGRAM = """
import os, sys
from pathlib import Path
from gluv.toolchain.provide import provide
made = provide(sys.argv[1], cache=Path(sys.argv[2]), entrypoint=None, environ=os.environ,
    say=lambda what: print(what), default_image=None)
made.furnish(Path(sys.argv[3]))
"""


@pytest.mark.network
def test_processes_at_the_same_time(caller: Caller, base: Interpreter, tmp_path: Path) -> None:
    image = f"{UV}:0.10.6-python{base.series}-trixie"
    command = [sys.executable, "-c", _PROGRAM, image, str(caller.cache)]
    running = [
        subprocess.Popen(
            [*command, str(tmp_path / name)], env=caller.environ, stdout=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    said = "".join(process.communicate()[0] for process in running)
    assert [process.returncode for process in running] == [0, 0]
    assert said.count("uv 0.10.6 from PyPI") == 1
    for name in "ab":
        for program in (f"bin/python{base.series}", "bin/uv"):
            done = subprocess.run([tmp_path / name / program, "--version"], check=False)
            assert done.returncode == 0


def test_a_python_image_has_no_uv(settled: Caller, base: Interpreter, tmp_path: Path) -> None:
    toolchain = settled.provide(f"python:{base.series}-slim", OFFLINE)
    assert toolchain.uv is None
    script = "python3 --version; command -v uv || echo none; echo $PYTHON_VERSION"
    assert run(toolchain, tmp_path, script).splitlines() == [
        f"Python {base.version}",
        "none",
        base.version,
    ]


def test_without_an_image(settled: Caller, tmp_path: Path) -> None:
    toolchain = settled.provide(None, OFFLINE)
    assert toolchain.image is None
    assert "runner's default image" in toolchain.differences[0]
    assert run(toolchain, tmp_path, "uv --version && python --version && pip --version")


def test_the_default_image_stands_in(settled: Caller, base: Interpreter) -> None:
    assert settled.provide(None, default_image=f"python:{base.version}").image is not None
    with pytest.raises(ToolchainUnavailable, match="distroless"):
        settled.provide(None, default_image=f"{UV}:0.10.6")


def test_a_plain_system_is_this_machines_shell(settled: Caller, tmp_path: Path) -> None:
    toolchain = settled.provide("debian:trixie-slim", OFFLINE, entrypoint=("",))
    assert (toolchain.uv, toolchain.python) == (None, None)
    assert any("this machine's own shell" in clause for clause in toolchain.differences)
    assert run(toolchain, tmp_path, "echo works") == "works\n"


def test_no_such_python(settled: Caller, base: Interpreter) -> None:
    with pytest.raises(ToolchainUnavailable) as caught:
        settled.provide("python:3.99")
    assert "no Python 3.99" in caught.value.message
    ways = caught.value.hint.splitlines()
    assert [way[:2] for way in ways] == ["1.", "2.", "3."]
    assert "uv python install 3.99" in ways[0]
    assert base.series in ways[2]


def test_a_download_that_fails(settled: Caller, tmp_path: Path) -> None:
    allowed = {
        **OFFLINE,
        "UV_PYTHON_DOWNLOADS": "automatic",
        "UV_PYTHON_INSTALL_MIRROR": f"{NOWHERE}/mirror",
    }
    with pytest.raises(NetworkUnavailable, match=r"3\.10\.2 .*uv python install") as caught:
        settled.provide("python:3.10.2", allowed)
    assert "uv python install 3.10.2" in caught.value.hint
    assert "CPython 3.10.2 by uv python install" in settled.said


def test_a_python_that_uv_does_not_know_is_not_the_networks_fault(settled: Caller) -> None:
    with pytest.raises(ToolchainUnavailable, match="No download found"):
        settled.provide("python:3.9.99", {**OFFLINE, "UV_PYTHON_DOWNLOADS": "automatic"})


def test_a_python_that_uv_installs(
    environ: dict[str, str], base: Interpreter, tmp_path: Path, shared_cache: Path
) -> None:
    tree = tmp_path / "source/python"
    make_private(base, cache=shared_cache, seed_pip=no_pip).furnish(tree)
    archive = tmp_path / "python.tar.gz"
    superfluous = ("idlelib", "lib2to3", "tkinter", "turtledemo", "pydoc_data", "include")

    def needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        name = Path(member.name).name
        return None if name in superfluous or name.startswith("config-") else member

    with tarfile.open(archive, "w:gz", compresslevel=1, dereference=True) as tar:
        tar.add(tree, "python", filter=needed)
    listed = subprocess.run(
        [find_uv_bin(), "python", "list", "--output-format", "json", base.executable],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    here = json.loads(listed)[0]
    major, minor, patch = base.number
    entry = {
        "name": "cpython",
        "arch": {"family": platform.machine().replace("arm64", "aarch64"), "variant": None},
        "os": here["os"],
        "libc": here["libc"],
        "major": major,
        "minor": minor,
        "patch": patch,
        "prerelease": "",
        "url": archive.as_uri(),
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "variant": None,
        "build": "20260101",
    }
    listing = tmp_path / "downloads.json"
    listing.write_text(json.dumps({here["key"]: entry}))
    caller = Caller(tmp_path / "cache", environ)
    toolchain = caller.provide(
        f"python:{base.version}",
        {"UV_PYTHON_DOWNLOADS": "automatic", "UV_PYTHON_DOWNLOADS_JSON_URL": str(listing)},
    )
    assert toolchain.said == (f"CPython {base.version} from uv-managed {base.version}",)
    (tmp_path / "work").mkdir()
    assert run(toolchain, tmp_path / "work", "python --version") == f"Python {base.version}\n"
    home = Path(environ["HOME"])
    assert not (home / ".local/bin").exists()


def test_a_cache_that_cannot_be_made(caller: Caller, base: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    caller.cache = tmp_path / "file/cache"
    with pytest.raises(StoreUnavailable, match="cache"):
        caller.provide(f"python:{base.series}")


def test_differences_of_an_alpine_image(settled: Caller, base: Interpreter) -> None:
    toolchain = settled.provide(f"python:{base.series}-alpine", entrypoint=("tini", "--"))
    told = "\n".join(toolchain.differences)
    assert "BusyBox" in told
    assert "the entrypoint tini -- was not run" in told
    assert re.search(r"musl|Linux", told)


def test_the_catalogue_ships_with_the_package() -> None:
    assert load().newest
