"""Projects to write pipelines for, and the command that does it."""

from collections.abc import Callable, Mapping

import pytest

from tests.cli.conftest import Repo, gluv, repo, user_cache

__all__ = ["gluv", "repo", "user_cache"]

Start = Callable[[Mapping[str, str]], Repo]


@pytest.fixture
def start(repo: Repo) -> Start:
    """Writes a project into the repository; nothing is committed yet."""

    def start(files: Mapping[str, str]) -> Repo:
        repo.write(files)
        return repo

    return start


class Files:
    """A tree without a disk."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def files(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def read(self, path: str) -> str | None:
        return self._files.get(path)
