"""GitLab's project and group access tokens API: tokens with a bot and a role of their own."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, refused, unauthorized
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.roles import MAINTAINER, OTHER_SCOPES, ROLES, SCOPES
from gluv.server.routing import Route, route
from gluv.server.token_json import start_of, token_json
from gluv.server.token_search import FILTERS, chosen
from gluv.store import ProjectRow, TokenRow
from gluv.store.tokens import new_secret

LASTS = timedelta(days=365)
"""How long a token is valid for which no end was given, as on GitLab."""


def _tokens(call: Call) -> list[TokenRow]:
    kind = _kind(call)
    return [
        token
        for token in call.gitlab.store.tokens.all()
        if token.kind == kind and _place(call) in (token.project_id, token.namespace_id)
    ]


def _kind(call: Call) -> str:
    return "project" if isinstance(call.here, ProjectRow) else "group"


def _place(call: Call) -> int:
    assert call.here is not None
    return call.here.id


def _level(call: Call) -> int:
    door = call.gitlab.door
    if isinstance(call.here, ProjectRow):
        return door.level(call.caller, call.project)
    return door.group_level(call.caller, call.group)


def _list(call: Call) -> Response:
    if _level(call) < MAINTAINER:
        raise unauthorized()
    found = chosen(_tokens(call), call.given, call.gitlab.store.now())
    listed, headers = paginate(call, found)
    return json_answer([token_json(call.gitlab, one) for one in listed], headers=headers)


def _find(call: Call) -> TokenRow:
    for token in _tokens(call):
        if token.id == call.given["token_id"]:
            return token
    raise not_found(f"{_kind(call)} Access Token")


def _show(call: Call) -> Response:
    if _level(call) < MAINTAINER:
        raise unauthorized()
    return json_answer(token_json(call.gitlab, _find(call)))


def _create(call: Call) -> Response:
    given, user, kind = call.given, call.caller.user, _kind(call)
    level = given["access_level"] or MAINTAINER
    if _level(call) < MAINTAINER or user is None or user.bot:
        raise refused(400, f"User does not have permission to create {kind} access token")
    if level > _level(call):
        raise refused(
            400, "Access level of the token must not be above that of the user who makes it"
        )
    if not given["name"].strip():
        raise refused(400, "Name can't be blank")
    if not given["scopes"]:
        raise refused(400, "Scopes can't be blank")
    store, secret = call.gitlab.store, new_secret("personal")
    today = datetime.fromtimestamp(store.now(), UTC).date()
    last = given["expires_at"] or today + LASTS
    if last <= today:
        raise refused(400, "Expires at must be a day to come")
    token = store.tokens.add_with_bot(
        secret,
        name=given["name"],
        scopes=given["scopes"],
        access_level=level,
        expires_at=start_of(last),
        description=given["description"] or "",
        **({"project_id": _place(call)} if kind == "project" else {"namespace_id": _place(call)}),
    )
    return json_answer(token_json(call.gitlab, token, secret), 201)


def _revoke(call: Call) -> Response:
    token = _find(call)
    if _level(call) < MAINTAINER:
        raise refused(
            400, f"User does not have permission to revoke this {_kind(call)} access token"
        )
    call.gitlab.store.tokens.revoke(token.id)
    return Response(None, 204)


_ID = Param(name="token_id", kind="id", required=True)
_NEW = (
    Param(name="name", required=True),
    Param(name="description"),
    Param(
        name="scopes",
        kind="strings",
        required=True,
        values=(*SCOPES["project"], *OTHER_SCOPES["project"]),
    ),
    Param(name="access_level", kind="integer", values=tuple(ROLES.values()), says="40 by default."),
    Param(name="expires_at", kind="date", says="In a year by default."),
)


def _routes(scope: Literal["project", "group"]) -> tuple[Route, ...]:
    base = f"api/v4/{scope}s/:id/access_tokens"
    return (
        route(
            f"GET {base}",
            Endpoint(
                answer=_list,
                accepts="user",
                scope=scope,
                login=True,
                params=FILTERS,
                paged=True,
                says=f"The access tokens of a {scope}.",
            ),
        ),
        route(
            f"POST {base}",
            Endpoint(
                answer=_create,
                accepts="user",
                scope=scope,
                login=True,
                params=_NEW,
                says=f"Make an access token of a {scope}; the only answer with its value.",
                status=201,
            ),
        ),
        route(
            f"GET {base}/:token_id",
            Endpoint(
                answer=_show,
                accepts="user",
                scope=scope,
                login=True,
                params=(_ID,),
                says=f"An access token of a {scope}.",
            ),
        ),
        route(
            f"DELETE {base}/:token_id",
            Endpoint(
                answer=_revoke,
                accepts="user",
                scope=scope,
                login=True,
                params=(_ID,),
                says=f"Revoke an access token of a {scope}.",
                status=204,
            ),
        ),
    )


ROUTES = (*_routes("project"), *_routes("group"))
