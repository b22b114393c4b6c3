"""How much a store holds."""

import contextlib
import os
from pathlib import Path

import msgspec

from gluv.store.database import Database, speaking


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """Counts, and sizes in bytes; `content_bytes` counts what several files share once."""

    projects: int
    packages: int
    files: int
    content_bytes: int
    database_bytes: int
    free_bytes: int


def read_sizes(directory: Path, database: Database) -> Sizes:
    """The sizes of a store."""
    row = database.row(
        "SELECT (SELECT count(*) FROM projects) AS projects,"
        " (SELECT count(*) FROM packages) AS packages, count(*) AS files,"
        " (SELECT coalesce(sum(size), 0) FROM (SELECT size FROM package_files GROUP BY sha256))"
        " AS content FROM package_files"
    )
    assert row is not None
    with speaking(directory):
        disk = os.statvfs(directory)
    size = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(OSError):
            size += os.stat(f"{database.path}{suffix}").st_size
    return Sizes(
        projects=row["projects"],
        packages=row["packages"],
        files=row["files"],
        content_bytes=row["content"],
        database_bytes=size,
        free_bytes=disk.f_bavail * disk.f_frsize,
    )
