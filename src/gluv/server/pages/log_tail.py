"""What a log grew by, as steps that a page adds to what it shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gluv.server.pages.log_html import line_html, section_html, section_took
from gluv.server.pages.logs import RUN_LINES, Section
from gluv.trace.scan import Closed, Line, Opened, Scanner

SLICE = 128 * 1024
"""Bytes of a log that are read for one message."""


class Tail:
    """Follows a log from a place on: `offset` bytes of whole lines are on the page already."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path = path
        self.offset = 0
        self._scanner = Scanner()
        self._partial = b""
        while self.offset < offset:
            before = self.offset
            for _ in self._scan(offset - self.offset):
                pass
            if self.offset == before:
                break

    def steps(self) -> tuple[list[dict[str, Any]], bool]:
        """What came since, and whether there is more already.

        A step is `open` with the HTML of a section, `close` with a duration, `lines` with HTML, or
        `partial` with the HTML of a line that has no end yet.
        """
        steps: list[dict[str, Any]] = []
        lines: list[str] = []
        before = self.offset
        for item in self._scan(SLICE):
            if isinstance(item, Line):
                lines.append(line_html(item))
                if item.number % RUN_LINES:
                    continue
            if lines:
                steps.append({"step": "lines", "html": "".join(lines)})
                lines = []
            if isinstance(item, Opened):
                steps.append({"step": "open", "html": section_html(Section(item), "")})
            elif isinstance(item, Closed):
                steps.append({"step": "close", "took": section_took(item.seconds)})
        if lines:
            steps.append({"step": "lines", "html": "".join(lines)})
        partial = self._rest()
        if partial != self._partial or steps:
            self._partial = partial
            steps.append({"step": "partial", "html": self._partial_html(partial)})
        return steps, self.offset > before and len(partial) == 0 and self._size() > self.offset

    def _scan(self, most: int) -> Iterator[Line | Opened | Closed]:
        """The whole lines among the next bytes; at least one if there is one."""
        whole = b""
        try:
            with self._path.open("rb") as file:
                file.seek(self.offset)
                block = file.read(most)
                whole = block[: block.rfind(b"\n") + 1]
                if not whole and len(block) == most:
                    # A line longer than the slice.
                    whole = block + file.readline()
                    whole = whole if whole.endswith(b"\n") else b""
        except OSError:
            return
        self.offset += len(whole)
        for raw in whole.removesuffix(b"\n").split(b"\n") if whole else ():
            yield from self._scanner.read(raw.decode("utf-8", "replace"))

    def _rest(self) -> bytes:
        """The beginning of a line that has no end yet."""
        try:
            with self._path.open("rb") as file:
                file.seek(self.offset)
                rest = file.read(64 * 1024)
        except OSError:
            return b""
        return b"" if b"\n" in rest else rest

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def _partial_html(self, raw: bytes) -> str:
        scanner = Scanner(number=self._scanner.number, style=self._scanner.style)
        items = scanner.read(raw.decode("utf-8", "replace")) if raw else ()
        lines = [item for item in items if isinstance(item, Line)]
        return line_html(lines[-1]) if lines else ""
