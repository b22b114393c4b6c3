"""Opens the pipeline a command is about: configuration, context, plan."""

import shlex
from collections.abc import Container, Mapping
from pathlib import Path
from typing import TypedDict

import msgspec

from gluv.cli.checkout import Checkout, open_checkout
from gluv.config import IncludeRules, Resolved, load, resolve
from gluv.config.model import Loaded
from gluv.errors import ConfigurationInvalid, Problem, UsageWrong
from gluv.host.cache_clears import read_clear_count
from gluv.host.context import ContextOptions, build_context, config_commit
from gluv.host.fetch import HostFetcher
from gluv.host.git import Git
from gluv.host.git_objects import read_blob
from gluv.host.git_reading import Reading
from gluv.host.other_files import files_elsewhere
from gluv.plan import build
from gluv.plan.context import Context, Server
from gluv.plan.includes import include_masked, include_rules, include_variables
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.source import read_source

CONFIG = ".gitlab-ci.yml"


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Which project, which file, which pipeline: the context options as typed.

    `named` is a context of `[tool.gluv.contexts]`, which `settle` puts into `context`. `inputs` are
    the pipeline's; `offline` and `refresh` say how included files are fetched.
    """

    directory: Path
    file: Path | None
    context: ContextOptions
    named: str | None = None
    inputs: Mapping[str, object] = {}
    offline: bool = False
    refresh: bool = False


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout, its pipeline file, and which of its pipelines is meant.

    `commit` is where the pipeline file and local includes come from, None for the working tree.
    `edited` are texts that stand in for files of the repository.
    """

    checkout: Checkout
    source: Source
    where: Where
    commit: str | None = None
    edited: Mapping[str, str] = {}

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
        context = build_context(
            checkout.facts,
            checkout.settings,
            self.options,
            server or Server(),
            config_path=self.source.name,
        )
        clears = read_clear_count(checkout.store)
        elsewhere = files_elsewhere(checkout.path, Git(checkout.root), self.fetcher)
        return msgspec.structs.replace(context, cache_clear_count=clears, files_elsewhere=elsewhere)

    def load(self, context: Context) -> Loaded:
        """The configuration with everything that is wrong with it."""
        return load(self.source, self.fetcher(), self.where.inputs, **_known(context))

    def resolve(self, context: Context) -> Resolved:
        """The full configuration, its keywords not read yet."""
        return resolve(self.source, self.fetcher(), self.where.inputs, **_known(context))

    def fetcher(self) -> HostFetcher:
        """What hands in included files."""
        checkout, where = self.checkout, self.where
        return HostFetcher(
            checkout.root,
            checkout.store,
            checkout.settings,
            commit=self.commit,
            offline=where.offline,
            refresh=where.refresh,
            edited=self.edited,
        )


class _Known(TypedDict):
    variables: Mapping[str, str]
    rules: IncludeRules
    masked: Container[str]


def _known(context: Context) -> _Known:
    """What reading may know of the event."""
    return {
        "variables": include_variables(context),
        "rules": include_rules(context),
        "masked": include_masked(context),
    }


def plan_loaded(
    loaded: Loaded,
    context: Context,
    selection: Selection,
    *,
    warnings: tuple[Problem, ...] = (),
) -> Plan:
    """The plan; where no configuration could be read, one that holds only its problems.

    `warnings` are those that are not about the file.
    """
    problems = (*loaded.problems, *warnings)
    if loaded.config is None:
        return Plan(pipeline=None, stages=(), jobs=(), skipped=(), problems=problems)
    return build(loaded.config, context, selection, problems=problems)


def open_project(
    where: Where, checkout: Checkout | None = None, *, reading: Reading | None = None
) -> Project:
    """Find the repository and read its pipeline file, from the pipeline's commit or from here.

    `reading` is the repository being read already.
    """
    checkout = checkout or open_checkout(where.directory, reading)
    where = settle(where, checkout)
    commit = config_commit(checkout.facts, where.context)
    source = _read(where, checkout.root) if commit is None else _read_at(commit, where, checkout)
    return Project(checkout=checkout, source=source, where=where, commit=commit)


def settle(where: Where, checkout: Checkout) -> Where:
    """The same with its named context as options; what was typed beats it.

    A tag or branch that only the context names need not exist: HEAD stands in for its commit.
    """
    if where.named is None:
        return where
    from gluv.host.named_contexts import context_options, find_context, is_missing

    settings, facts, typed = checkout.settings, checkout.facts, where.context
    context = find_context(where.named, settings, facts)
    own = (typed.branch, typed.tag, typed.mr) != (None, None, None)
    return msgspec.structs.replace(
        where,
        context=context_options(context, typed, virtual=not own and is_missing(context, facts)),
        inputs={**context.inputs, **where.inputs},
        named=None,
    )


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
    return _source(_name(where, root), content)


def _read_at(commit: str, where: Where, checkout: Checkout) -> Source:
    """The pipeline file as the commit has it; one outside of the repository as it is."""
    name = _name(where, checkout.root)
    if Path(name).is_absolute():
        return _read(where, checkout.root)
    content = read_blob(checkout.root, commit, name)
    if content is None:
        raise UsageWrong(
            f"the commit {commit[:8]} has no {name}",
            hint="a pipeline of a commit that is not checked out takes the file from that commit",
        )
    return _source(name, content)


def _name(where: Where, root: Path) -> str:
    """The file's path from the top of the repository, or an absolute one outside of it."""
    if where.file is None:
        return CONFIG
    path = (where.directory / where.file).resolve()
    top = root.resolve()
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else str(path)


def _source(name: str, content: bytes) -> Source:
    try:
        return read_source(name, content)
    except YamlInvalid as invalid:
        raise ConfigurationInvalid([invalid.problem]) from invalid
