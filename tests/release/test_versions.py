"""The guide's uv and the newest, from a project to an installation by pip and uv."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import uv

from gluv.cli.cache import user_cache
from gluv.toolchain.uv_release import provide_uv
from tests.release.conftest import Make
from tests.release.projects import commit

pytestmark = pytest.mark.network

GUIDE_UV = "0.10.6"
HATCHLING = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'


def program(release: str) -> Path:
    if release == version("uv"):
        return Path(uv.find_uv_bin())
    provided = provide_uv(
        f"=={release}",
        cache=user_cache(os.environ),
        python=Path(sys.executable),
        environ=os.environ,
        say=lambda what: None,
    )
    return provided.bin / "uv"


@pytest.fixture
def hatch(tmp_path: Path) -> Path:
    project = tmp_path / "parrot"
    (project / "src" / "parrot").mkdir(parents=True)
    (project / "src" / "parrot" / "__init__.py").write_text("SAYS = 'hello'\n")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "parrot-pkg"\nversion = "1.0.0"\nrequires-python = ">=3.11"\n'
        f"{HATCHLING}"
        '[tool.hatch.build.targets.wheel]\npackages = ["src/parrot"]\n'
    )
    commit(project, "v1.0.0")
    return project


@pytest.mark.parametrize("release", [GUIDE_UV, version("uv")])
def test_released_and_installed(make: Make, hatch: Path, release: str, tmp_path: Path) -> None:
    world = make(hatch)
    # The guide's cache inside the project, with which its own build fails.
    ran = world.release(UV=str(program(release)), UV_CACHE_DIR=".uv-cache")
    assert ran.code == 0, ran.err
    assert f"(uv {release})" in ran.err
    digest = hashlib.sha256(
        (hatch / "dist" / "parrot_pkg-1.0.0-py3-none-any.whl").read_bytes()
    ).hexdigest()
    wanted = tmp_path / "requirements.txt"
    wanted.write_text(f"parrot-pkg==1.0.0 --hash=sha256:{digest}\n")
    index = ("--index-url", f"{world.pypi}/simple", "--require-hashes", "-r", str(wanted))
    for name, installer in (
        ("by-uv", (str(program(release)), "pip", "install", "--no-cache")),
        ("by-pip", (sys.executable, "-m", "pip", "--quiet", "install", "--no-cache-dir")),
    ):
        target = tmp_path / name
        command = [*installer, *index, "--target", str(target)]
        env = {**os.environ, "UV_PYTHON": sys.executable}
        subprocess.run(command, check=True, env=env, capture_output=True)
        assert (target / "parrot" / "__init__.py").read_text() == "SAYS = 'hello'\n"
    # Built again from a fresh checkout the bytes are the same, so nothing is left to do.
    before = world.state()
    subprocess.run(["git", "-C", str(hatch), "clean", "-qfdx"], check=True)
    world.calls.clear()
    again = world.release(UV=str(program(release)))
    assert (again.code, world.written(), world.state()) == (0, [], before), again.err


def test_a_cache_that_would_be_published_stops_it(make: Make, hatch: Path) -> None:
    (hatch / ".uv-cache" / "wheels").mkdir(parents=True)
    (hatch / ".uv-cache" / "wheels" / "a").write_text("cached")
    world = make(hatch)
    ran = world.release(UV_CACHE_DIR=".uv-cache")
    assert ran.code == 1
    assert "1 files of uv's cache (.uv-cache)" in ran.err
    assert "add .uv-cache/ to .gitignore" in ran.err
    assert world.written() == []
