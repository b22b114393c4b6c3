"""A GitLab trace as a page shows it: numbered lines, sections that open and close.

The markers are those of https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections.
"""

import re
from collections.abc import Iterator

import msgspec

from gluv.trace.styles import CONTROL, PLAIN, SEQUENCE, Style, after, applied

_MARK = re.compile(
    r"section_(start|end):(\d{1,12}):([\w.-]{1,128})(?:\[([^\]\r\n]*)\])?\r(?:\x1b\[0K)?"
)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) [0-9a-f]{2}[OE]([ +])")


class Piece(msgspec.Struct, frozen=True):
    """Some text in one style."""

    text: str
    style: Style


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is seen; `raw` still has its escapes and begins in `style`.

    `stamp` is the time that the runner wrote before it (`FF_TIMESTAMPS`), empty without one.
    """

    number: int
    raw: str
    style: Style
    stamp: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A section begins at `at` (seconds since the epoch); its title is a line."""

    name: str
    at: int
    title: Line
    collapsed: bool = False


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The innermost open section ended, after so many seconds."""

    name: str
    seconds: int


Item = Line | Opened | Closed


class Scanner:
    """Reads a trace line by line; knows the last line's number, style and open sections."""

    def __init__(self, *, number: int = 0, style: Style = PLAIN) -> None:
        self.number = number
        self.style = style
        self.open: list[tuple[str, int]] = []

    def read(self, line: str) -> Iterator[Item]:
        """What one line of the file, without its newline, shows.

        A line of nothing but markers shows no line.
        """
        stamp = ""
        if line[:2] == "20" and (match := _STAMP.match(line)):
            stamp, line = match[1], line[match.end() :]
        if "section_" not in line:
            yield self._line(line, stamp)
            return
        at, title = 0, None
        for mark in _MARK.finditer(line):
            yield from self._told(title, line[at : mark.start()], stamp)
            title = None
            name, when = mark[3], int(mark[2])
            if mark[1] == "start":
                title = (name, when, "collapsed=true" in (mark[4] or ""))
            else:
                yield from self._close(name, when)
            at = mark.end()
        yield from self._told(title, line[at:], stamp, whole=at == 0)

    def _told(
        self, title: tuple[str, int, bool] | None, text: str, stamp: str, *, whole: bool = False
    ) -> Iterator[Item]:
        """The text after a mark: the title of the section that it opened, or a line."""
        if title is not None:
            name, at, collapsed = title
            self.open.append((name, at))
            line = self._line(text, stamp)
            yield Opened(name=name, at=at, title=line, collapsed=collapsed)
        elif whole or text.strip("\r"):
            yield self._line(text, stamp)

    def _close(self, name: str, at: int) -> Iterator[Item]:
        """Close a section and those left open inside; an end without a start is nothing."""
        if all(name != one for one, _ in self.open):
            return
        while True:
            inner, began = self.open.pop()
            yield Closed(name=inner, seconds=max(at - began, 0))
            if inner == name:
                return

    def _line(self, text: str, stamp: str) -> Line:
        self.number += 1
        begins = self.style
        if "\r" in text:
            # A carriage return goes back to the start of the line: what came last is seen.
            hidden, _, text = text.rstrip("\r").rpartition("\r")
            begins = after(begins, hidden)
        self.style = after(begins, text)
        return Line(number=self.number, raw=text, style=begins, stamp=stamp)


def pieces_of(line: Line) -> Iterator[Piece]:
    """A line's text, style by style, without anything that is not text."""
    style, at = line.style, 0
    if "\x1b" in line.raw:
        for match in SEQUENCE.finditer(line.raw):
            if text := _visible(line.raw[at : match.start()]):
                yield Piece(text, style)
            if match[2] == "m":
                style = applied(style, match[1])
            at = match.end()
    if text := _visible(line.raw[at:]):
        yield Piece(text, style)


def text_of(line: Line) -> str:
    """A line's text alone."""
    raw = SEQUENCE.sub("", line.raw) if "\x1b" in line.raw else line.raw
    return _visible(raw)


def plain_lines(log: str) -> Iterator[str]:
    """A trace without marks and escapes; its n-th line is the line with number n."""
    scanner = Scanner()
    for raw in log.removesuffix("\n").split("\n") if log else ():
        for item in scanner.read(raw):
            match item:
                case Line():
                    yield text_of(item)
                case Opened():
                    yield text_of(item.title)
                case _:
                    continue


def _visible(text: str) -> str:
    return CONTROL.sub("", text) if not text.isprintable() else text
