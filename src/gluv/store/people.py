"""The users of a GitLab and their roles in its projects and groups."""

import sqlite3
from collections.abc import Sequence

import msgspec

from gluv.store.database import Database
from gluv.store.rows import MemberRow, UserRow, read_flags, read_row

OWNER_OF_ALL = 1
"""The id of the person whose machine this is."""


class NameTaken(Exception):
    """A user or a group has this name."""


class People:
    """The users of a database and what they are members of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def settle_owner(self, *, username: str, name: str, email: str) -> UserRow:
        """The person whose machine this is, an administrator, as git knows them today."""
        known = self.find(OWNER_OF_ALL)
        if known is not None and (known.username, known.name, known.email) == (
            username,
            name,
            email,
        ):
            return known
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO users (id, username, name, email, admin, created_at)"
                " VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (id) DO UPDATE SET"
                " username = excluded.username, name = excluded.name, email = excluded.email"
                " RETURNING *",
                (OWNER_OF_ALL, username, name, email, self._database.now()),
            ).fetchone()
        return _user(row)

    def create(
        self, username: str, *, name: str = "", email: str = "", bot: bool = False
    ) -> UserRow:
        """A new user. Raises `NameTaken`."""
        with self._database.writing() as connection:
            taken = connection.execute(
                "SELECT 1 FROM namespaces WHERE path = ? AND kind = 'group'", (username,)
            ).fetchone()
            try:
                if taken:
                    raise NameTaken(username)
                # The first id is kept for the owner, who may not have been seen yet.
                row = connection.execute(
                    "INSERT INTO users (id, username, name, email, bot, created_at) SELECT"
                    " max(2, coalesce(max(id), 0) + 1), ?, ?, ?, ?, ? FROM users RETURNING *",
                    (username, name or username, email, int(bot), self._database.now()),
                ).fetchone()
            except sqlite3.IntegrityError:
                raise NameTaken(username) from None
        return _user(row)

    def find(self, user_id: int) -> UserRow | None:
        """The user with this id."""
        row = self._database.row("SELECT * FROM users WHERE id = ?", user_id)
        return None if row is None else _user(row)

    def named(self, username: str) -> UserRow | None:
        """The user with this name."""
        row = self._database.row("SELECT * FROM users WHERE username = ?", username)
        return None if row is None else _user(row)

    def all(self) -> tuple[UserRow, ...]:
        """Every user, in the order they became known."""
        return tuple(map(_user, self._database.rows("SELECT * FROM users ORDER BY id")))

    def members(
        self, *, namespace_ids: Sequence[int] = (), project_id: int | None = None
    ) -> tuple[MemberRow, ...]:
        """The members of some groups and of a project."""
        rows = self._database.rows(
            "SELECT * FROM members WHERE project_id = ? OR namespace_id IN"
            " (SELECT value FROM json_each(?)) ORDER BY user_id",
            project_id,
            msgspec.json.encode(namespace_ids).decode(),
        )
        return tuple(read_row(row, MemberRow) for row in rows)

    def remove_role(
        self, user_id: int, *, namespace_id: int | None = None, project_id: int | None = None
    ) -> bool:
        """Let a user be a member no more; whether it was one."""
        with self._database.writing(durable=True) as connection:
            done = connection.execute(
                "DELETE FROM members WHERE user_id = ? AND namespace_id IS ? AND project_id IS ?",
                (user_id, namespace_id, project_id),
            )
        return done.rowcount > 0

    def set_role(
        self,
        user_id: int,
        access_level: int,
        *,
        namespace_id: int | None = None,
        project_id: int | None = None,
    ) -> None:
        """Make a user a member of a project or a group, or change the role."""
        target = "project_id" if project_id is not None else "namespace_id"
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "INSERT INTO members (user_id, namespace_id, project_id, access_level, created_at)"
                f" VALUES (?, ?, ?, ?, ?) ON CONFLICT (user_id, {target}) DO UPDATE SET"
                " access_level = excluded.access_level",
                (user_id, namespace_id, project_id, access_level, self._database.now()),
            )

    def roles(self, user_id: int) -> tuple[dict[int, int], dict[int, int]]:
        """The access levels of a user: by namespace, and by project; inherited ones not counted."""
        namespaces: dict[int, int] = {}
        projects: dict[int, int] = {}
        for row in self._database.rows("SELECT * FROM members WHERE user_id = ?", user_id):
            if row["project_id"] is not None:
                projects[row["project_id"]] = row["access_level"]
            else:
                namespaces[row["namespace_id"]] = row["access_level"]
        return namespaces, projects


def _user(row: sqlite3.Row) -> UserRow:
    return read_flags(row, UserRow, "bot", "admin")
