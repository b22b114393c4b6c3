"""Access tokens: personal, project, group and deploy tokens, kept as hashes."""

import hashlib
import hmac
import sqlite3
from collections.abc import Sequence

import msgspec

from gluv.store.database import Database
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
            row = connection.execute(
                "INSERT INTO tokens (kind, name, hash, scopes, user_id, username, namespace_id,"
                " project_id, created_at, expires_at, description)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    kind,
                    name,
                    digest(secret),
                    msgspec.json.encode(tuple(scopes)).decode(),
                    user_id,
                    username,
                    namespace_id,
                    project_id,
                    self._database.now(),
                    expires_at,
                    description,
                ),
            ).fetchone()
        return _token(row)

    def by_secret(self, secret: str) -> TokenRow | None:
        """The token with this value, whether it still opens doors or not."""
        wanted = digest(secret)
        row = self._database.row("SELECT * FROM tokens WHERE hash = ?", wanted)
        if row is None or not hmac.compare_digest(row["hash"], wanted):
            return None
        return _token(row)

    def find(self, token_id: int) -> TokenRow | None:
        """The token with this id."""
        row = self._database.row("SELECT * FROM tokens WHERE id = ?", token_id)
        return None if row is None else _token(row)

    def all(self) -> tuple[TokenRow, ...]:
        """Every token, the newest first."""
        return tuple(map(_token, self._database.rows("SELECT * FROM tokens ORDER BY id DESC")))

    def revoke(self, token_id: int) -> None:
        """Let a token open nothing any more; revoking it twice is fine."""
        with self._database.writing(durable=True) as connection:
            connection.execute(
                "UPDATE tokens SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                (self._database.now(), token_id),
            )

    def used(self, token: TokenRow) -> None:
        """Note that a token was used now."""
        now = self._database.now()
        if token.last_used_at is None or now - token.last_used_at >= _SEEN_EVERY:
            with self._database.writing() as connection:
                connection.execute(
                    "UPDATE tokens SET last_used_at = ? WHERE id = ?", (now, token.id)
                )


def digest(secret: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: sqlite3.Row) -> TokenRow:
    scopes = msgspec.json.decode(row["scopes"], type=tuple[str, ...])
    return read_row(row, TokenRow, scopes=scopes)
