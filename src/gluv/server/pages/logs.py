"""A job's log as a tree of sections and runs of lines, found once and kept while it grows."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

from gluv.server.pages.memory import Kept
from gluv.trace.scan import Closed, Line, Opened, Scanner, text_of
from gluv.trace.styles import CONTROL, PLAIN, SEQUENCE, Style, after

RUN_LINES = 500
"""Lines that are shown or left out together."""

_BLOCK = 1024 * 1024
_FAULT = re.compile(
    r"(?i:(?:^|[\s:|>])(?:error|fatal|failed|exception|panic|traceback)\b|^E   )"
    r"|[A-Za-z0-9_](?:Error|Exception)\b"
)
_HINTS = (b"error", b"fatal", b"failed", b"exception", b"panic", b"traceback", b"e   ", b"m$ ")
"""One of these is in every block with a fault or a command, in lower case."""

_RESET = b"\x1b[0m"
_COMMAND = "\x1b[32;1m$ "
_VERDICT = "ERROR: Job failed"


class Run:
    """Lines `first` to `last`, within the file's bytes `start` to `end`.

    `before` and `style` are the number and the style in force at `start`.
    """

    __slots__ = ("before", "end", "first", "last", "start", "style")

    def __init__(self, first: int, start: int, before: int, style: Style) -> None:
        self.first, self.last = first, first - 1
        self.start = self.end = start
        self.before, self.style = before, style


class Section:
    """A section and what is in it; `seconds` is None while it is open."""

    __slots__ = ("children", "collapsed", "name", "seconds", "title")

    def __init__(self, opened: Opened) -> None:
        self.name = opened.name
        self.title = opened.title
        self.collapsed = opened.collapsed
        self.seconds: int | None = None
        self.children: list[Run | Section] = []


class Faults:
    """The first sign of a fault in what the last command printed, or the last that printed at all.

    `is_silent` says that the last command has printed nothing yet.
    """

    def __init__(self) -> None:
        self.is_silent = False
        self._section: str | None = None
        self._own = self._before = self._late = 0

    @property
    def line(self) -> int:
        """Its number, 0 for none."""
        return self._own or (self._before if self.is_silent else 0) or self._late

    def read(self, number: int, raw: str, section: str) -> None:
        """Take a line of an outermost section."""
        if raw.startswith(_COMMAND):
            # What fails the job is in its script; after_script runs after every failure.
            if section != "after_script":
                if not self.is_silent:
                    self._before = self._own
                self._own, self._late, self._section, self.is_silent = 0, 0, section, True
            return
        text = SEQUENCE.sub("", raw) if "\x1b" in raw else raw
        # What the runner says afterwards was not printed by the command.
        its = self._section in (None, section) and not text.startswith(_VERDICT)
        if its and text.strip():
            self.is_silent = False
        if (not self._own if its else not self._late) and _FAULT.search(text):
            if its:
                self._own = number
            else:
                self._late = number


class Log:
    """What is known of a log file; `refresh` reads what came since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.top: list[Run | Section] = []
        self.offset = 0
        self._faults = Faults()
        self._scanner = Scanner()
        self._open: list[Section] = []
        self._run: Run | None = None
        self._lock = threading.Lock()

    @property
    def lines(self) -> int:
        """How many whole lines there are."""
        return self._scanner.number

    @property
    def fault(self) -> int:
        """The line to look at first if the job failed, 0 for none."""
        return self._faults.line

    @property
    def style(self) -> Style:
        """The style in which the next line begins."""
        return self._scanner.style

    def refresh(self) -> None:
        """Read the whole lines that were written since the last time."""
        with self._lock:
            try:
                with self.path.open("rb") as file:
                    file.seek(self.offset)
                    rest = b""
                    while block := file.read(_BLOCK):
                        whole, newline, rest = (rest + block).rpartition(b"\n")
                        if newline:
                            self._read(whole)
            except OSError:
                return

    def runs(self) -> Iterator[Run]:
        """Every run of lines in order."""
        left: list[Run | Section] = list(reversed(self.top))
        while left:
            node = left.pop()
            if isinstance(node, Run):
                yield node
            else:
                left.extend(reversed(node.children))

    def read(self, run: Run) -> Iterator[Line]:
        """The lines of a run."""
        with self.path.open("rb") as file:
            file.seek(run.start)
            text = file.read(run.end - run.start).decode("utf-8", "replace")
        scanner = Scanner(number=run.before, style=run.style)
        for raw in text.removesuffix("\n").split("\n"):
            for item in scanner.read(raw):
                # Between two marks a line of the file can hold several lines, of other runs too.
                if isinstance(item, Line) and run.first <= item.number <= run.last:
                    yield item

    def partial(self) -> Line | None:
        """The line that has no end yet."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                raw = file.read(64 * 1024)
        except OSError:
            return None
        scanner = Scanner(number=self.lines, style=self.style)
        shown = [
            item.title if isinstance(item, Opened) else item
            for item in scanner.read(raw.decode("utf-8", "replace"))
            if not isinstance(item, Closed)
        ]
        return shown[-1] if raw and shown else None

    def _read(self, whole: bytes) -> None:
        scanner = self._scanner
        lowered = whole.lower()
        watch = any(hint in lowered for hint in _HINTS)
        for raw in whole.split(b"\n"):
            start, self.offset = self.offset, self.offset + len(raw) + 1
            before, style = scanner.number, scanner.style
            if b"\r" not in raw and raw[:2] != b"20":
                # Neither a mark nor a time: all that most lines need, without a step for each.
                scanner.number += 1
                if b"\x1b" in raw:
                    _, reset, rest = raw.rpartition(_RESET)
                    begins = PLAIN if reset else style
                    if b"\x1b" in rest:
                        begins = after(begins, rest.decode("utf-8", "replace"))
                    scanner.style = begins
                self._add(scanner.number, start, before, style)
                if watch or self._faults.is_silent:
                    self._look_for_fault(scanner.number, raw.decode("utf-8", "replace"))
                continue
            for item in scanner.read(raw.decode("utf-8", "replace")):
                match item:
                    case Line():
                        self._add(item.number, start, before, style)
                        self._look_for_fault(item.number, item.raw)
                    case Opened():
                        section = Section(item)
                        self._children().append(section)
                        self._open.append(section)
                        self._run = None
                    case Closed():
                        self._open.pop().seconds = item.seconds
                        self._run = None

    def _add(self, number: int, start: int, before: int, style: Style) -> None:
        run = self._run
        if run is None or run.last - run.first + 1 >= RUN_LINES:
            run = self._run = Run(number, start, before, style)
            self._children().append(run)
        run.last, run.end = number, self.offset

    def _children(self) -> list[Run | Section]:
        return self._open[-1].children if self._open else self.top

    def _look_for_fault(self, number: int, raw: str) -> None:
        self._faults.read(number, raw, self._open[0].name if self._open else "")


def log_of(kept: Kept, path: Path) -> Log:
    """The log of a job, as far as it was written by now."""
    try:
        status = path.stat()
    except OSError:
        return Log(path)
    log = kept.get((path, status.st_ino), lambda: Log(path))
    if status.st_size < log.offset:
        log = Log(path)
    log.refresh()
    return log


def plain_text(path: Path) -> Iterator[str]:
    """A log's text, block by block, without marks and escapes."""
    scanner, rest = Scanner(), b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                yield "".join(_texts(scanner, whole.decode("utf-8", "replace")))
    if rest:
        yield "".join(_texts(scanner, rest.decode("utf-8", "replace")))


def _texts(scanner: Scanner, text: str) -> Iterator[str]:
    plain: list[str] = []
    for raw in text.split("\n"):
        if "\r" not in raw and not raw.startswith("20"):
            plain.append(raw)
            continue
        yield _together(plain)
        plain.clear()
        for item in scanner.read(raw):
            match item:
                case Line():
                    yield text_of(item) + "\n"
                case Opened():
                    yield text_of(item.title) + "\n"
                case _:
                    continue
    yield _together(plain)


def _together(lines: list[str]) -> str:
    """Lines without marks, cleaned at once."""
    text = "".join(f"{line}\n" for line in lines)
    return CONTROL.sub("", SEQUENCE.sub("", text) if "\x1b" in text else text)
