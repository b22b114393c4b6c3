"""Releases, their links, and the tags that releases created."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gluv.store.database import Database
from gluv.store.rows import LinkRow, ReleaseRow, TagRow, read_row


class ReleaseTaken(Exception):
    """The tag already has a release."""


class LinkTaken(Exception):
    """The release already has a link with one of these; `fields` are column names."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class NewLink(msgspec.Struct, frozen=True, kw_only=True):
    """A release link that is not stored yet."""

    name: str
    url: str
    filepath: str | None = None
    link_type: str = "other"


class Releases:
    """The releases of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        *,
        project_id: int,
        tag: str,
        name: str,
        description: str,
        sha: str,
        author: str,
        released_at: float | None = None,
        links: Sequence[NewLink] = (),
        new_tag_message: str | None = None,
        job_id: int | None = None,
    ) -> ReleaseRow:
        """Create a release with its links, and its tag if `new_tag_message` is given; all or none.

        Raises `ReleaseTaken` and `LinkTaken`.
        """
        now = self._database.now()
        with self._database.writing(durable=True) as connection:
            if new_tag_message is not None:
                connection.execute(
                    "INSERT INTO tags (project_id, name, sha, message, created_at)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (project_id, name) DO NOTHING",
                    (project_id, tag, sha, new_tag_message, now),
                )
            try:
                row = connection.execute(
                    "INSERT INTO releases (project_id, tag, name, description, sha, author,"
                    " job_id, created_at, released_at, updated_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                    " RETURNING *",
                    (
                        project_id,
                        tag,
                        name,
                        description,
                        sha,
                        author,
                        job_id,
                        now,
                        now if released_at is None else released_at,
                        now,
                    ),
                ).fetchone()
            except sqlite3.IntegrityError:
                raise ReleaseTaken(tag) from None
            for link in links:
                _insert_link(connection, row["id"], link, now)
        return read_row(row, ReleaseRow)

    def update(
        self,
        release_id: int,
        *,
        name: str | None = None,
        description: str | None = None,
        released_at: float | None = None,
    ) -> None:
        """Change what is not None."""
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "UPDATE releases SET name = coalesce(?, name),"
                " description = coalesce(?, description), released_at = coalesce(?, released_at),"
                " updated_at = ? WHERE id = ?",
                (name, description, released_at, self._database.now(), release_id),
            )

    def delete(self, release_id: int) -> None:
        """Remove a release and its links; the tag stays, as on GitLab."""
        with self._database.writing(durable=True) as connection:
            connection.execute("DELETE FROM releases WHERE id = ?", (release_id,))

    def find(self, project_id: int, tag: str) -> ReleaseRow | None:
        """The release of a tag."""
        row = self._database.row(
            "SELECT * FROM releases WHERE project_id = ? AND tag = ?", project_id, tag
        )
        return None if row is None else read_row(row, ReleaseRow)

    def of_projects(self, project_ids: Iterable[int]) -> tuple[ReleaseRow, ...]:
        """The releases of some projects, the newest `released_at` first."""
        rows = self._database.rows(
            "SELECT * FROM releases WHERE project_id IN (SELECT value FROM json_each(?))"
            " ORDER BY released_at DESC, id DESC",
            msgspec.json.encode(tuple(project_ids)).decode(),
        )
        return tuple(read_row(row, ReleaseRow) for row in rows)

    def created_by(self, job_ids: tuple[int, ...]) -> tuple[ReleaseRow, ...]:
        """The releases that these jobs created."""
        rows = self._database.rows(
            "SELECT * FROM releases WHERE job_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            msgspec.json.encode(job_ids).decode(),
        )
        return tuple(read_row(row, ReleaseRow) for row in rows)

    def add_link(self, release_id: int, link: NewLink) -> LinkRow:
        """Add a link. Raises `LinkTaken`."""
        with self._database.writing(durable=True) as connection:
            return _insert_link(connection, release_id, link, self._database.now())

    def change_link(self, link: LinkRow) -> None:
        """Store a changed link. Raises `LinkTaken`."""
        with self._database.writing(durable=True) as connection:
            _refuse_taken(connection, link.release_id, link, but=link.id)
            connection.execute(
                "UPDATE release_links SET name = ?, url = ?, filepath = ?, link_type = ?"
                " WHERE id = ?",
                (link.name, link.url, link.filepath, link.link_type, link.id),
            )

    def delete_link(self, link_id: int) -> None:
        """Remove a link."""
        with self._database.writing(durable=True) as connection:
            connection.execute("DELETE FROM release_links WHERE id = ?", (link_id,))

    def links_of(self, release_id: int) -> tuple[LinkRow, ...]:
        """The links of a release, the newest first, as GitLab lists them."""
        rows = self._database.rows(
            "SELECT * FROM release_links WHERE release_id = ? ORDER BY id DESC", release_id
        )
        return tuple(read_row(row, LinkRow) for row in rows)

    def remember_address(self, url: str) -> None:
        """Note a URL under which this GitLab is reached; ports differ from run to run."""
        if url not in self.addresses():
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT INTO addresses (url) VALUES (?) ON CONFLICT (url) DO NOTHING", (url,)
                )

    def addresses(self) -> tuple[str, ...]:
        """Every URL under which this GitLab was ever reached."""
        return tuple(row["url"] for row in self._database.rows("SELECT url FROM addresses"))

    def tags(self, project_id: int) -> tuple[TagRow, ...]:
        """The tags of a project that releases created here."""
        rows = self._database.rows(
            "SELECT * FROM tags WHERE project_id = ? ORDER BY name", project_id
        )
        return tuple(read_row(row, TagRow) for row in rows)


def _insert_link(
    connection: sqlite3.Connection, release_id: int, link: NewLink, now: float
) -> LinkRow:
    _refuse_taken(connection, release_id, link, but=0)
    row = connection.execute(
        "INSERT INTO release_links (release_id, name, url, filepath, link_type, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
        (release_id, link.name, link.url, link.filepath, link.link_type, now),
    ).fetchone()
    return read_row(row, LinkRow)


def _refuse_taken(
    connection: sqlite3.Connection, release_id: int, link: NewLink | LinkRow, *, but: int
) -> None:
    # Asked before inserting, inside the transaction, because GitLab names every field at fault and
    # a constraint names only the first.
    found: list[Any] = connection.execute(
        "SELECT max(name = ?) AS name, max(url = ?) AS url, max(filepath = ?) AS filepath"
        " FROM release_links WHERE release_id = ? AND id <> ?",
        (link.name, link.url, link.filepath, release_id, but),
    ).fetchall()
    taken = tuple(field for field in ("name", "url", "filepath") if found[0][field])
    if taken:
        raise LinkTaken(taken)
