"""A configuration to be looked at, not run: any file, standard input, outside a repository too."""

import os
import sys
from pathlib import Path

import msgspec

from gluv.cli.cache import user_cache
from gluv.cli.checkout import Checkout, open_checkout
from gluv.cli.project import CONFIG, Project, Where, plan_loaded, settle
from gluv.config import load
from gluv.errors import Problem, RepositoryUnusable, UsageWrong
from gluv.host.context import ContextOptions, build_context
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


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything wrong with a configuration.

    `name` is the file as problems call it. `plan` is None where nothing could be planned for want
    of a repository; `note` then says why.
    """

    name: str
    problems: tuple[Problem, ...]
    sources: dict[str, Source]
    plan: Plan | None = None
    note: str = ""


def check(where: Where, file: str | None) -> Found:
    """Read `file` (None: the project's own, `-`: standard input), and plan it where that goes.

    The project is the one around the file; paths in problems start at its top, like those of
    `include:local`. Outside a repository, or without a branch to plan for, the file is only read.
    Raises `UsageWrong` for a file that is not there, and `RepositoryUnusable` if the options ask
    for an event that the repository does not have.
    """
    path = _path(where, file)
    directory = path.parent if path is not None else where.directory
    checkout: Checkout | None = None
    context: Context | None = None
    note = ""
    try:
        checkout = open_checkout(directory)
        where = settle(where, checkout)
        context = build_context(checkout.facts, checkout.settings, where.context)
    except RepositoryUnusable as unusable:
        if where.context != ContextOptions():
            raise
        note = unusable.message
    root = checkout.root if checkout is not None else directory
    if path is None and file is None:
        path = root / CONFIG
    name = STDIN if path is None else _name(path, root, file)
    try:
        source = read_source(name, _content(path))
    except YamlInvalid as invalid:
        return Found(name=name, problems=(invalid.problem,), sources={}, note=note)
    if checkout is not None and context is not None:
        loaded = Project(checkout=checkout, source=source, where=where).load(context)
        warnings = unmaskable(context.settings)
        plan = plan_loaded(loaded, context, Selection(), warnings=warnings)
        problems = _concealed(plan.problems, Concealer(context))
        return Found(name=name, problems=problems, sources=loaded.sources, plan=plan)
    if checkout is not None:
        fetcher = Project(checkout=checkout, source=source, where=where).fetcher()
    else:
        fetcher = HostFetcher(
            root,
            user_cache(os.environ),
            Settings(),
            offline=where.offline,
            refresh=where.refresh,
        )
    loaded = load(source, fetcher, where.inputs)
    return Found(name=name, problems=loaded.problems, sources=loaded.sources, note=note)


def _concealed(problems: tuple[Problem, ...], conceal: Concealer) -> tuple[Problem, ...]:
    return tuple(
        msgspec.structs.replace(
            problem, message=conceal.text(problem.message), hint=conceal.text(problem.hint)
        )
        for problem in problems
    )


def _path(where: Where, file: str | None) -> Path | None:
    if file is not None and where.file is not None:
        raise UsageWrong("two files are named", hint="give FILE or -f FILE, not both")
    if file == "-":
        return None
    named = file if file is not None else where.file
    return where.directory / named if named is not None else None


def _name(path: Path, root: Path, file: str | None) -> str:
    absolute = Path(os.path.abspath(path))
    top = Path(os.path.abspath(root))
    if absolute.is_relative_to(top):
        return absolute.relative_to(top).as_posix()
    return file if file is not None else str(path)


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
