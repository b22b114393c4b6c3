"""Packages and their files, as GitLab keeps them: one row per project, exact name and version."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from gluv.store.blobs import Blob
from gluv.store.database import Database
from gluv.store.found import Found
from gluv.store.rows import ContentRow, FileRow, PackageRow, PageRow, read_row

Order = Literal["created_at", "name", "version", "project_path"]


class FileTaken(Exception):
    """The package already has a file of this name, whatever its content."""


class Packages:
    """The packages of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_file(
        self,
        *,
        project_id: int,
        name: str,
        version: str,
        normalised: str,
        requires_python: str,
        summary: str,
        metadata: Mapping[str, str],
        file_name: str,
        blob: Blob,
        job_id: int | None,
        md5: str = "",
    ) -> FileRow:
        """Add a file to the package `(name, version)`, found or made; its metadata is replaced.

        The content must be kept already. Durable. Raises `FileTaken`, and then nothing changed.
        """
        now = self._database.now()

        def write(connection: sqlite3.Connection) -> sqlite3.Row:
            package = connection.execute(
                "INSERT INTO packages (project_id, name, version, normalised, requires_python,"
                " summary, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (project_id, name, version) DO UPDATE SET"
                " requires_python = excluded.requires_python, summary = excluded.summary,"
                " metadata = excluded.metadata RETURNING id",
                (
                    project_id,
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
                row: sqlite3.Row = connection.execute(
                    "INSERT INTO package_files"
                    " (package_id, name, sha256, size, requires_python, job_id, created_at, md5)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                    (
                        package["id"],
                        file_name,
                        blob.sha256,
                        blob.size,
                        requires_python,
                        job_id,
                        now,
                        md5,
                    ),
                ).fetchone()
            except sqlite3.IntegrityError:
                raise FileTaken(file_name) from None
            return row

        return read_row(self._database.together(write), FileRow)

    def has_file(self, *, project_id: int, name: str, version: str, file_name: str) -> bool:
        """Whether exactly this package has a file of this name."""
        row = self._database.row(
            "SELECT 1 FROM package_files f JOIN packages p ON p.id = f.package_id"
            " WHERE p.project_id = ? AND p.name = ? AND p.version = ? AND f.name = ?",
            project_id,
            name,
            version,
            file_name,
        )
        return row is not None

    def of_projects(self, project_ids: Iterable[int]) -> tuple[PackageRow, ...]:
        """The package rows of some projects, in the order of creation."""
        rows = self._database.rows(
            f"SELECT * FROM packages WHERE project_id IN {_LISTED} ORDER BY id",
            _ids(project_ids),
        )
        return tuple(map(_package, rows))

    def names(self, project_ids: Iterable[int] | None = None) -> tuple[str, ...]:
        """The normalised names of all packages, each once; of all projects, or of some."""
        ours = "" if project_ids is None else f" WHERE project_id IN {_LISTED}"
        rows = self._database.rows(
            f"SELECT DISTINCT normalised FROM packages{ours} ORDER BY normalised",
            *(() if project_ids is None else (_ids(project_ids),)),
        )
        return tuple(row["normalised"] for row in rows)

    def files_of(self, package_id: int) -> tuple[FileRow, ...]:
        """The files of a package in the order of upload."""
        rows = self._database.rows(
            "SELECT * FROM package_files WHERE package_id = ? ORDER BY id", package_id
        )
        return tuple(read_row(row, FileRow) for row in rows)

    def page(
        self, normalised: str, project_ids: Iterable[int], *, own: bool = False
    ) -> tuple[PageRow, ...]:
        """The files of all packages of some projects with this normalised name, package by package.

        Their `requires_python` is that of the package, which the last upload decides, as on GitLab;
        with `own` it is that of the file, if it has one. A package that has lost its files is there
        with one that has no name.
        """
        requires = "coalesce(nullif(f.requires_python, ''), p.requires_python)"
        rows = self._database.rows(
            "SELECT p.name, p.normalised, coalesce(f.name, ''), coalesce(f.sha256, ''),"
            f" {requires if own else 'p.requires_python'}"
            " FROM packages p LEFT JOIN package_files f ON f.package_id = p.id"
            f" WHERE p.normalised = ? AND p.project_id IN {_LISTED} ORDER BY p.id, f.id",
            normalised,
            _ids(project_ids),
        )
        return tuple(PageRow(*row) for row in rows)

    def index(self, project_ids: Iterable[int]) -> tuple[tuple[str, str], ...]:
        """Name and `requires_python` of the package rows of some projects, in order of creation."""
        rows = self._database.rows(
            f"SELECT name, requires_python FROM packages WHERE project_id IN {_LISTED} ORDER BY id",
            _ids(project_ids),
        )
        return tuple((name, requires) for name, requires in rows)

    def file(self, sha256: str, name: str, project_ids: Iterable[int]) -> FileRow | None:
        """The file of some projects with this hash and this name."""
        row = self._database.row(
            "SELECT f.* FROM package_files f JOIN packages p ON p.id = f.package_id"
            f" WHERE f.sha256 = ? AND f.name = ? AND p.project_id IN {_LISTED}"
            " ORDER BY f.id DESC LIMIT 1",
            sha256,
            name,
            _ids(project_ids),
        )
        return None if row is None else read_row(row, FileRow)

    def file_of(self, file_id: int, project_ids: Iterable[int]) -> FileRow | None:
        """The file with this id, if it is in one of some projects."""
        row = self._database.row(
            "SELECT f.* FROM package_files f JOIN packages p ON p.id = f.package_id"
            f" WHERE f.id = ? AND p.project_id IN {_LISTED}",
            file_id,
            _ids(project_ids),
        )
        return None if row is None else read_row(row, FileRow)

    def uploaded_by(self, job_ids: tuple[int, ...]) -> tuple[FileRow, ...]:
        """The files that these jobs uploaded."""
        rows = self._database.rows(
            f"SELECT * FROM package_files WHERE job_id IN {_LISTED} ORDER BY id", _ids(job_ids)
        )
        return tuple(read_row(row, FileRow) for row in rows)

    def contents(self) -> Iterator[ContentRow]:
        """Every file of every package, with whose it is."""
        for row in self._database.rows(
            "SELECT r.path AS project, p.name AS package, p.version, f.name, f.sha256, f.size"
            " FROM package_files f JOIN packages p ON p.id = f.package_id"
            " JOIN projects r ON r.id = p.project_id ORDER BY f.id"
        ):
            yield ContentRow(*row)

    def hashes(self) -> tuple[str, ...]:
        """The hashes of all contents that are named, each once."""
        rows = self._database.rows("SELECT DISTINCT sha256 FROM package_files ORDER BY sha256")
        return tuple(row["sha256"] for row in rows)

    def is_named(self, sha256: str) -> bool:
        """Whether any file has this content."""
        found = self._database.row("SELECT 1 FROM package_files WHERE sha256 = ?", sha256)
        return found is not None

    def find(self, package_id: int) -> PackageRow | None:
        """The package with this id."""
        row = self._database.row("SELECT * FROM packages WHERE id = ?", package_id)
        return None if row is None else _package(row)

    def search(
        self,
        project_ids: Iterable[int],
        *,
        words: Sequence[str] = (),
        version: str | None = None,
        order: Order = "created_at",
        descending: bool = False,
    ) -> Sequence[PackageRow]:
        """The package rows of some projects whose name has all the words in it, in any case."""
        wanted = [f"p.project_id IN {_LISTED}"]
        bound: list[str] = [_ids(project_ids)]
        for word in words:
            wanted.append("instr(lower(p.name), lower(?))")
            bound.append(word)
        if version is not None:
            wanted.append("p.version = ?")
            bound.append(version)
        column = {"project_path": "j.path", "created_at": "p.id"}.get(order, f"p.{order}")
        direction = "DESC" if descending else "ASC"
        return Found(
            self._database,
            "p.*",
            "packages p JOIN projects j ON j.id = p.project_id WHERE " + " AND ".join(wanted),
            f"{column} {direction}, p.id {direction}",
            bound,
            _package,
        )

    def versions(self, package: PackageRow) -> tuple[PackageRow, ...]:
        """The other versions of a package of the same project."""
        rows = self._database.rows(
            "SELECT * FROM packages WHERE project_id = ? AND name = ? AND id <> ? ORDER BY version",
            package.project_id,
            package.name,
            package.id,
        )
        return tuple(map(_package, rows))

    def delete(self, package_id: int) -> tuple[str, ...]:
        """Remove a package with its files; the hashes of contents that nothing names any more."""
        with self._database.writing(durable=True) as connection:
            hashes = connection.execute(
                "SELECT DISTINCT sha256 FROM package_files WHERE package_id = ?", (package_id,)
            ).fetchall()
            connection.execute("DELETE FROM packages WHERE id = ?", (package_id,))
            return _unused(connection, [row["sha256"] for row in hashes])

    def delete_file(self, file_id: int) -> tuple[str, ...]:
        """Remove a file; its package stays, as on GitLab. What nothing names any more."""
        with self._database.writing(durable=True) as connection:
            row = connection.execute(
                "DELETE FROM package_files WHERE id = ? RETURNING sha256", (file_id,)
            ).fetchone()
            return () if row is None else _unused(connection, [row["sha256"]])


_LISTED = "(SELECT value FROM json_each(?))"


def _ids(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(tuple(numbers)).decode()


def _unused(connection: sqlite3.Connection, hashes: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        sha256
        for sha256 in hashes
        if connection.execute("SELECT 1 FROM package_files WHERE sha256 = ?", (sha256,)).fetchone()
        is None
    )


def _package(row: sqlite3.Row) -> PackageRow:
    metadata = msgspec.json.decode(row["metadata"], type=dict[str, str])
    return read_row(row, PackageRow, metadata=metadata)


read_package = _package
"""A row of this table as a struct, for other questions than those above."""
