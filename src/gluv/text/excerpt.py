"""The line a problem is about."""

import unicodedata
from functools import lru_cache

from gluv.errors import Mark
from gluv.text.nodes import Source
from gluv.text.pattern import later

_BREAK = later(r"\r\n|[\n\r\x85\u2028\u2029]")  # the line breaks of YAML 1.1
_WIDTH = 100  # characters of a line that are shown


def render_excerpt(source: Source, mark: Mark) -> str:
    """The line of `mark` with its number, and a caret below its column; empty beyond the end.

    A long line is cut around the place; invisible characters are shown as `?`.
    """
    lines = _lines(source)
    if not 1 <= mark.line <= len(lines):
        return ""
    line = lines[mark.line - 1]
    column = max(0, min(mark.column - 1, len(line)))
    start = max(0, column - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH]
    before = "..." if start else ""
    after = "..." if start + _WIDTH < len(line) else ""
    number = f"{mark.line:>4}"
    visible = "".join(_visible(char) for char in shown)
    space = "".join(_space(char) for char in before + shown[: column - start])
    return f"{number} | {before}{visible}{after}\n{' ' * len(number)} | {space}^"


def line_of(source: Source, number: int) -> str:
    """A line of the file, counted from 1; empty beyond the end."""
    lines = _lines(source)
    return lines[number - 1] if 1 <= number <= len(lines) else ""


@lru_cache(maxsize=8)
def _lines(source: Source) -> list[str]:
    return _BREAK.split(source.text)


def _visible(char: str) -> str:
    return char if char == "\t" or char.isprintable() else "?"


def _space(char: str) -> str:
    if char == "\t":
        return "\t"
    if unicodedata.combining(char):
        return ""
    return "  " if unicodedata.east_asian_width(char) in "WF" else " "
