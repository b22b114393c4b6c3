"""What a server saw that somebody should hear of, whichever process that server is."""

from gluv.store.database import Database
from gluv.store.rows import NoticeRow, read_row

KEPT = 1000
"""How many notices are kept; older ones are forgotten."""


class Notices:
    """The notices of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: str, what: str) -> None:
        """Note something."""
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO notices (kind, what, created_at) VALUES (?, ?, ?) RETURNING id",
                (kind, what, self._database.now()),
            ).fetchone()
            connection.execute("DELETE FROM notices WHERE id <= ?", (row["id"] - KEPT,))

    def last_id(self) -> int:
        """The id of the newest notice, 0 if there is none."""
        row = self._database.row("SELECT coalesce(max(id), 0) AS id FROM notices")
        return 0 if row is None else int(row["id"])

    def since(self, notice_id: int) -> tuple[NoticeRow, ...]:
        """The notices after one, in their order."""
        rows = self._database.rows("SELECT * FROM notices WHERE id > ? ORDER BY id", notice_id)
        return tuple(read_row(row, NoticeRow) for row in rows)
