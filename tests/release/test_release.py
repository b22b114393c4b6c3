"""`gluv release` against the embedded GitLab, with the real uv."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.release.projects import commit, git, package
from tests.release.world import PAT, TOKEN, World

Make = Callable[..., World]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = package(tmp_path / "project", "demo-pkg")
    commit(directory, "v1.0.0")
    return directory


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def launch(repository: Path, **settings: Any) -> World:
        made.append(World(tmp_path, repository, **settings))
        return made[-1]

    yield launch
    for world in made:
        world.close()


def test_from_nothing_to_a_verified_release(make: Make, project: Path) -> None:
    world = make(project)
    ran = world.release()
    assert ran.code == 0, ran.err
    names = ["demo_pkg-1.0.0-py3-none-any.whl", "demo_pkg-1.0.0.tar.gz"]
    hashes = {
        name: hashlib.sha256((project / "dist" / name).read_bytes()).hexdigest() for name in names
    }
    state = world.state()
    assert state["files"] == [("demo-pkg", "1.0.0", name, hashes[name]) for name in names]
    links = [
        (name, f"{world.pypi}/files/{hashes[name]}/{name}", f"/pkg/{name}", "package")
        for name in names
    ]
    assert state["releases"]["v1.0.0"] == ("v1.0.0", "- Say what it does", links)
    outcome = json.loads((project / "release.json").read_text())
    assert [(file["name"], file["sha256"]) for file in outcome["files"]] == list(hashes.items())
    assert outcome["release"] == f"{world.url}/grp/sub/demo/-/releases/v1.0.0"
    assert (project / "release.env").read_text() == (
        "RELEASE_TAG=v1.0.0\nRELEASE_VERSION=1.0.0\n"
        f"RELEASE_URL={world.url}/grp/sub/demo/-/releases/v1.0.0\n"
        f"RELEASE_INDEX_URL={world.pypi}/simple\nRELEASE_PACKAGES=demo-pkg==1.0.0\n"
    )
    for text in (*names, "uploaded", f"{world.pypi}/simple demo-pkg==1.0.0"):
        assert text in ran.out
    assert TOKEN not in ran.out + ran.err


def test_the_second_run_changes_nothing(make: Make, project: Path) -> None:
    world = make(project)
    assert world.release().code == 0
    before, written = world.state(), (project / "release.json").read_bytes()
    world.calls.clear()
    ran = world.release()
    assert ran.code == 0, ran.err
    assert world.written() == []
    assert world.state() == before
    assert (project / "release.json").read_bytes() == written
    assert ran.err.count("\n= ") == 3, "build, upload and release are skipped"
    # A fresh checkout, as the retry of a job has it, builds again and gets the same bytes.
    git(project, "clean", "-q", "-fdx")
    ran = world.release()
    assert (ran.code, world.written(), world.state()) == (0, [], before), ran.err
    assert "2 of 2 there already" in ran.err
