"""Access and deploy tokens as the API shows them: never their value, but once."""

from datetime import UTC, date, datetime
from typing import Any

from gluv.server.answers import timestamp
from gluv.server.call import Gitlab
from gluv.server.pipeline_json import moment
from gluv.store import TokenRow


def token_json(gitlab: Gitlab, token: TokenRow, secret: str | None = None) -> dict[str, Any]:
    """A personal, project or group access token; with its value only to who has just made it."""
    now = gitlab.store.now()
    expired = token.expires_at is not None and token.expires_at <= now
    body: dict[str, Any] = {
        "id": token.id,
        "name": token.name,
        "active": token.is_active(now),
        "revoked": token.revoked_at is not None,
        "expired": expired,
        "created_at": timestamp(token.created_at),
        "description": token.description or None,
        "scopes": token.scopes,
        "user_id": token.user_id,
        "last_used_at": moment(token.last_used_at),
        "expires_at": None if token.expires_at is None else _day(token.expires_at).isoformat(),
    }
    if token.kind in ("project", "group"):
        place = token.project_id if token.kind == "project" else token.namespace_id
        body |= {
            "access_level": _level(gitlab, token),
            "resource_type": token.kind,
            "resource_id": place,
        }
    return body if secret is None else {**body, "token": secret}


def deploy_token_json(gitlab: Gitlab, token: TokenRow, secret: str | None = None) -> dict[str, Any]:
    """A deploy token; with its value only to who has just made it."""
    body = {
        "id": token.id,
        "name": token.name,
        "username": token.username or f"gitlab+deploy-token-{token.id}",
        "expires_at": moment(token.expires_at),
        "scopes": token.scopes,
        "revoked": token.revoked_at is not None,
        "expired": token.expires_at is not None and token.expires_at <= gitlab.store.now(),
    }
    return body if secret is None else {**body, "token": secret}


def start_of(day: date) -> float:
    """When a day begins in UTC, in seconds since the epoch: when tokens end."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _level(gitlab: Gitlab, token: TokenRow) -> int | None:
    """The role of its bot; none any more once it is revoked."""
    if token.user_id is None:
        return None
    namespaces, projects = gitlab.store.people.roles(token.user_id)
    if token.project_id is not None:
        return projects.get(token.project_id)
    return namespaces.get(token.namespace_id or 0)
