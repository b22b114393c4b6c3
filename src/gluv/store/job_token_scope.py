"""Which other projects' jobs may use a project: GitLab's inbound job token allowlist."""

from gluv.store.database import Database

MOST = 200
"""Entries of one allowlist; GitLab's limit."""


class TooMany(Exception):
    """The allowlist is full."""


class JobTokenScope:
    """The allowlists of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def allow(
        self, target_id: int, *, project_id: int | None = None, namespace_id: int | None = None
    ) -> None:
        """Let jobs of a project, or of all projects of a group, in. Raises `TooMany`."""
        with self._database.writing(durable=True) as connection:
            count = connection.execute(
                "SELECT count(*) FROM job_token_allowlist WHERE target_id = ?", (target_id,)
            ).fetchone()[0]
            if count >= MOST:
                raise TooMany
            connection.execute(
                "INSERT OR IGNORE INTO job_token_allowlist"
                " (target_id, project_id, namespace_id, created_at) VALUES (?, ?, ?, ?)",
                (target_id, project_id, namespace_id, self._database.now()),
            )

    def forbid(
        self, target_id: int, *, project_id: int | None = None, namespace_id: int | None = None
    ) -> bool:
        """Take an entry away; whether it was there."""
        with self._database.writing(durable=True) as connection:
            done = connection.execute(
                "DELETE FROM job_token_allowlist WHERE target_id = ?"
                " AND project_id IS ? AND namespace_id IS ?",
                (target_id, project_id, namespace_id),
            )
        return done.rowcount > 0

    def allowed(self, target_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The ids of the projects, and of the groups, on a project's allowlist."""
        rows = self._database.rows(
            "SELECT * FROM job_token_allowlist WHERE target_id = ? ORDER BY created_at, rowid",
            target_id,
        )
        projects = tuple(row["project_id"] for row in rows if row["project_id"] is not None)
        groups = tuple(row["namespace_id"] for row in rows if row["namespace_id"] is not None)
        return projects, groups
