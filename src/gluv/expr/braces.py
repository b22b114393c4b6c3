"""`{a,b}` in file patterns."""

from collections.abc import Iterator
from itertools import islice, pairwise

_MOST = 10_000  # patterns one pattern may become


def expand_braces(pattern: str) -> list[str]:
    """The patterns that `pattern` stands for, with its (nested) braces written out.

    An escaped brace stands for itself; a pattern with a brace that is not closed matches nothing,
    so nothing comes out. At most 10,000 patterns do.
    """
    return list(islice(_expand(pattern), _MOST))


def _expand(pattern: str) -> Iterator[str]:
    waiting = [pattern]
    while waiting:
        current = waiting.pop()
        place = _first_brace(current)
        if place is None:
            if not _is_open(current):
                yield current
            continue
        start, commas, end = place
        edges = [start, *commas, end]
        pieces = [
            current[:start] + current[left + 1 : right] + current[end + 1 :]
            for left, right in pairwise(edges)
        ]
        waiting.extend(reversed(pieces))


def _first_brace(pattern: str) -> tuple[int, list[int], int] | None:
    """Where the first outermost pair of braces opens, has its commas, and closes."""
    start, level, at = -1, 0, 0
    commas: list[int] = []
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif char == "{":
            if level == 0:
                start, commas = at, []
            level += 1
        elif char == "," and level == 1:
            commas.append(at)
        elif char == "}" and level:
            level -= 1
            if level == 0:
                return start, commas, at
        at += 1
    return None


def _is_open(pattern: str) -> bool:
    """Whether a brace stands in `pattern`, which has no complete pair, outside an escape."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "{":
            return True
        at += 2 if pattern[at] == "\\" else 1
    return False
