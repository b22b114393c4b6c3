"""The small languages that decide about includes and inputs: `if`, `$VARIABLE`, globs."""

from collections.abc import Mapping, Sequence

from gluv.expr import expand as expansion
from gluv.expr.globs import compile_globs
from gluv.expr.rules_if import ExpressionInvalid, parse_expression

_WILD = frozenset("*?[{\\")
_MAX_COMPARISONS = 50_000  # GitLab: more than that and the files are taken to be there


class ConditionInvalid(Exception):
    """An `if` that cannot be read; the message says why."""


def evaluate(text: str, variables: Mapping[str, str], inputs: Mapping[str, object] = {}) -> bool:
    """Whether an expression of `rules:if` is true. Raises `ConditionInvalid`."""
    try:
        return parse_expression(text).evaluate(variables, inputs)
    except ExpressionInvalid as error:
        raise ConditionInvalid(str(error)) from error


def expand(text: str, variables: Mapping[str, str]) -> str:
    """`text` with `$NAME`, `${NAME}` and `%NAME%` replaced once; an unknown name is empty."""
    return expansion.expand(text, variables, unknown="empty")


def matches_any(globs: Sequence[str], files: Sequence[str]) -> bool:
    """Whether a glob matches a path, by the rules of `exists`; true when there is too much to try.

    A glob without wildcards is a path.
    """
    known = set(files)
    if any(glob in known for glob in globs):
        return True
    patterns = [glob for glob in globs if not _WILD.isdisjoint(glob)]
    if len(patterns) * len(files) > _MAX_COMPARISONS:
        return True
    matches = compile_globs(patterns)
    return any(matches(path) for path in files)
