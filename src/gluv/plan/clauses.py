"""The conditions of a rule: `if`, `changes`, `exists`, each with what it found."""

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from gluv.config.fetch import FetchFailed
from gluv.config.keywords.rules import REGEXP_LIMIT, Changes, Exists, Rule
from gluv.errors.mark import Mark
from gluv.expr.globs import compile_globs
from gluv.expr.ruby_regex import RubyRegexInvalid, compile_ruby
from gluv.expr.rules_if import ExpressionInvalid, parse_expression
from gluv.plan.context import Context
from gluv.plan.scope import Scope

CHANGES_COMPARISONS = 50_000
"""Path and glob pairs above which GitLab takes `changes` to be true without looking."""

EXISTS_COMPARISONS = 10_000
"""The same for the globs of one `exists`."""

_PLAIN = re.compile(r"[^*?\[{]+").fullmatch
_EXTENSION = re.compile(r"(?:\*\*/\*)?\.[^*?\[{/]+").fullmatch

Kind = Literal["if", "changes", "exists"]


class RuleBroken(Exception):
    """A condition names something that does not exist; the text is GitLab's sentence.

    `mark` is where the rule stands, if it is one of `rules:`; `hint` is what to do about it.
    """

    mark: Mark | None = None

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class World(msgspec.Struct, frozen=True):
    """What conditions look at: the variables, and everything outside the YAML.

    `asked` keeps what was found in the repository for the next job that asks the same.
    """

    scope: Scope
    context: Context
    asked: dict[tuple[object, ...], bool] = {}


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: its text as the user knows it, whether it held, and what it found."""

    kind: Kind
    text: str
    matched: bool
    found: str = ""


def expression_holds(text: str, scope: Scope) -> bool:
    """Whether an expression of `rules:if` or `only:variables` is true. Raises `RuleBroken`."""
    try:
        return parse_expression(text).evaluate(scope.values)
    except ExpressionInvalid as error:
        raise RuleBroken(f"`{text}`: {error}") from error


def clause_holds(kind: Kind, rule: Rule, world: World) -> bool:
    """Whether a condition of the rule is true; an absent one is. Raises `RuleBroken`."""
    match kind:
        case "if":
            return rule.if_ is None or expression_holds(rule.if_, world.scope)
        case "changes":
            return rule.changes is None or changes_hold(rule.changes, world)
        case "exists":
            return rule.exists is None or exists_hold(rule.exists, world)


def changes_hold(changes: Changes, world: World) -> bool:
    """`changes`: true when nothing is known to compare with, false when nothing changed."""
    compare_to = changes.compare_to
    if compare_to is not None:
        compare_to = world.scope.expand_nested(compare_to)
    if changes.regexp is not None:
        return _changed_by(_regexp(changes.regexp, world), compare_to, world.context)
    return paths_changed(changes.paths, world, compare_to)


def _regexp(pattern: str, world: World) -> re.Pattern[str]:
    """The expression of `rules:changes:regexp` with its variables. Raises `RuleBroken`."""
    expanded = world.scope.expand_nested(pattern)
    if len(expanded) > REGEXP_LIMIT:
        raise RuleBroken(
            f"rules:changes:regexp is too long (maximum is {REGEXP_LIMIT} characters after "
            "variable expansion)"
        )
    try:
        return compile_ruby(expanded)
    except RubyRegexInvalid as error:
        raise RuleBroken(f"rules:changes:regexp is no regular expression: {error}") from error


def _changed_by(pattern: re.Pattern[str], compare_to: str | None, context: Context) -> bool:
    changed = _changed_paths(compare_to, context)
    if changed is None or len(changed) > CHANGES_COMPARISONS:
        return True
    return any(map(pattern.search, changed))


def paths_changed(paths: tuple[str, ...], world: World, compare_to: str | None = None) -> bool:
    """Whether a changed path matches a glob (`rules:changes`, `only:changes`)."""
    globs = tuple(dict.fromkeys(world.scope.expand_nested(path) for path in paths))
    question = ("changes", compare_to, globs)
    if question not in world.asked:
        world.asked[question] = _changed(globs, compare_to, world.context)
    return world.asked[question]


def _changed(globs: tuple[str, ...], compare_to: str | None, context: Context) -> bool:
    changed = _changed_paths(compare_to, context)
    if changed is None:
        return True
    if not changed or not globs:
        return False
    if len(changed) * len(globs) > CHANGES_COMPARISONS:
        return True
    return any(map(compile_globs(globs), changed))


def _changed_paths(compare_to: str | None, context: Context) -> frozenset[str] | None:
    try:
        return context.repository.changed(compare_to)
    except LookupError as error:
        raise RuleBroken("rules:changes:compare_to is not a valid ref") from error


def exists_hold(exists: Exists, world: World) -> bool:
    """`exists`: a glob matches a path of the tree at the pipeline's commit, or of another one."""
    globs = tuple(world.scope.expand_once(path) for path in exists.paths)
    question = ("exists", exists.project, exists.ref, globs)
    if question not in world.asked:
        world.asked[question] = _exists(globs, _files(exists, world))
    return world.asked[question]


