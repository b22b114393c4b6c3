"""Packages and their files, as GitLab keeps them: one row per exact name and version."""

import sqlite3
from collections.abc import Mapping

import msgspec

from gluv.store.blobs import Blob
from gluv.store.database import Database
from gluv.store.rows import FileRow, PackageRow, read_row


class FileTaken(Exception):
    """The package already has a file of this name, whatever its content."""


class Packages:
    """The packages of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_file(
        self,
        *,
        name: str,
        version: str,
        normalised: str,
        requires_python: str,
        summary: str,
        metadata: Mapping[str, str],
        file_name: str,
        blob: Blob,
        job_id: int | None,
    ) -> FileRow:
        """Add a file to the package `(name, version)`, found or made; its metadata is replaced.

        The content must be kept already. Durable. Raises `FileTaken`, and then nothing changed.
        """
        now = self._database.now()
        with self._database.writing(durable=True) as connection:
            package = connection.execute(
                "INSERT INTO packages"
                " (name, version, normalised, requires_python, summary, metadata, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, version) DO UPDATE SET"
                " requires_python = excluded.requires_python, summary = excluded.summary,"
                " metadata = excluded.metadata RETURNING id",
                (
                    name,
                    version,
                    normalised,
                    requires_python,
                    summary,
                    msgspec.json.encode(dict(metadata)).decode(),
                    now,
                ),
            ).fetchone()
            try:
                row = connection.execute(
                    "INSERT INTO package_files"
                    " (package_id, name, sha256, size, requires_python, job_id, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
                    (
                        package["id"],
                        file_name,
                        blob.sha256,
                        blob.size,
                        requires_python,
                        job_id,
                        now,
                    ),
                ).fetchone()
            except sqlite3.IntegrityError:
                raise FileTaken(file_name) from None
        return read_row(row, FileRow)

    def has_file(self, *, name: str, version: str, file_name: str) -> bool:
        """Whether exactly this package has a file of this name."""
        row = self._database.row(
            "SELECT 1 FROM package_files f JOIN packages p ON p.id = f.package_id"
            " WHERE p.name = ? AND p.version = ? AND f.name = ?",
            name,
            version,
            file_name,
        )
        return row is not None

    def all(self) -> tuple[PackageRow, ...]:
        """Every package row, in the order of creation."""
        return tuple(map(_package, self._database.rows("SELECT * FROM packages ORDER BY id")))

    def named(self, normalised: str) -> tuple[PackageRow, ...]:
        """The package rows whose normalised name is this, in the order of creation."""
        rows = self._database.rows(
            "SELECT * FROM packages WHERE normalised = ? ORDER BY id", normalised
        )
        return tuple(map(_package, rows))

    def files_of(self, package_id: int) -> tuple[FileRow, ...]:
        """The files of a package in the order of upload."""
        rows = self._database.rows(
            "SELECT * FROM package_files WHERE package_id = ? ORDER BY id", package_id
        )
        return tuple(read_row(row, FileRow) for row in rows)

    def file(self, sha256: str, name: str) -> FileRow | None:
        """The file with this hash and this name."""
        row = self._database.row(
            "SELECT * FROM package_files WHERE sha256 = ? AND name = ? ORDER BY id DESC LIMIT 1",
            sha256,
            name,
        )
        return None if row is None else read_row(row, FileRow)

    def uploaded_by(self, job_ids: tuple[int, ...]) -> tuple[FileRow, ...]:
        """The files that these jobs uploaded."""
        rows = self._database.rows(
            "SELECT * FROM package_files"
            " WHERE job_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            msgspec.json.encode(job_ids).decode(),
        )
        return tuple(read_row(row, FileRow) for row in rows)

    def find(self, package_id: int) -> PackageRow | None:
        """The package with this id."""
        row = self._database.row("SELECT * FROM packages WHERE id = ?", package_id)
        return None if row is None else _package(row)


def _package(row: sqlite3.Row) -> PackageRow:
    metadata = msgspec.json.decode(row["metadata"], type=dict[str, str])
    return read_row(row, PackageRow, metadata=metadata)
