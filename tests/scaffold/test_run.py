"""What `gluv init` writes, run by gluv with real uv."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import uv

from gluv.toolchain.interpreters import find
from tests.cli.conftest import Gluv, Ran, Repo
from tests.scaffold import projects
from tests.scaffold.conftest import Start

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(sys.platform == "win32", reason="jobs run in bash"),
]


def lock(repo: Repo, *arguments: str) -> None:
    """Lock with a Python that the projects allow, wherever this machine has it."""
    here = next(find("3.12", os.environ), None)
    if here is None:
        pytest.skip("no Python 3.12 here")
    command = [uv.find_uv_bin(), "lock", "--quiet", "--python", str(here.executable), *arguments]
    subprocess.run(command, cwd=repo.root, check=True, capture_output=True)


def init_and_run(gluv: Gluv, repo: Repo, *options: str, context: tuple[str, ...] = ()) -> Ran:
    written = gluv("init", "-C", repo.root, *options)
    assert written.code == 0, written.err
    repo.commit({})
    if "--tag" in context:
        repo.git("tag", context[-1])
    ran = gluv("run", "-C", repo.root, *context)
    assert ran.code == 0, ran.out[-4000:] + ran.err
    return ran


def test_library_tests_each_python_and_builds(gluv: Gluv, start: Start) -> None:
    repo = start(projects.LIBRARY)
    lock(repo)
    ran = init_and_run(gluv, repo)
    for said in ("test: [3.12]", "test: [3.13]", "1 passed", "uv lock --check"):
        assert said in ran.out
    assert "Successfully built dist/parrot_cage-1.2.0.tar.gz" in ran.out
    assert 'as "junit" to coordinator' in ran.out
    assert ".uv-cache: found" in ran.out


def test_app_is_installed_and_compiled(gluv: Gluv, start: Start) -> None:
    repo = start(projects.APP)
    lock(repo)
    ran = init_and_run(gluv, repo)
    assert "python -m compileall -q main.py" in ran.out
    assert "build" not in ran.out.splitlines()


def test_workspace_tests_each_member(gluv: Gluv, start: Start) -> None:
    repo = start(projects.WORKSPACE)
    lock(repo)
    ran = init_and_run(gluv, repo, "--python", "3.13")
    assert "test: [packages/bird]" in ran.out
    assert "test: [packages/wing]" in ran.out
    assert "Successfully built dist/wing-1.2.0.tar.gz" in ran.out
    assert "bird-1.2.0" not in ran.out  # an app


def test_version_comes_from_the_tag(gluv: Gluv, start: Start) -> None:
    repo = start(projects.VCS)
    repo.commit({}, "first")
    repo.git("tag", "v1.2.0")
    lock(repo)
    options = ("--python", "3.12", "--release", "none")
    ran = init_and_run(gluv, repo, *options, context=("--tag", "v1.3.0"))
    assert "Successfully built dist/tagged-1.3.0.tar.gz" in ran.out


def test_scripts_are_installed_and_tested(gluv: Gluv, start: Start) -> None:
    repo = start(projects.SCRIPTS)
    lock(repo, "--script", "squawk.py")
    ran = init_and_run(gluv, repo, "--python", "3.12")
    assert "uv sync --locked --script squawk.py" in ran.out
    assert "1 passed" in ran.out


def test_requirements_go_into_the_python_of_the_image(gluv: Gluv, start: Start) -> None:
    repo = start(projects.REQUIREMENTS)
    ran = init_and_run(gluv, repo, "--python", "3.12")
    assert "uv pip install -r requirements.txt -r requirements-dev.txt" in ran.out
    assert "Python 3.12" in ran.out
    assert "1 passed" in ran.out


def test_existing_pipeline_gets_jobs(gluv: Gluv, start: Start) -> None:
    repo = start(projects.EXISTING)
    lock(repo)
    ran = init_and_run(gluv, repo, "--extend", "--python", "3.12")
    assert "no mistakes" in ran.out
    assert "uv-test" in ran.out
    assert "Successfully built dist/parrot_cage-1.2.0.tar.gz" in ran.out


def test_newest_backend_of_uv_builds_with_the_uv_of_the_pipeline(gluv: Gluv, start: Start) -> None:
    """An older uv may not unpack the sdist of a newer `uv_build`, here the newest."""
    text = projects.LIBRARY["pyproject.toml"].replace("hatchling.build", "uv_build")
    repo = start({**projects.LIBRARY, "pyproject.toml": text.replace("hatchling", "uv_build")})
    ran = init_and_run(gluv, repo, "--python", "3.12", context=("build",))
    assert "Successfully built dist/parrot_cage-1.2.0.tar.gz" in ran.out


def test_flat_library_runs_unittest_and_its_tag_is_released(
    gluv: Gluv, start: Start, gluv_wheel: Path
) -> None:
    repo = start(projects.FLAT)
    lock(repo)
    context = ("--var", f"UV_FIND_LINKS={gluv_wheel}", "--tag", "v1.2.0")
    ran = init_and_run(gluv, repo, "--python", "3.12", context=context)
    assert "Ran 1 test" in ran.out
    assert "release v1.2.0" in ran.out
    assert "package file parrot-1.2.0-py3-none-any.whl" in ran.out
