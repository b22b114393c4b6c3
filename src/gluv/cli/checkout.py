"""The repository a command is about, and its settings."""

from pathlib import Path

import msgspec

from gluv.errors import UsageWrong
from gluv.host.git import GitFacts
from gluv.host.git_reading import Reading
from gluv.host.memory import Memory
from gluv.settings import Settings, read_settings

STORE = ".gluv"


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A git work tree with the settings of its `pyproject.toml`; `reading` can tell its files."""

    facts: GitFacts
    settings: Settings
    reading: Reading

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


def open_checkout(directory: Path, reading: Reading | None = None) -> Checkout:
    """Find the repository around a folder, which `reading` may have begun to read.

    Raises `UsageWrong` and `RepositoryUnusable`.
    """
    if not directory.is_dir():
        raise UsageWrong(f"{directory} is not a folder", hint="give -C a folder")
    reading = reading or Reading(directory)
    try:
        facts = reading.facts
        return Checkout(facts=facts, settings=_settings(facts.root), reading=reading)
    except BaseException:
        reading.close()
        raise


def _settings(root: Path) -> Settings:
    """The settings of the project; a `pyproject.toml` that was read before is not parsed again."""
    pyproject = root / "pyproject.toml"
    if not pyproject.is_file():
        return Settings()
    text, memory = pyproject.read_bytes(), Memory(root / STORE)
    known = memory.recall(pyproject.name, text, maker="settings")
    if known is not None:
        return msgspec.msgpack.decode(known, type=Settings)
    settings = read_settings(text)
    made = msgspec.msgpack.encode(settings)
    # A table of free form may hold what does not come back as it was, such as a date.
    if msgspec.msgpack.decode(made, type=Settings) == settings:
        memory.keep(pyproject.name, text, made, maker="settings")
    return settings
