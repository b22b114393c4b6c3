"""A configuration to be looked at, not run: any file, standard input, outside a repository too."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from gluv.cli.cache import user_cache
from gluv.cli.checkout import Checkout, open_checkout
from gluv.cli.project import CONFIG, Project, Where, open_project, plan_loaded, settle
from gluv.config import load
from gluv.config.model import Loaded
from gluv.errors import ConfigurationInvalid, Problem, RepositoryUnusable, UsageWrong
from gluv.host.context import ContextOptions
from gluv.host.fetch import HostFetcher
from gluv.plan.context import Context
from gluv.plan.masking import Concealer, unmaskable
from gluv.plan.model import Plan
from gluv.plan.selection import Selection
from gluv.settings import Settings
from gluv.text import YamlInvalid
from gluv.text.nodes import Source
from gluv.text.source import read_source

STDIN = "<stdin>"


class Readable(msgspec.Struct, frozen=True, kw_only=True):
    """The folder around a configuration, its settings, and how to read it with other texts.

    `reload` takes texts by their names in `sources`; `paths` are all there are, None where nobody
    may look.
    """

    root: Path
    settings: Settings
    reload: Callable[[Mapping[str, str]], Loaded]
    paths: Callable[[], tuple[str, ...]] | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything wrong with a configuration.

    `name` is the file as problems call it. `plan` is None where nothing could be planned for want
    of a repository; `note` then says why. `project` is what is around the file, if it can be read.
    """

    name: str
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    plan: Plan | None = None
    note: str = ""
    loaded: Loaded | None = None
    project: Readable | None = None


def check(where: Where, file: str | None) -> Found:
    """Read `file` (None: the project's own, `-`: standard input), and plan it where that goes.

    The project is the one around the file; paths in problems start at its top, like those of
    `include:local`. Outside a repository, or without a branch to plan for, the file is only read.
    Raises `UsageWrong` for a file that is not there, and `RepositoryUnusable` if the options ask
    for an event that the repository does not have.
    """
    if file is not None and where.file is not None:
        raise UsageWrong("two files are named", hint="give FILE or -f FILE, not both")
    path = where.directory / file if file not in (None, "-") else None
    content = _content(path) if file is not None else None
    checkout: Checkout | None = None
    try:
        checkout = open_checkout(path.parent if path is not None else where.directory)
        if content is None:
            project = open_project(where, checkout)
        else:
            source = _source(path, checkout.root, content)
            project = Project(checkout=checkout, source=source, where=settle(where, checkout))
        return _planned(project, project.context())
    except RepositoryUnusable as unusable:
        if where.context != ContextOptions() or where.named is not None:
            raise
        return _only_read(where, checkout, path, content, note=unusable.message)
    except ConfigurationInvalid as invalid:
        name = invalid.problems[0].mark.file if invalid.problems[0].mark is not None else CONFIG
        return Found(name=name, problems=invalid.problems, sources={})


def _planned(project: Project, context: Context) -> Found:
    loaded = project.load(context)
    plan = plan_loaded(loaded, context, Selection(), warnings=unmaskable(context.settings))
    return Found(
        name=project.source.name,
        problems=_concealed(plan.problems, Concealer(context)),
        sources=loaded.sources,
        plan=plan,
        loaded=loaded,
        project=Readable(
            root=project.checkout.root,
            settings=project.checkout.settings,
            reload=lambda texts: _edited(project, texts).load(context),
            paths=project.fetcher().local_files,
        ),
    )


def _edited(project: Project, texts: Mapping[str, str]) -> Project:
    source = project.source
    source = Source(source.name, texts.get(source.name, source.text))
    return msgspec.structs.replace(project, source=source, edited=texts)


def _only_read(
    where: Where, checkout: Checkout | None, path: Path | None, content: bytes | None, *, note: str
) -> Found:
    """The problems that need no event; what remote includes bring is kept in the user's cache."""
    if content is None:
        top = checkout.root if checkout is not None else where.directory
        path = where.directory / where.file if where.file is not None else top / CONFIG
        content = _content(path)
    if checkout is not None:
        root = checkout.root
    else:
        root = path.parent if path is not None else where.directory
    try:
        source = _source(path, root, content)
    except ConfigurationInvalid as invalid:
        name = STDIN if path is None else _name(path, root)
        return Found(name=name, problems=invalid.problems, sources={}, note=note)
    settings = checkout.settings if checkout is not None else Settings()

    def fetcher(texts: Mapping[str, str]) -> HostFetcher:
        return HostFetcher(
            root,
            checkout.store if checkout is not None else user_cache(os.environ),
            settings,
            offline=where.offline,
            refresh=where.refresh,
            edited=texts,
        )

    def reload(texts: Mapping[str, str]) -> Loaded:
        text = texts.get(source.name, source.text)
        return load(Source(source.name, text), fetcher(texts), where.inputs)

    loaded = reload({})
    return Found(
        name=source.name,
        problems=loaded.problems,
        sources=loaded.sources,
        note=note,
        loaded=loaded,
        project=Readable(
            root=root,
            settings=settings,
            reload=reload,
            paths=fetcher({}).local_files if checkout is not None else None,
        ),
    )


def _concealed(problems: tuple[Problem, ...], conceal: Concealer) -> tuple[Problem, ...]:
    return tuple(
        msgspec.structs.replace(
            problem, message=conceal.text(problem.message), hint=conceal.text(problem.hint)
        )
        for problem in problems
    )


def _source(path: Path | None, root: Path, content: bytes) -> Source:
    """The file, or standard input; raises `ConfigurationInvalid` for bytes that are no text."""
    name = STDIN if path is None else _name(path, root)
    try:
        return read_source(name, content)
    except YamlInvalid as invalid:
        raise ConfigurationInvalid([invalid.problem]) from invalid


def _name(path: Path, root: Path) -> str:
    """From the top of the repository; outside of it as it was typed."""
    absolute = path.resolve()
    top = root.resolve()
    return absolute.relative_to(top).as_posix() if absolute.is_relative_to(top) else str(path)


def _content(path: Path | None) -> bytes:
    if path is None:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageWrong(
            f"there is no {path.name} in {path.parent}",
            hint=f"write {CONFIG}, or name another file: gluv lint FILE (- is standard input)",
        ) from None
    except IsADirectoryError:
        raise UsageWrong(
            f"{path} is a folder", hint=f"name a file: gluv lint {path / CONFIG}"
        ) from None
