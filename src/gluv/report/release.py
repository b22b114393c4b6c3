"""A release for people: its steps as they happen, its uploads, the table at the end."""

import threading
import time
from collections.abc import Callable
from typing import IO

from gluv.release.outcome import Outcome
from gluv.release.stop import Step
from gluv.report.paint import Paint

_MARKS = {"done": ("✓", "green"), "skipped": ("=", "cyan"), "would": ("→", "yellow")}
_WIDTH = 9


def render_step(step: Step, paint: Paint) -> str:
    """A step on one line: what it is, whether it was done, skipped as already true, or left."""
    mark, colour = _MARKS.get(step.state, ("·", "dim"))
    text = f"would {step.text}" if step.state == "would" else step.text
    return f"{paint(mark, colour)} {paint(f'{step.name:<{_WIDTH}}', 'bold')}{text}"


def render_outcome(outcome: Outcome, paint: Paint) -> str:
    """The files in a table, then where they are."""
    rows = [("file", "size", "sha256", "")]
    rows += [
        (file.name, _size(file.size), f"{file.sha256[:12]}…", file.state) for file in outcome.files
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = []
    for index, row in enumerate(rows):
        name, size, digest, state = row
        line = f"{name:<{widths[0]}}  {size:>{widths[1]}}  {digest:<{widths[2]}}  {state}".rstrip()
        lines.append(paint(line, "dim") if index == 0 else line)
    if outcome.release_url:
        lines.append(f"release  {outcome.release_url}")
    if outcome.index:
        projects = " ".join(sorted({f"{file.project}=={file.version}" for file in outcome.files}))
        lines.append(f"install  uv pip install --index {outcome.index} {projects}")
    if outcome.dry_run:
        lines.append("This was a dry run: nothing was uploaded, nothing was changed.")
    return "\n".join(lines)


class UploadProgress:
    """One line that shows how far the uploads are; only for a terminal, and cleared at the end."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()
        self._sent: dict[str, tuple[int, int]] = {}
        self._drawn = 0.0
        self._shown = False

    def __call__(self, name: str, sent: int, size: int) -> None:
        """Note the bytes of a file; draws at most ten times a second."""
        with self._lock:
            self._sent[name] = (sent, size)
            now = self._clock()
            if now - self._drawn < 0.1 and sent < size:
                return
            self._drawn = now
            done = sum(sent == size for sent, size in self._sent.values())
            total = sum(size for _, size in self._sent.values())
            part = sum(sent for sent, _ in self._sent.values())
            percent = 100 * part // total if total else 100
            self._stream.write(
                f"\r\033[K↑ {percent:3d} %  {_size(part)} of {_size(total)}, "
                f"{done} of {len(self._sent)} files"
            )
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Take the line away, before another one is written."""
        with self._lock:
            if self._shown:
                self._stream.write("\r\033[K")
                self._shown = False


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
