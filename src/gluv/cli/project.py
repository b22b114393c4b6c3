"""Opens the project a command is about: repository, settings, configuration, context, plan."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.config import load
from gluv.config.model import Loaded
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.host.context import ContextOptions, build_context
from gluv.host.fetch import HostFetcher
from gluv.host.git import GitFacts, read_repository
from gluv.plan import build
from gluv.plan.context import Context, Server
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from gluv.settings import Settings, read_settings
from gluv.text.nodes import Source
from gluv.text.reader import read_source

STORE = ".gluv"
CONFIG = ".gitlab-ci.yml"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Which project, which file, which pipeline: the context options as typed."""

    directory: Path
    file: Path | None
    context: ContextOptions


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A repository with its settings and its pipeline file."""

    facts: GitFacts
    settings: Settings
    source: Source
    where: Where

    @property
    def store(self) -> Path:
        """Where gluv keeps what it keeps about this project."""
        return self.facts.root / STORE

    def context(self, server: Server | None = None) -> Context:
        """The event of the pipeline; `server` is the GitLab its jobs will talk to."""
        return build_context(self.facts, self.settings, self.where.context, server or Server())

    def load(self, context: Context) -> Loaded:
        """The configuration with everything that is wrong with it."""
        fetcher = HostFetcher(self.facts.root, self.store, self.settings)
        return load(self.source, fetcher, variables={})

    def plan_or_problems(self, context: Context, loaded: Loaded, selection: Selection) -> Plan:
        """The plan; where no configuration could be read, one that holds only its problems."""
        if loaded.config is None:
            return Plan(
                pipeline=None, stages=(), jobs=(), skipped=(), problems=loaded.problems
            )
        return build(loaded.config, context, selection, problems=loaded.problems)

    def plan(self, context: Context, loaded: Loaded, selection: Selection) -> Plan:
        """The plan; raises `ConfigurationInvalid` where no configuration could be read."""
        if loaded.config is None:
            raise ConfigurationInvalid(loaded.problems)
        return build(loaded.config, context, selection, problems=loaded.problems)


def open_project(where: Where, environ: Mapping[str, str]) -> Project:
    """Find the repository and read its settings and its pipeline file."""
    if not where.directory.is_dir():
        raise UsageWrong(f"{where.directory} is not a folder", hint="give -C a folder")
    facts = read_repository(where.directory)
    pyproject = facts.root / "pyproject.toml"
    settings = read_settings(pyproject.read_bytes() if pyproject.is_file() else None)
    return Project(
        facts=facts, settings=settings, source=_source(where, facts.root), where=where
    )


def _source(where: Where, root: Path) -> Source:
    path = where.directory / where.file if where.file else root / CONFIG
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageWrong(
            f"there is no {path.name} in {path.parent}",
            hint=f"write {CONFIG}, or name another file with -f FILE",
        ) from None
    except IsADirectoryError:
        raise UsageWrong(f"{path} is a folder", hint="give -f a file") from None
    name = str(where.file) if where.file else CONFIG
    return read_source(name, content)
