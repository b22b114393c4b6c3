"""Access tokens: personal, project, group and deploy tokens, kept as hashes."""

import base64
import os
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from gluv.store.database import Database
from gluv.store.digest import digest
from gluv.store.rows import TokenKind, TokenRow, read_row

_SEEN_EVERY = 60.0
"""Seconds between two notes of a token's last use; GitLab is as coarse."""


class Tokens:
    """The access tokens of a database. Their values are random and long, so a hash has no salt."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        secret: str,
        *,
        kind: TokenKind,
        name: str,
        scopes: Sequence[str],
        user_id: int | None = None,
        username: str = "",
        namespace_id: int | None = None,
        project_id: int | None = None,
        expires_at: float | None = None,
        description: str = "",
    ) -> TokenRow:
        """Remember a token; `secret` is its value, which nobody can ask for again."""
        with self._database.writing(durable=True) as connection:
            return _insert(
                connection,
                kind=kind,
                name=name,
                hash=digest(secret),
                scopes=msgspec.json.encode(tuple(scopes)).decode(),
                user_id=user_id,
                username=username,
                namespace_id=namespace_id,
                project_id=project_id,
                created_at=self._database.now(),
                expires_at=expires_at,
                description=description,
            )

    def add_with_bot(
        self,
        secret: str,
        *,
        name: str,
        scopes: Sequence[str],
        access_level: int,
        namespace_id: int | None = None,
        project_id: int | None = None,
        expires_at: float | None = None,
        description: str = "",
    ) -> TokenRow:
        """Remember a project or group token, and make the bot that it acts as."""
        kind: TokenKind = "project" if project_id is not None else "group"
        place, now = project_id if project_id is not None else namespace_id, self._database.now()
        with self._database.writing(durable=True) as connection:
            bot = connection.execute(
                "INSERT INTO users (id, username, name, bot, created_at) SELECT"
                " max(2, coalesce(max(id), 0) + 1), ?, ?, 1, ? FROM users RETURNING id",
                (f"{kind}_{place}_bot_{os.urandom(16).hex()}", name, now),
            ).fetchone()
            connection.execute(
                "INSERT INTO members (user_id, namespace_id, project_id, access_level, created_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (bot["id"], namespace_id, project_id, access_level, now),
            )
            return _insert(
                connection,
                kind=kind,
                name=name,
                hash=digest(secret),
                scopes=msgspec.json.encode(tuple(scopes)).decode(),
                user_id=bot["id"],
                namespace_id=namespace_id,
                project_id=project_id,
                created_at=now,
                expires_at=expires_at,
                description=description,
            )

    def by_secret(self, secret: str) -> TokenRow | None:
        """The token with this value, whether it still opens doors or not."""
        # What is compared are hashes, so the time it takes tells nothing of any secret.
        row = self._database.row("SELECT * FROM tokens WHERE hash = ?", digest(secret))
        return None if row is None else _token(row)

    def find(self, token_id: int) -> TokenRow | None:
        """The token with this id."""
        row = self._database.row("SELECT * FROM tokens WHERE id = ?", token_id)
        return None if row is None else _token(row)

    def all(self) -> tuple[TokenRow, ...]:
        """Every token, the newest first."""
        return tuple(map(_token, self._database.rows("SELECT * FROM tokens ORDER BY id DESC")))

    def revoke(self, token_id: int) -> None:
        """Let a token open nothing any more; revoking it twice is fine. Its bot is no member."""
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                (self._database.now(), token_id),
            )
            connection.execute(
                "DELETE FROM members WHERE user_id = (SELECT user_id FROM tokens WHERE id = ?"
                " AND kind IN ('project', 'group'))",
                (token_id,),
            )

    def delete(self, token_id: int) -> None:
        """Forget a token: it opens nothing any more, and no list shows it."""
        with self._database.writing(durable=True) as connection:
            connection.execute("DELETE FROM tokens WHERE id = ?", (token_id,))

    def used(self, token: TokenRow) -> None:
        """Note that a token was used now."""
        now = self._database.now()
        if token.last_used_at is None or now - token.last_used_at >= _SEEN_EVERY:
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE tokens SET last_used_at = ? WHERE id = ?", (now, token.id)
                )


def new_secret(kind: TokenKind) -> str:
    """The value of a new token, in GitLab's form."""
    prefix = "gldt" if kind == "deploy" else "glpat"
    return f"{prefix}-{base64.urlsafe_b64encode(os.urandom(21)).decode()}"


def _insert(connection: sqlite3.Connection, **values: Any) -> TokenRow:
    row = connection.execute(
        f"INSERT INTO tokens ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        " RETURNING *",
        tuple(values.values()),
    ).fetchone()
    return _token(row)


def _token(row: sqlite3.Row) -> TokenRow:
    scopes = msgspec.json.decode(row["scopes"], type=tuple[str, ...])
    return read_row(row, TokenRow, scopes=scopes)
