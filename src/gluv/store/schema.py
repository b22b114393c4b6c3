"""The tables, and the one way from an older `.gluv/` to this one."""

import contextlib
import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE pipelines (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        iid INTEGER NOT NULL UNIQUE,
        source TEXT NOT NULL,
        ref TEXT NOT NULL,
        tag INTEGER NOT NULL CHECK (tag IN (0, 1)),
        sha TEXT NOT NULL,
        name TEXT,
        status TEXT NOT NULL,
        duration REAL,
        owner TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        pipeline_id INTEGER NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        stage TEXT NOT NULL,
        status TEXT NOT NULL,
        exit_code INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        duration REAL,
        notes TEXT NOT NULL DEFAULT '[]',
        token_hash TEXT UNIQUE,
        owner TEXT NOT NULL,
        created_at REAL NOT NULL,
        started_at REAL,
        finished_at REAL
    ) STRICT;
    CREATE INDEX jobs_of_pipeline ON jobs (pipeline_id);
    CREATE TABLE packages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        version TEXT NOT NULL,
        normalised TEXT NOT NULL,
        requires_python TEXT NOT NULL,
        summary TEXT NOT NULL,
        metadata TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (name, version)
    ) STRICT;
    CREATE INDEX packages_by_name ON packages (normalised);
    CREATE TABLE package_files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        package_id INTEGER NOT NULL REFERENCES packages (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
        size INTEGER NOT NULL,
        requires_python TEXT NOT NULL,
        job_id INTEGER,
        created_at REAL NOT NULL,
        UNIQUE (package_id, name)
    ) STRICT;
    CREATE INDEX files_by_hash ON package_files (sha256, name);
    CREATE TABLE releases (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        tag TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        description TEXT NOT NULL,
        sha TEXT NOT NULL,
        author TEXT NOT NULL,
        job_id INTEGER,
        created_at REAL NOT NULL,
        released_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE release_links (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        filepath TEXT,
        link_type TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (release_id, name),
        UNIQUE (release_id, url),
        UNIQUE (release_id, filepath)
    ) STRICT;
    CREATE TABLE tags (
        name TEXT PRIMARY KEY,
        sha TEXT NOT NULL,
        message TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE addresses (
        url TEXT PRIMARY KEY
    ) STRICT;
    """,
    """
    ALTER TABLE pipelines ADD COLUMN parent_job INTEGER;
    ALTER TABLE jobs ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint, name) WHERE fingerprint != '';
    """,
    """
    ALTER TABLE jobs ADD COLUMN artifacts_expire_at REAL;
    ALTER TABLE jobs ADD COLUMN artifacts_removed_at REAL;
    CREATE INDEX jobs_by_name ON jobs (name);
    CREATE INDEX jobs_to_expire ON jobs (artifacts_expire_at)
        WHERE artifacts_expire_at IS NOT NULL AND artifacts_removed_at IS NULL;
    """,
)


class TooNew(Exception):
    """The database was written by a newer gluv."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema, each step whole or not at all.

    Raises `TooNew` for a database that a newer gluv wrote.
    """
    if _version(connection) == len(MIGRATIONS):
        return
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
