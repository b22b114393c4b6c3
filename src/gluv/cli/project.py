"""Opens the pipeline a command is about: configuration, context, plan."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import msgspec

from gluv.cli.checkout import Checkout, open_checkout
from gluv.config import IncludeRules, Resolved, load, resolve
from gluv.config.model import Loaded
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.host.context import ContextOptions, build_context
from gluv.host.fetch import HostFetcher
from gluv.plan import build
from gluv.plan.context import Context, Server
from gluv.plan.includes import include_rules, include_variables
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.source import read_source

CONFIG = ".gitlab-ci.yml"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Which project, which file, which pipeline: the context options as typed."""

    directory: Path
    file: Path | None
    context: ContextOptions


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout, its pipeline file, and which of its pipelines is meant."""

    checkout: Checkout
    source: Source
    where: Where

    @property
    def options(self) -> ContextOptions:
        """Which pipeline is meant."""
        return self.where.context

    @property
    def at(self) -> str:
        """What a command needs to find this project from here: ` -C DIR`, or nothing."""
        directory = self.where.directory
        return "" if directory == Path() else f" -C {shlex.quote(str(directory))}"

    def context(self, server: Server | None = None) -> Context:
        """The event of the pipeline; `server` is the GitLab its jobs will talk to."""
        checkout = self.checkout
        return build_context(checkout.facts, checkout.settings, self.options, server or Server())

    def load(self, context: Context) -> Loaded:
        """The configuration with everything that is wrong with it."""
        return load(self.source, self._fetcher(), **_known(context))

    def resolve(self, context: Context) -> Resolved:
        """The full configuration, its keywords not read yet."""
        return resolve(self.source, self._fetcher(), **_known(context))

    def _fetcher(self) -> HostFetcher:
        checkout = self.checkout
        return HostFetcher(checkout.root, checkout.store, checkout.settings)


class _Known(TypedDict):
    variables: Mapping[str, str]
    rules: IncludeRules


def _known(context: Context) -> _Known:
    """What reading may know of the event."""
    return {"variables": include_variables(context), "rules": include_rules(context)}


def plan_loaded(loaded: Loaded, context: Context, selection: Selection) -> Plan:
    """The plan; where no configuration could be read, one that holds only its problems."""
    if loaded.config is None:
        return Plan(pipeline=None, stages=(), jobs=(), skipped=(), problems=loaded.problems)
    return build(loaded.config, context, selection, problems=loaded.problems)


def open_project(where: Where) -> Project:
    """Find the repository and read its pipeline file."""
    checkout = open_checkout(where.directory)
    return Project(checkout=checkout, source=_read(where, checkout.root), where=where)


def _read(where: Where, root: Path) -> Source:
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
    try:
        return read_source(str(where.file) if where.file else CONFIG, content)
    except YamlInvalid as invalid:
        raise ConfigurationInvalid([invalid.problem]) from invalid
