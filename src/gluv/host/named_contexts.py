"""`[tool.gluv.contexts]`: the events a project cares about, by name."""

import difflib
from collections.abc import Mapping

import msgspec

from gluv.errors import UsageWrong
from gluv.host.context import ContextOptions
from gluv.host.git import Git, GitFacts
from gluv.settings import Settings

TOPIC = "topic"
"""The branch that stands for any other than the default one, where git has no other."""

FIRST_TAG = "v1.0.0"


class NamedContext(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of `[tool.gluv.contexts]`, with the words of the command line.

    `schedule` is the description of a pipeline schedule; `changes` are the paths to take as
    changed; `protected` says whether the ref is (else `[tool.gluv] protected` does).
    """

    branch: str | None = None
    tag: str | None = None
    mr: str | None = None
    source: str | None = None
    schedule: str | None = None
    variables: dict[str, str | int | float | bool] = {}
    inputs: dict[str, object] = {}
    protected: bool | None = None
    changes: tuple[str, ...] | None = None


def named_contexts(settings: Settings, facts: GitFacts) -> dict[str, NamedContext]:
    """The project's contexts in the order of `pyproject.toml`; without any, the usual five.

    Raises `UsageWrong` for a table that cannot be understood.
    """
    if not settings.contexts:
        return _usual(facts, settings)
    return {name: _read(name, table) for name, table in settings.contexts.items()}


def find_context(name: str, settings: Settings, facts: GitFacts) -> NamedContext:
    """The context of that name. Raises `UsageWrong` with the closest one if there is none."""
    known = named_contexts(settings, facts)
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{close[0]}'?" if close else f"the contexts are: {', '.join(known)}"
    raise UsageWrong(f"there is no context '{name}'", hint=hint)


def context_options(
    context: NamedContext, given: ContextOptions, *, virtual: bool
) -> ContextOptions:
    """A named context as options; what was given on the command line beats it."""
    changed = {
        field: value
        for field in ("branch", "tag", "mr", "source")
        if (value := getattr(given, field)) is not None
    }
    named = ContextOptions(
        branch=context.branch,
        tag=context.tag,
        mr=context.mr,
        source=context.source,
        schedule=context.schedule,
        variables={key: _text(value) for key, value in context.variables.items()}
        | dict(given.variables),
        protected=context.protected,
        changes=context.changes,
        commit=given.commit,
        virtual=virtual,
    )
    return msgspec.structs.replace(named, **changed)


def is_missing(context: NamedContext, facts: GitFacts) -> bool:
    """Whether git lacks a tag or branch that the context names, so that it can only be virtual."""
    git = Git(facts.root)
    wanted: list[tuple[str, ...]] = []
    if context.tag is not None:
        wanted.append((f"refs/tags/{context.tag}",))
    wanted += [
        (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}")
        for branch in (context.branch, context.mr)
        if branch is not None
    ]
    return not all(any(git.commit_of(ref) is not None for ref in refs) for refs in wanted)


def _read(name: str, table: Mapping[str, object]) -> NamedContext:
    known = ", ".join(field.name for field in msgspec.structs.fields(NamedContext))
    try:
        return msgspec.convert(table, NamedContext)
    except msgspec.ValidationError as error:
        raise UsageWrong(
            f"[tool.gluv.contexts.{name}]: {error}", hint=f"the keys of a context are: {known}"
        ) from error


def _usual(facts: GitFacts, settings: Settings) -> dict[str, NamedContext]:
    """The default branch, another one, a tag, a merge request and a schedule."""
    main = settings.default_branch or facts.default_branch
    others = [name for name in (facts.branch, *facts.branches) if name and name != main]
    other = others[0] if others else TOPIC
    return {
        "default branch": NamedContext(branch=main),
        "branch": NamedContext(branch=other),
        "tag": NamedContext(tag=facts.tags[-1] if facts.tags else FIRST_TAG),
        "merge request": NamedContext(branch=other, mr=main),
        "schedule": NamedContext(branch=main, schedule=""),
    }


def _text(value: str | float | bool) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
