"""The one way from an older `.gluv/` to this one."""

import contextlib
import sqlite3

from gluv.store.migrations import MIGRATIONS


class TooNew(Exception):
    """The database was written by a newer gluv."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema, each step whole or not at all.

    Raises `TooNew` for a database that a newer gluv wrote.
    """
    if is_newest(connection):
        return
    # A step may rebuild a table that others refer to, which would empty those. SQLite takes this
    # setting only outside of a transaction.
    connection.execute("PRAGMA foreign_keys = OFF")
    try:
        _climb(connection)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def is_newest(connection: sqlite3.Connection) -> bool:
    """Whether the database is as this gluv writes it."""
    return _version(connection) == len(MIGRATIONS)


def _climb(connection: sqlite3.Connection) -> None:
    while True:
        # The version is read again under the write lock: two processes may open at once.
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _version(connection)
            if version > len(MIGRATIONS):
                raise TooNew
            if version == len(MIGRATIONS):
                connection.execute("COMMIT")
                return
            for statement in MIGRATIONS[version].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1:d}")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
