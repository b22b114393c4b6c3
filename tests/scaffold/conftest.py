"""Projects to write pipelines for, and the command that does it."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uv

from tests.cli.conftest import Repo, gluv, repo, user_cache
from tests.scaffold.component import ROOT

__all__ = ["gluv", "repo", "user_cache"]

Start = Callable[[Mapping[str, str]], Repo]


@pytest.fixture
def start(repo: Repo) -> Start:
    """Writes a project into the repository; nothing is committed yet."""

    def start(files: Mapping[str, str]) -> Repo:
        repo.write(files)
        return repo

    return start


@pytest.fixture(scope="session")
def gluv_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this very checkout as a wheel, which `uvx gluv` of a job finds beside PyPI."""
    place = tmp_path_factory.mktemp("wheels")
    build = [uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(place), str(ROOT)]
    subprocess.run(build, cwd=place, check=True, capture_output=True)
    return place


class Files:
    """A tree without a disk."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def read(self, path: str) -> str | None:
        return self._files.get(path)
