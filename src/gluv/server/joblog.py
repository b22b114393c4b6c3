"""A job's log for a browser: sections that fold, colours as classes, everything escaped."""

import re
from collections.abc import Iterator

import msgspec

SHOWN_BYTES = 2 * 1024 * 1024
"""How much of a log's end is shown; the whole is one click away as text."""

_MARK = re.compile(r"section_(start|end):(\d+):([\w.-]+)(?:\[[^\]\r\n]*\])?\r?(?:\x1b\[0K)?")
_SGR = re.compile(r"\x1b\[([\d;]*)m")
_ESCAPE = re.compile(r"\x1b(?:\[[\d;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [0-9a-f]{2}[OE][ +]", re.MULTILINE)
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


class Piece(msgspec.Struct, frozen=True):
    """Some text in one style; `style` is a list of CSS classes."""

    text: str
    style: str


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A run of lines, named if the runner named it; `seconds` is None while it is open."""

    name: str
    seconds: int | None
    title: tuple[Piece, ...]
    lines: tuple[tuple[Piece, ...], ...]


def read_log(log: str) -> tuple[Section, ...]:
    """The sections of a GitLab trace in order; a nested section becomes one of its own."""
    return tuple(_sections(_STAMP.sub("", log)))


def plain_text(log: str) -> str:
    """A log without section marks, colours and other escapes."""
    text = _ESCAPE.sub("", _MARK.sub("", _STAMP.sub("", log)))
    lines = text.rstrip("\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _sections(log: str) -> Iterator[Section]:
    name, started, at = "", 0, 0
    for mark in _MARK.finditer(log):
        text, at_end = log[at : mark.start()], mark.group(1) == "end"
        seconds = int(mark.group(2)) - started if at_end and name == mark.group(3) else None
        if text.strip("\r\n") or (name and seconds is not None):
            yield _section(name, seconds, text)
        name = "" if at_end else mark.group(3)
        started, at = int(mark.group(2)), mark.end()
    if log[at:].strip("\r\n"):
        yield _section(name, None, log[at:])


def _section(name: str, seconds: int | None, text: str) -> Section:
    lines = tuple(_lines(text))
    title: tuple[Piece, ...] = ()
    if name and lines:
        title, lines = lines[0], lines[1:]
    return Section(name=name, seconds=seconds, title=title, lines=lines)


def _lines(text: str) -> Iterator[tuple[Piece, ...]]:
    style: dict[str, str] = {}
    for line in text.strip("\n").split("\n"):
        # A carriage return goes back to the start of the line: only what came last is seen.
        yield tuple(_pieces(line.rstrip("\r").rpartition("\r")[2], style))


def _pieces(line: str, style: dict[str, str]) -> Iterator[Piece]:
    at = 0
    for code in _SGR.finditer(line):
        yield from _piece(line[at : code.start()], style)
        _apply(style, code.group(1))
        at = code.end()
    yield from _piece(line[at:], style)


def _piece(text: str, style: dict[str, str]) -> Iterator[Piece]:
    clean = _ESCAPE.sub("", text)
    if clean:
        yield Piece(clean, " ".join(style.values()))


def _apply(style: dict[str, str], codes: str) -> None:
    numbers = [int(code or 0) for code in codes.split(";")]
    while numbers:
        match number := numbers.pop(0):
            case 0:
                style.clear()
            case 1:
                style["weight"] = "bold"
            case 22:
                style.pop("weight", None)
            case 39:
                style.pop("colour", None)
            case 38 | 48:
                # 256 colours (5;n) and true colour (2;r;g;b) are read over.
                del numbers[: {5: 2, 2: 4}.get(numbers[0], 1) if numbers else 0]
            case _ if 30 <= number <= 37:
                style["colour"] = _COLOURS[number - 30]
            case _ if 90 <= number <= 97:
                style["colour"] = _COLOURS[number - 90]
