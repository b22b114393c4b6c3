"""The log of a job as a person reads it."""

from collections.abc import Iterator
from pathlib import Path

from gluv.report.readable import readable


def render_log(path: Path, *, colour: bool) -> Iterator[str]:
    """The lines of a stored log without GitLab's section marks; broken UTF-8 is replaced."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            yield readable(line.rstrip("\n"), colour=colour)
