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

GIVEN_UP = "the end of this log was given up: the disk was full"

SAID_LENGTH = 300
"""Characters of a line that are told elsewhere than in the log."""


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)


_ECHO = f"{BOLD_GREEN}$ "


def _is_told(section: SectionName) -> bool:
    """Whether the end of a section says why a job failed: a script's, or its hook's."""
    return section == "get_sources" or section.startswith("step_")


class JobLog:
    """Takes what a job and gluv print; one writer at a time, any thread.

    What gluv says is written together with what comes next, or by `flush`, which is for whoever is
    about to do something that may last. Without `sections` they are in the file and no events.
    Raises `OSError` if the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        job: str,
        emit: Callable[[AnyEvent], None],
        limit: int,
        *,
        sections: bool = True,
    ) -> None:
        try:
            self._file = _open(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _open(path)
        self._job = job
        self._emit = emit
        self._sections = sections
        self._masker = Masker()
        self._cleaner = Cleaner()
        self._limiter = Limiter(limit)
        self._lines = Lines()
        self._lock = threading.Lock()
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._keep = False
        self._line_open = False
        self._full = False
        self._waiting: list[str | JobSection | bool] = []
        self._out: list[bytes] = []
        self._told: list[str] = []
        self.last_command = ""
        self.last_said = ""

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The end of what the job's own scripts printed."""
        return tuple(self._last)

    def mask(self, secrets: Iterable[str]) -> None:
        """Mask these values from here on."""
        with self._lock:
            self._take_waiting()
            self._take(self._masker.close())
            self._masker = Masker(secrets)

    def conceal(self, text: str) -> str:
        """The text as this log would show it, for what is told elsewhere than in a log."""
        told = self._masker.mask(text.encode(errors="surrogateescape"))
        return told.decode(errors="surrogateescape")

    def output(self, chunk: bytes) -> None:
        """Bytes as a job printed them; none any more once the disk was full."""
        with self._lock:
            if self._full:
                return
            self._take_waiting()
            self._take(self._masker.feed(chunk))
            self._line_open = not chunk.endswith(b"\n")
            self._write()

    def say(self, line: str) -> None:
        """A line of gluv's own."""
        with self._lock:
            self._waiting.append(f"{line}\n")
            self._line_open = False

    def flush(self) -> None:
        """Write what was said."""
        with self._lock:
            self._take_waiting()
            self._write()

    def note(self, line: str) -> None:
        """A line in the runner's green."""
        self.say(f"{BOLD_GREEN}{line}{RESET}")

    def warn(self, line: str) -> None:
        """A warning in the runner's words and colour."""
        self.say(f"{YELLOW}WARNING: {line}{RESET}")

    def error(self, line: str) -> None:
        """An error in the runner's colour."""
        with self._lock:
            # A last line without a newline is among those waiting.
            self._take_waiting()
            self._last.append(self.conceal(f"ERROR: {line}"))
        self.say(f"{BOLD_RED}ERROR: {line}{RESET}")

    @contextlib.contextmanager
    def section(self, name: SectionName) -> Iterator[None]:
        """A section of the trace around what happens inside."""
        now = time.time()
        title = section_start(name, now)
        with self._lock:
            if self._sections:
                self._waiting.append(JobSection(at=now, job=self._job, section=name))
            self._waiting.append(title)
            if _is_told(name):
                # From here on these are the last lines that a script printed.
                self._waiting.append(True)
            self._line_open = False
        try:
            yield
        finally:
            with self._lock:
                if self._line_open:
                    # The marker would wipe out what a script printed without a newline.
                    self._waiting.append("\n")
                if _is_told(name):
                    self._waiting.append(False)
                self._waiting.append(section_end(name, time.time()))
                self._line_open = False

    def close(self) -> None:
        """Write what was held back and close the file."""
        with self._lock:
            try:
                self._take_waiting()
                self._take(self._masker.close(), final=True)
                self._take_lines(self._lines.close())
                self._write()
            finally:
                os.close(self._file)

    def _take_waiting(self) -> None:
        """What gluv has said, and the sections it said it in, in order."""
        waiting, self._waiting = self._waiting, []
        said: list[str] = []
        for item in waiting:
            if isinstance(item, str):
                said.append(item)
                continue
            self._take_said(said)
            if isinstance(item, bool):
                self._keep = item
                if item:
                    self._last.clear()
            else:
                self._tell()
                self._emit(item)
        self._take_said(said)

    def _take_said(self, said: list[str]) -> None:
        if said:
            # Names of files may hold bytes that are no text.
            self._take(self._masker.feed("".join(said).encode(errors="surrogateescape")))
            said.clear()

    def _take(self, masked: bytes, *, final: bool = False) -> None:
        if self._limiter.exceeded:
            return
        text = self._limiter.feed(self._cleaner.feed(masked, final=final))
        if text:
            self._out.append(text.encode())
            self._take_lines(self._lines.feed(text))

    def _write(self) -> None:
        self._tell()
        data, self._out = b"".join(self._out), []
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                if self._full:
                    return
                self._give_way()
            raise

    def _give_way(self) -> None:
        """The disk is full: the end of the log makes room for the history, and says so."""
        self._full = True
        size = os.fstat(self._file).st_size
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, max(0, size - RESERVE))
            os.write(self._file, f"\n{BOLD_RED}ERROR: {GIVEN_UP}{RESET}\n".encode())

    def _take_lines(self, lines: list[str]) -> None:
        if not lines:
            return
        if self._keep:
            self._last.extend(lines)
        said = ""
        for line in reversed(lines):
            if line.startswith(_ECHO):
                self.last_command = line[len(_ECHO) :].removesuffix(RESET)
                self.last_said = said
                break
            said = said or without_styles(line).strip()[:SAID_LENGTH]
        else:
            self.last_said = said or self.last_said
        self._told += lines

    def _tell(self) -> None:
        """Hand out the lines that are whole: an event costs more than a line."""
        if self._told:
            lines, self._told = tuple(self._told), []
            self._emit(JobOutput(at=time.time(), job=self._job, lines=lines))
