"""A job's log: masked, clean, limited, in its file and on the stream of events as it comes."""

import contextlib
import errno
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from gluv.execute.events import AnyEvent, JobOutput, JobSection
from gluv.trace.ansi import BOLD_GREEN, BOLD_RED, RESET, YELLOW, without_styles
from gluv.trace.clean import Cleaner
from gluv.trace.limits import Limiter
from gluv.trace.lines import Lines
from gluv.trace.masking import Masker
from gluv.trace.sections import SectionName, section_end, section_start

LAST_LINES = 20

RESERVE = 1024 * 1024
"""Bytes of a log that are given up when the disk is full."""

SAID_LENGTH = 300
"""Characters of a line that are told elsewhere than in the log."""


class JobLog:
    """Takes what a job and gluv print; one writer at a time, any thread.

    Raises `OSError` if the file cannot be written.
    """

    def __init__(self, path: Path, job: str, emit: Callable[[AnyEvent], None], limit: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._job = job
        self._emit = emit
        self._masker = Masker()
        self._secrets: tuple[str, ...] = ()
        self._cleaner = Cleaner()
        self._limiter = Limiter(limit)
        self._lines = Lines()
        self._lock = threading.Lock()
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._keep = False
        self._line_open = False
        self._marks = b""
        self.last_command = ""
        self.last_said = ""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The end of what the job's own scripts printed."""
        return tuple(self._last)

    def mask(self, secrets: Iterable[str]) -> None:
        """Mask these values from here on."""
        with self._lock:
            self._write(self._masker.close())
            self._secrets = tuple(secrets)
            self._masker = Masker(self._secrets)

    def conceal(self, text: str) -> str:
        """The text as this log would show it, for what is told elsewhere than in a log."""
        masker = Masker(self._secrets)
        return (masker.feed(text.encode()) + masker.close()).decode(errors="replace")

    def output(self, chunk: bytes) -> None:
        """Bytes as a job printed them."""
        with self._lock:
            marks, self._marks = self._marks, b""
            self._write(self._masker.feed(marks + chunk))
            self._line_open = not chunk.endswith(b"\n")

    def say(self, line: str) -> None:
        """A line of gluv's own."""
        self.output(f"{line}\n".encode(errors="surrogateescape"))

    def note(self, line: str) -> None:
        """A line in the runner's green."""
        self.say(f"{BOLD_GREEN}{line}{RESET}")

    def warn(self, line: str) -> None:
        """A warning in the runner's words and colour."""
        self.say(f"{YELLOW}WARNING: {line}{RESET}")

    def error(self, line: str) -> None:
        """An error in the runner's colour."""
        self._last.append(self.conceal(f"ERROR: {line}"))
        self.say(f"{BOLD_RED}ERROR: {line}{RESET}")

    @contextlib.contextmanager
    def section(self, name: SectionName) -> Iterator[None]:
        """A section of the trace around what happens inside."""
        now = time.time()
        self._emit(JobSection(at=now, job=self._job, section=name))
        self.output(section_start(name, now).encode())
        self._keep = name.startswith("step_")
        try:
            yield
        finally:
            if self._line_open:
                # The marker would wipe out what a script printed without a newline.
                self.output(b"\n")
            self._keep = False
            self._mark(section_end(name, time.time()))

    def _mark(self, text: str) -> None:
        """The end of a section is written with what follows it on its line."""
        with self._lock:
            self._marks += text.encode()
            self._line_open = False

    def close(self) -> None:
        """Write what was held back and close the file."""
        with self._lock:
            self._write(self._masker.feed(self._marks))
            self._marks = b""
            self._write(self._masker.close(), final=True)
            self._send(self._lines.close())
            os.close(self._file)

    def _write(self, masked: bytes, *, final: bool = False) -> None:
        text = self._limiter.feed(self._cleaner.feed(masked, final=final))
        if not text:
            return
        data = text.encode()
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                self._give_way()
            raise
        self._send(self._lines.feed(text))

    def _give_way(self) -> None:
        """The disk is full: the end of the log makes room for the history."""
        size = os.fstat(self._file).st_size
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, max(0, size - RESERVE))

    def _send(self, lines: list[str]) -> None:
        if not lines:
            return
        if self._keep:
            self._last.extend(lines)
        for line in lines:
            if line.startswith(f"{BOLD_GREEN}$ "):
                self.last_command = line[len(BOLD_GREEN) + 2 :].removesuffix(RESET)
                self.last_said = ""
            elif plain := without_styles(line).strip():
                self.last_said = plain[:SAID_LENGTH]
        self._emit(JobOutput(at=time.time(), job=self._job, lines=tuple(lines)))
