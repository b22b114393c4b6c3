"""The embedded GitLab of the server's tests, and worlds for `gluv release`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.release.projects import commit, package
from tests.release.world import World
from tests.server.conftest import host, launch

__all__ = ["host", "launch"]

Make = Callable[..., World]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A tagged package that builds without a network."""
    directory = package(tmp_path / "project", "demo-pkg")
    commit(directory, "v1.0.0")
    return directory


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a world around a repository; closed when the test ends."""
    made: list[World] = []

    def launch(repository: Path, **settings: Any) -> World:
        made.append(World(tmp_path, repository, **settings))
        return made[-1]

    yield launch
    for world in made:
        world.close()


@pytest.fixture
def world(make: Make, project: Path) -> World:
    """A public GitLab around the tagged package."""
    return make(project)
