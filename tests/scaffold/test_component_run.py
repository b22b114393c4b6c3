"""The component, run by gluv with real uv."""

from pathlib import Path

import pytest

from tests.cli.conftest import Gluv
from tests.scaffold import component, projects
from tests.scaffold.conftest import Start
from tests.scaffold.test_run import init_and_run, lock

pytestmark = pytest.mark.network

EXTRA = '[project.optional-dependencies]\nloud = ["colorama"]\n'
GROUP = '[dependency-groups]\ndev = ["pytest"]\nmore = ["iniconfig"]\n'
TESTS = (
    "import os\n\nimport colorama\nimport iniconfig\n\n\n"
    "def test_has_extras_and_groups() -> None:\n"
    "    assert colorama and iniconfig\n    assert os.path.basename(os.getcwd()) == 'bird'\n"
)


def test_init_writes_an_include_that_runs(gluv: Gluv, start: Start, gluv_wheel: Path) -> None:
    protected = '\n[tool.gluv]\nprotected = ["v*"]\n'
    text = projects.FLAT["pyproject.toml"] + protected + component.settings()
    repo = start({**projects.FLAT, "pyproject.toml": text})
    lock(repo)
    context = ("--var", f"UV_FIND_LINKS={gluv_wheel}", "--tag", "v1.2.0")
    ran = init_and_run(gluv, repo, "--component", "--python", "3.12", context=context)
    assert "package file parrot-1.2.0-py3-none-any.whl" in ran.out
    for said in ("uv-test: [3.12]", "Ran 1 test", "uv-lint", "Resolved"):
        assert said in ran.out
    assert "Successfully built dist/parrot-1.2.0.tar.gz" in ran.out
    assert "Creating cache" not in ran.out  # on a tag it is only read


def test_workspace_with_the_component(gluv: Gluv, start: Start) -> None:
    text = projects.WORKSPACE["pyproject.toml"] + component.settings()
    repo = start({**projects.WORKSPACE, "pyproject.toml": text})
    lock(repo)
    ran = init_and_run(gluv, repo, "--component", "--python", "3.12", "--release", "none")
    assert "2 passed" in ran.out
    assert "Successfully built dist/wing-1.2.0.tar.gz" in ran.out


def test_inputs_reach_the_commands(gluv: Gluv, start: Start) -> None:
    """A folder of a monorepo, with extras, groups, no cache, a wheel alone and a preview job."""
    inputs = {
        "job-prefix": "bird",
        "working-directory": "bird",
        "python-versions": ["3.12"],
        "python-version": "3.12",
        "extras": ["loud"],
        "groups": ["more"],
        "cache-enabled": "false",
        "lock-mode": "frozen",
        "lint-commands": ["uv lock --check --no-progress", "python -V"],
        "build-sdist": False,
        "allow-failure": True,
        "junit-report": "report.xml",
    }
    bird = projects.pyproject("bird", EXTRA, GROUP, projects.HATCHLING)
    repo = start(
        {
            "pyproject.toml": component.settings(),
            "bird/pyproject.toml": bird,
            "bird/src/bird/__init__.py": "",
            "bird/tests/test_bird.py": TESTS,
            ".gitlab-ci.yml": component.include("uv", inputs),
        }
    )
    lock(repo, "--directory", "bird")
    repo.commit({})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0, ran.out[-4000:] + ran.err
    assert "bird-test: [3.12]" in ran.out
    assert "1 passed" in ran.out
    assert "bird/report.xml: found 1" in ran.out
    assert "Successfully built dist/bird-1.2.0-py3-none-any.whl" in ran.out
    assert "bird-1.2.0.tar.gz" not in ran.out
    assert "Creating cache" not in ran.out
