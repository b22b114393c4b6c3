"""The keywords' door to GitLab's small languages: is this an expression, a duration, a pattern?

The languages are loaded when a keyword first needs them: a file without them is not slower.
"""

from functools import lru_cache
from typing import Final

from gluv.config.keywords.reading import Problems
from gluv.text.nodes import Node, ScalarNode, SeqNode

WEEK: Final = 7 * 24 * 3600
MONTH: Final = 30 * 24 * 3600


def read_expression(node: Node, subject: str, problems: Problems) -> str | None:
    """The text of a `rules:if` expression; None after a problem."""
    fault = "an expression is a string"
    if type(node) is ScalarNode and type(node.value) is str:
        from gluv.expr.rules_if import ExpressionInvalid, parse_expression

        try:
            parse_expression(node.value)
        except ExpressionInvalid as invalid:
            fault = str(invalid)
        else:
            return node.value
    problems.refuse("invalid-expression", f"{subject} invalid expression syntax", node, fault)
    return None


def read_duration(
    node: Node,
    subject: str,
    problems: Problems,
    *,
    limit: int | None = None,
    never: bool = False,
    variables: bool = False,
) -> int | None:
    """A duration in seconds; None after a problem, or where a variable decides later.

    `limit` in seconds must not be reached, as GitLab compares; `never` allows that word (0), as
    `artifacts:expire_in` does; `variables` lets a `$VARIABLE` pass.
    """
    text = node.value if type(node) is ScalarNode else None
    if isinstance(text, str):
        if variables and "$" in text:
            return None
        if never and text.lower() == "never":
            return 0
        seconds = duration_seconds(text)
        if seconds is not None:
            if limit is None or seconds < limit:
                return int(seconds)
            problems.refuse("out-of-range", f"{subject} should not exceed the limit", node)
            return None
    hint = 'put it in quotes, as in "30 minutes"' if type(text) in (int, float) else ""
    problems.refuse("invalid-duration", f"{subject} should be a duration", node, hint)
    return None


@lru_cache(maxsize=512)
def duration_seconds(text: str) -> int | float | None:
    """The seconds in `text`; None if it is no duration. Files repeat the same few durations."""
    from gluv.expr.durations import parse_duration

    return parse_duration(text)


def read_pattern(node: Node, subject: str, problems: Problems) -> str | None:
    """A regular expression without the slashes around it; None after a problem."""
    text = node.value if type(node) is ScalarNode else None
    fault = "put it between slashes: /.../"
    if isinstance(text, str):
        found = pattern_fault(text)
        if found is None:
            return text[1:-1] if text.endswith("/") else text
        fault = found or fault
    problems.refuse(
        "invalid-regexp", f"{subject} must be a regular expression with re2 syntax", node, fault
    )
    return None


def read_refs(node: Node, subject: str, problems: Problems) -> tuple[str, ...] | None:
    """A list of strings, of which those between slashes must be patterns; None after a problem."""
    refs: list[str] = []
    fault = ""
    for item in node.items if isinstance(node, SeqNode) else (node,):
        text = item.value if type(item) is ScalarNode and node is not item else None
        found = pattern_fault(text) if isinstance(text, str) else "a ref is a string"
        if not isinstance(text, str) or found:
            node, fault = item, found or ""
            break
        refs.append(text)
    else:
        return tuple(refs)
    problems.refuse(
        "invalid-regexp",
        f"{subject} should be an array of strings or regular expressions using re2 syntax",
        node,
        fault,
    )
    return None


def pattern_fault(text: str) -> str | None:
    """None if `text` is `/a valid pattern/flags`, "" if it has no slashes, else what is wrong."""
    if not text.startswith("/"):
        return ""
    from gluv.expr.regex import RegexInvalid, compile_pattern, is_pattern

    if not is_pattern(text):
        return ""
    try:
        compile_pattern(text)
    except RegexInvalid as invalid:
        return str(invalid)
    return None
