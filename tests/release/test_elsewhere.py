"""PyPI and TestPyPI: what `uv publish` is called with, without the network."""

import json
import sys
from pathlib import Path

import pytest

from tests.release.projects import commit, package
from tests.release.world import TOKEN, World

FAKE = """\
#!{python}
import json, os, sys
if sys.argv[1] == "publish":
    said = {{key: value for key, value in os.environ.items() if key.startswith(("UV_", "PYPI"))}}
    with open({noted!r}, "w") as file:
        json.dump([sys.argv[1:], said], file)
    print("error: Server returned status code {status} Forbidden" if {status} != 200 else "")
    sys.exit(0 if {status} == 200 else 2)
if sys.argv[1:3] == ["pip", "compile"]:
    sys.exit(0)  # it knows of no index
os.execv({uv!r}, ["uv", *sys.argv[1:]])
"""


class FakeUv:
    """The real uv, but that `publish` only notes how it was called."""

    def __init__(self, directory: Path, status: int = 200) -> None:
        self.noted = directory / "noted.json"
        self.path = directory / "fake-uv"
        real = str(Path(sys.executable).parent / "uv")
        self.path.write_text(
            FAKE.format(python=sys.executable, noted=str(self.noted), status=status, uv=real)
        )
        self.path.chmod(0o755)

    def called(self) -> tuple[list[str], dict[str, str]]:
        """(arguments, environment) of `uv publish`."""
        arguments, env = json.loads(self.noted.read_text())
        return arguments, env


GUIDE = {
    "UV_PUBLISH_URL": "http://gitlab.example/api/v4/projects/1/packages/pypi",
    "UV_PUBLISH_USERNAME": "gitlab-ci-token",
    "UV_PUBLISH_PASSWORD": TOKEN,
}
"""What the guide sets for the whole job, and PyPI must never see."""


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyPI's index is not asked: uv says where it is, and here it says nothing."""
    monkeypatch.setattr("gluv.release.uv_publish.simple_index", lambda environ: None)


def run(world: World, uv: FakeUv, monkeypatch: pytest.MonkeyPatch, to: str, **env: str) -> None:
    before = world.env
    monkeypatch.setattr(world, "env", lambda tag: before(tag, UV=str(uv.path), **env))
    world.perform(to=to)


@pytest.mark.usefixtures("no_index")
def test_pypi_is_left_to_uv_and_trusted_publishing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = FakeUv(tmp_path)
    run(world, uv, monkeypatch, "pypi", PYPI_ID_TOKEN="jwt", **GUIDE)
    arguments, env = uv.called()
    assert [Path(argument).name for argument in arguments] == [
        *("publish", "demo_pkg-1.0.0-py3-none-any.whl"),
        "demo_pkg-1.0.0.tar.gz",
    ]
    assert not [key for key in env if key.startswith("UV_PUBLISH")]
    assert env["PYPI_ID_TOKEN"] == "jwt"
    assert world.state()["files"] == []
    # Nobody knows the files' addresses, so the release on GitLab has no links.
    assert world.state()["releases"]["v1.0.0"][2] == []


def test_without_credentials_the_yaml_is_given(world: World, tmp_path: Path) -> None:
    ran = world.release("--to", "pypi", **GUIDE)
    assert ran.code == 2
    assert [line.strip() for line in ran.err.splitlines()][-4:-1] == [
        *("id_tokens:", "PYPI_ID_TOKEN:"),
        "aud: pypi",
    ]
    assert not (world.repository / "dist").exists()


def test_testpypi_is_an_index_of_the_project_or_twines(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twine.utils import TEST_REPOSITORY

    from gluv.release.uv import find_uv
    from gluv.release.uv_publish import find_target

    env = world.env(TESTPYPI_ID_TOKEN="jwt", **GUIDE)
    target = find_target("testpypi", None, world.repository, find_uv(env), env)
    assert target.env["UV_PUBLISH_URL"] == TEST_REPOSITORY
    assert target.index is not None
    assert target.index.endswith("/simple/")
    named = package(
        tmp_path / "named",
        "named",
        extra='[[tool.uv.index]]\nname = "testpypi"\nurl = "https://t.example/simple/"\n'
        'publish-url = "https://t.example/legacy/"\n',
    )
    target = find_target("testpypi", None, named, find_uv(env), env)
    assert (target.env["UV_PUBLISH_URL"], target.index) == (
        *("https://t.example/legacy/",),
        "https://t.example/simple/",
    )


@pytest.mark.usefixtures("no_index")
def test_uvs_failure_is_explained(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gluv.release.stop import ReleaseStopped

    with pytest.raises(ReleaseStopped) as stopped:
        run(world, FakeUv(tmp_path, 403), monkeypatch, "pypi", UV_PUBLISH_TOKEN="t")
    assert "exit code 2" in stopped.value.message
    assert "trusted publisher" in stopped.value.hint
    assert world.state()["releases"] == {}


def test_no_release_needs_no_gitlab(tmp_path: Path, world: World) -> None:
    project = package(tmp_path / "alone", "alone")
    commit(project, "v1.0.0")
    env = {key: value for key, value in world.env().items() if not key.startswith(("CI", "GITLAB"))}
    from tests.release.world import run as run_process

    command = world.command("--to", world.pypi, "--check-url", f"{world.pypi}/simple")
    env |= {"UV_PUBLISH_USERNAME": "u", "UV_PUBLISH_PASSWORD": "glpat-owner"}
    ran = run_process([*command, "--tag", "v1.0.0"], env, project)
    assert ran.code == 0, ran.err
    assert "none on GitLab: which GitLab project" in ran.err
    assert {row[0] for row in world.state()["files"]} == {"alone"}
