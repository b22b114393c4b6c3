"""What `gluv token create` makes of its options."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from gluv.cli.known_gitlab import check_user, find_group, find_project, find_user
from gluv.errors import UsageWrong
from gluv.expr.durations import is_never, parse_duration
from gluv.server.roles import DEVELOPER, OTHER_SCOPES, ROLES, SCOPES
from gluv.store import Store, TokenRow
from gluv.store.people import OWNER_OF_ALL
from gluv.store.rows import TokenKind
from gluv.store.tokens import new_secret

LASTS = timedelta(days=365)
"""How long a token is valid for which nothing else was said, as on GitLab."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new token: its value, a sentence about it, and everything as data."""

    secret: str
    sentence: str
    data: dict[str, Any]


def make_token(
    store: Store,
    *,
    name: str,
    user: str | None,
    project: str | None,
    group: str | None,
    deploy: bool,
    role: str | None,
    scopes: tuple[str, ...],
    expires: str | None,
) -> Made:
    """Make a token. Raises `UsageWrong` for what does not go together, before anything is made."""
    kind = _kind(user=user, project=project, group=group, deploy=deploy, role=role)
    level = _level(role)
    wanted = _scopes(kind, scopes)
    end = _end(expires, store.now())
    if not name.strip():
        raise UsageWrong("a token needs a name", hint="say what it is for: gluv token create ci")
    project_id = find_project(store, project).id if project else None
    namespace_id = find_group(store, group).id if group else None
    secret = new_secret(kind)
    if kind in ("project", "group"):
        token = store.tokens.add_with_bot(
            secret,
            name=name,
            scopes=wanted,
            access_level=level,
            namespace_id=namespace_id,
            project_id=project_id,
            expires_at=end,
        )
    else:
        token = store.tokens.add(
            secret,
            kind=kind,
            name=name,
            scopes=wanted,
            user_id=None if kind == "deploy" else _person(store, user),
            namespace_id=namespace_id,
            project_id=project_id,
            expires_at=end,
        )
    data = token_data(store, token)
    until = data["expires_at"] or "it is revoked"
    sentence = f"{kind} token {token.id} ({', '.join(wanted)}) of {data['of']}, until {until}"
    return Made(secret=secret, sentence=sentence, data={**data, "token": secret})


def token_data(store: Store, token: TokenRow) -> dict[str, Any]:
    """A token for people and programs, without its value."""
    now = store.now()
    state = "active" if token.is_active(now) else "expired"
    return {
        "id": token.id,
        "kind": token.kind,
        "name": token.name,
        "of": _of(store, token),
        "role": _role(store, token),
        "scopes": token.scopes,
        "expires_at": _day(token.expires_at),
        "last_used_at": _day(token.last_used_at),
        "state": "revoked" if token.revoked_at is not None else state,
    }


def _kind(
    *, user: str | None, project: str | None, group: str | None, deploy: bool, role: str | None
) -> TokenKind:
    if project and group:
        raise UsageWrong("a token is of a project or of a group", hint="leave one of them out")
    if user and (project or group):
        raise UsageWrong(
            "a project or group token has a bot of its own, no user",
            hint="leave --user out; or make a personal token and give its person a role:"
            f" gluv project set PATH --member {user}=developer",
        )
    if deploy and not (project or group):
        raise UsageWrong("a deploy token is of a project or a group", hint="add --project PATH")
    if role and (deploy or not (project or group)):
        raise UsageWrong(
            "only project and group tokens have a role of their own",
            hint="gluv project set PATH --member USER=ROLE gives a person one",
        )
    if deploy:
        return "deploy"
    return "project" if project else "group" if group else "personal"


def _level(role: str | None) -> int:
    if role is None:
        return DEVELOPER
    if role.lower() not in ROLES:
        raise UsageWrong(f"there is no role {role}", hint=f"the roles are: {', '.join(ROLES)}")
    return ROLES[role.lower()]


def _scopes(kind: TokenKind, scopes: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [one for one in scopes if one not in (*SCOPES[kind], *OTHER_SCOPES[kind])]
    if unknown:
        raise UsageWrong(
            f"a {kind} token cannot have the scope {unknown[0]}",
            hint=f"what opens something here: {', '.join(SCOPES[kind])}",
        )
    return tuple(dict.fromkeys(scopes)) or SCOPES[kind][:1]


def _end(text: str | None, now: float) -> float | None:
    """When a token ends: the beginning of a day, in UTC, as on GitLab."""
    today = datetime.fromtimestamp(now, UTC).date()
    if text is None:
        return _start(today + LASTS)
    if is_never(text):
        return None
    try:
        last = date.fromisoformat(text)
    except ValueError:
        seconds = parse_duration(text)
        if seconds is None or seconds > 100 * 366 * 86400:
            raise UsageWrong(
                f"--expires {text} is no time", hint="a date (2027-01-31), `30 days` or `never`"
            ) from None
        return now + seconds
    if last <= today:
        raise UsageWrong(f"--expires {text} is over", hint="give a day to come")
    return _start(last)


def _start(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _person(store: Store, user: str | None) -> int:
    if user is None:
        return OWNER_OF_ALL
    check_user(store, user)
    return find_user(store, user)


def _of(store: Store, token: TokenRow) -> str:
    if token.project_id is not None:
        project = store.projects.find(token.project_id)
        return project.path if project is not None else ""
    if token.namespace_id is not None:
        group = store.projects.find_namespace(token.namespace_id)
        return group.path if group is not None else ""
    user = store.people.find(token.user_id or 0)
    return user.username if user is not None else ""


def _role(store: Store, token: TokenRow) -> str | None:
    if token.kind not in ("project", "group") or token.user_id is None:
        return None
    namespaces, projects = store.people.roles(token.user_id)
    levels = {*namespaces.values(), *projects.values()}
    return next((name for name, level in ROLES.items() if level in levels), None)


def _day(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
