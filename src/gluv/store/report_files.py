"""The report files that a job left, one after the other."""

from collections.abc import Iterator
from pathlib import Path

MAX_SIZE = 50 * 1024 * 1024
"""Bytes of one report; a larger one is not read."""


def report_files(directory: Path) -> Iterator[tuple[str, Path]]:
    """Every regular file below a directory with its name for people; links are no reports."""
    for path in sorted(directory.rglob("*")):
        if not path.is_symlink() and path.is_file():
            yield str(path.relative_to(directory)), path


def check_size(path: Path) -> None:
    """Raises `ValueError` for a report that is too large to be read."""
    if path.stat().st_size > MAX_SIZE:
        raise ValueError(f"it is larger than {MAX_SIZE // 1024 // 1024} MiB")