def _files(exists: Exists, world: World) -> tuple[str, ...]:
    """The paths that `exists` asks about. Raises `RuleBroken`."""
    if exists.project is None:
        return world.context.repository.files()
    project = world.scope.expand_once(exists.project)
    ref = None if exists.ref is None else world.scope.expand_once(exists.ref)
    if project == world.context.project.path and ref is None:
        return world.context.repository.files()
    try:
        if world.context.files_elsewhere is None:
            raise FetchFailed(f"gluv looks only into this project, `{world.context.project.path}`")
        return world.context.files_elsewhere(project, ref)
    except FetchFailed as error:
        raise RuleBroken(
            f"rules:exists:project `{project}` is not a valid project path",
            hint=f"{error.message}; {error.hint}" if error.hint else error.message,
        ) from error


def _exists(globs: tuple[str, ...], files: tuple[str, ...]) -> bool:
    # GitLab counts pairs of path and pattern, plain names and `**/*.ext` apart.
    patterns = [glob for glob in globs if not (_PLAIN(glob) or _EXTENSION(glob))]
    if len(patterns) * len(files) > EXISTS_COMPARISONS:
        return True
    return any(map(compile_globs(globs), files))


def describe(kind: Kind, rule: Rule, world: World) -> Clause:
    """A condition that the rule has, with what it found; a broken one says how it is broken."""
    text = clause_text(kind, rule)
    try:
        matched = clause_holds(kind, rule, world)
        return Clause(
            kind=kind, text=text, matched=matched, found=_found(kind, rule, world, matched)
        )
    except RuleBroken as error:
        return Clause(kind=kind, text=text, matched=False, found=str(error))


def clause_text(kind: Kind, rule: Rule) -> str:
    """A condition in one line, as a person would quote it."""
    match kind:
        case "if":
            return rule.if_ or ""
        case "changes":
            return f"changes: {_subject(rule.changes)}" if rule.changes else ""
        case "exists":
            return f"exists: {', '.join(rule.exists.paths)}" if rule.exists else ""


def _subject(changes: Changes) -> str:
    return ", ".join(changes.paths) if changes.regexp is None else f"regexp {changes.regexp}"


def kinds(rule: Rule) -> tuple[Kind, ...]:
    """The conditions that a rule has, in the order in which GitLab asks them."""
    present: list[Kind] = []
    if rule.if_ is not None:
        present.append("if")
    if rule.changes is not None:
        present.append("changes")
    if rule.exists is not None:
        present.append("exists")
    return tuple(present)


def _found(kind: Kind, rule: Rule, world: World, matched: bool) -> str:
    if kind == "if" and rule.if_ is not None:
        return parse_expression(rule.if_).explain(world.scope.values)
    if kind == "changes" and rule.changes is not None:
        compare_to = rule.changes.compare_to
        base = compare_to and world.scope.expand_nested(compare_to)
        if rule.changes.regexp is not None:
            pattern = _regexp(rule.changes.regexp, world)
            return _seen(world.context.repository.changed(base), pattern.search)
        return changes_seen(rule.changes.paths, world, base)
    return _existing(rule.exists, world) if matched else "no path of the commit matches"


def _existing(exists: Exists | None, world: World) -> str:
    globs = [world.scope.expand_once(path) for path in exists.paths] if exists else []
    hit = next(filter(compile_globs(globs), _files(exists, world)), None) if exists else None
    return f"there is {hit}" if hit else "there are too many paths to look, so it counts as true"


def changes_seen(paths: tuple[str, ...], world: World, compare_to: str | None = None) -> str:
    """Which changed paths the globs match, in words. Raises `LookupError` for a bad base."""
    globs = [world.scope.expand_nested(path) for path in paths]
    return _seen(world.context.repository.changed(compare_to), compile_globs(globs))


def _seen(changed: frozenset[str] | None, matches: Callable[[str], object]) -> str:
    if changed is None:
        return "there is nothing to compare with, so GitLab takes it as true"
    hits = sorted(filter(matches, changed))
    if hits:
        more = f" and {len(hits) - 3} more" if len(hits) > 3 else ""
        return "changed: " + ", ".join(hits[:3]) + more
    return f"none of the {len(changed)} changed paths matches"
