"""The end of a log: what a job said last, and what its beginning tells about it."""

import re
from pathlib import Path

import msgspec

from gluv.trace.scan import Line, Opened, Scanner, plain_lines, text_of

END_BYTES = 16 * 1024
HEAD_BYTES = 8 * 1024
SHOWN_LINES = 8

_AFTERWARDS = ("after_script", "archive_cache", "upload_artifacts", "cleanup_file_variables")
_FACTS = (
    ("runner", re.compile(r"^Running with ((?:gluv|gitlab-runner) \S+)")),
    ("executor", re.compile(r"^Using (\S+)(?: \(\S+\))? executor")),
    ("image", re.compile(r"^Using \S+(?: \(\S+\))? executor with image (\S+)")),
    ("machine", re.compile(r"^Running on (\S+?)(?: via .*)?(?: ?\.\.\.)?$")),
)


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The last lines that a job's own commands printed."""

    lines: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the beginning of a log says, empty where it does not."""

    runner: str = ""
    executor: str = ""
    image: str = ""
    machine: str = ""


def read_end(path: Path) -> End:
    """The last lines of a job's script; nothing of what the runner did afterwards."""
    lines: list[str] = []
    scanner = Scanner()
    for raw in _tail(path).split("\n"):
        for item in scanner.read(raw):
            if isinstance(item, Line):
                lines.append(text_of(item))
            elif isinstance(item, Opened) and item.name.startswith(_AFTERWARDS):
                return _shown(lines)
            elif isinstance(item, Opened) and len(scanner.open) == 1:
                lines.clear()
    return _shown(lines)


def _shown(lines: list[str]) -> End:
    lines = [line for line in lines if line.strip() and not line.startswith("ERROR: Job failed")]
    return End(lines=tuple(lines[-SHOWN_LINES:]))


def read_facts(path: Path) -> Facts:
    """Which runner, executor, image and machine, as the log's first lines say."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return Facts()
    found: dict[str, str] = {}
    for line in list(plain_lines(head))[:40]:
        for name, pattern in _FACTS:
            if name not in found and (match := pattern.search(line)):
                found[name] = match[1]
    return Facts(**found)


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - END_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return text.partition("\n")[2] if size > END_BYTES else text
