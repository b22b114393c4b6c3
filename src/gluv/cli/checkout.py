"""The repository a command is about, and its settings."""

from pathlib import Path

import msgspec

from gluv.errors import UsageWrong
from gluv.host.git import GitFacts, read_repository
from gluv.settings import Settings, read_settings

STORE = ".gluv"


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A git work tree with the settings of its `pyproject.toml`."""

    facts: GitFacts
    settings: Settings

    @property
    def root(self) -> Path:
        """The top folder."""
        return self.facts.root

    @property
    def path(self) -> str:
        """The full path of the project, `group/name`."""
        return self.settings.project or self.facts.project

    @property
    def store(self) -> Path:
        """Where gluv keeps what it keeps about this project."""
        return self.root / STORE


def open_checkout(directory: Path) -> Checkout:
    """Find the repository around a folder; raises `UsageWrong` and `RepositoryUnusable`."""
    if not directory.is_dir():
        raise UsageWrong(f"{directory} is not a folder", hint="give -C a folder")
    facts = read_repository(directory)
    pyproject = facts.root / "pyproject.toml"
    settings = read_settings(pyproject.read_bytes() if pyproject.is_file() else None)
    return Checkout(facts=facts, settings=settings)
