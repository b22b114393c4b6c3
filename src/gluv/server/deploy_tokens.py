"""GitLab's deploy tokens API."""

from collections.abc import Callable
from typing import Literal

from starlette.responses import Response

from gluv.server.answers import json_answer, no_record, refused
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.roles import MAINTAINER, OTHER_SCOPES, OWNER, SCOPES
from gluv.server.routing import Route, route
from gluv.server.token_json import deploy_token_json
from gluv.store import ProjectRow, TokenRow
from gluv.store.tokens import new_secret


def _tokens(call: Call) -> list[TokenRow]:
    here = call.here
    found = [token for token in call.gitlab.store.tokens.all() if token.kind == "deploy"]
    if here is not None:
        place = "project_id" if isinstance(here, ProjectRow) else "namespace_id"
        found = [token for token in found if getattr(token, place) == here.id]
    return found[::-1]


def _must_have(call: Call, level_in_group: int) -> None:
    door, here = call.gitlab.door, call.here
    if isinstance(here, ProjectRow):
        enough = door.level(call.caller, here) >= MAINTAINER
    elif here is not None:
        enough = door.group_level(call.caller, here) >= level_in_group
    else:
        enough = call.caller.user is not None and call.caller.user.admin
    if not enough:
        raise refused(403)


def _list(call: Call) -> Response:
    _must_have(call, MAINTAINER)
    active, now = call.given["active"], call.gitlab.store.now()
    found = [one for one in _tokens(call) if active is None or one.is_active(now) == active]
    listed, headers = paginate(call, found)
    return json_answer([deploy_token_json(call.gitlab, one) for one in listed], headers=headers)


def _find(call: Call) -> TokenRow:
    for token in _tokens(call):
        if token.id == call.given["token_id"]:
            return token
    raise no_record()


def _show(call: Call) -> Response:
    _must_have(call, MAINTAINER)
    return json_answer(deploy_token_json(call.gitlab, _find(call)))


def _create(call: Call) -> Response:
    _must_have(call, OWNER)
    given, here, secret = call.given, call.here, new_secret("deploy")
    wrong = [
        sentence
        for sentence, fault in (
            ("Name can't be blank", not given["name"].strip()),
            ("Scopes can't be blank", not given["scopes"]),
        )
        if fault
    ]
    if wrong:
        raise refused(400, ", ".join(wrong))
    assert here is not None
    of_project = isinstance(here, ProjectRow)
    token = call.gitlab.store.tokens.add(
        secret,
        kind="deploy",
        name=given["name"],
        scopes=given["scopes"],
        username=given["username"] or "",
        project_id=here.id if of_project else None,
        namespace_id=None if of_project else here.id,
        expires_at=given["expires_at"],
    )
    return json_answer(deploy_token_json(call.gitlab, token, secret), 201)


def _delete(call: Call) -> Response:
    _must_have(call, OWNER)
    call.gitlab.store.tokens.delete(_find(call).id)
    return Response(None, 204)


_ID = Param(name="token_id", kind="id", required=True)
_ACTIVE = Param(name="active", kind="boolean", says="Only those that open something, or do not.")
_NEW = (
    Param(name="name", required=True),
    Param(
        name="scopes",
        kind="strings",
        required=True,
        values=(*SCOPES["deploy"], *OTHER_SCOPES["deploy"]),
    ),
    Param(name="expires_at", kind="datetime", says="Never by default."),
    Param(name="username", says="gitlab+deploy-token-{id} by default."),
)


def _endpoint(
    answer: Callable[[Call], Response],
    scope: Literal["instance", "project", "group"],
    says: str,
    *params: Param,
    paged: bool = False,
    status: int = 200,
) -> Endpoint:
    return Endpoint(
        answer=answer,
        accepts="user",
        scope=scope,
        login=True,
        params=params,
        paged=paged,
        says=says,
        status=status,
    )


def _routes(kind: Literal["project", "group"]) -> tuple[Route, ...]:
    base = f"api/v4/{kind}s/:id/deploy_tokens"
    return (
        route(
            f"GET {base}",
            _endpoint(_list, kind, f"The deploy tokens of a {kind}.", _ACTIVE, paged=True),
        ),
        route(
            f"POST {base}",
            _endpoint(
                _create,
                kind,
                f"Make a deploy token of a {kind}; the only answer with its value.",
                *_NEW,
                status=201,
            ),
        ),
        route(f"GET {base}/:token_id", _endpoint(_show, kind, "A deploy token.", _ID)),
        route(
            f"DELETE {base}/:token_id",
            _endpoint(_delete, kind, "Remove a deploy token.", _ID, status=204),
        ),
    )


ROUTES = (
    route(
        "GET api/v4/deploy_tokens",
        _endpoint(
            _list, "instance", "All deploy tokens, for the administrator.", _ACTIVE, paged=True
        ),
    ),
    *_routes("project"),
    *_routes("group"),
)
