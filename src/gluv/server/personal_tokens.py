"""GitLab's personal access tokens API: one's own, or all of them for the administrator."""

from starlette.responses import Response

from gluv.server.access import ANY_SCOPE
from gluv.server.answers import json_answer, not_found, unauthorized
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.routing import route
from gluv.server.token_json import token_json
from gluv.server.token_search import FILTERS, chosen
from gluv.store import TokenRow


def _list(call: Call) -> Response:
    user, wanted, store = call.caller.user, call.given["user_id"], call.gitlab.store
    assert user is not None
    if not user.admin and wanted not in (None, user.id):
        raise unauthorized()
    whose = wanted if user.admin else user.id
    tokens = [
        token
        for token in store.tokens.all()
        if token.kind != "deploy" and whose in (None, token.user_id)
    ]
    listed, headers = paginate(call, chosen(tokens, call.given, store.now()))
    return json_answer([token_json(call.gitlab, one) for one in listed], headers=headers)


def _find(call: Call) -> TokenRow:
    """The token of the path: GitLab tells only an administrator which there are not."""
    user, token = call.caller.user, call.gitlab.store.tokens.find(call.given["token_id"])
    assert user is not None
    if token is not None and token.kind != "deploy" and (user.admin or token.user_id == user.id):
        return token
    raise not_found() if user.admin else unauthorized()


def _own(call: Call) -> TokenRow:
    token = call.caller.token
    if token is None:
        raise unauthorized()
    return token


def _show(call: Call) -> Response:
    return json_answer(token_json(call.gitlab, _find(call)))


def _show_own(call: Call) -> Response:
    return json_answer(token_json(call.gitlab, _own(call)))


def _revoke(call: Call) -> Response:
    call.gitlab.store.tokens.revoke(_find(call).id)
    return Response(None, 204)


def _revoke_own(call: Call) -> Response:
    call.gitlab.store.tokens.revoke(_own(call).id)
    return Response(None, 204)


_TOKENS = "api/v4/personal_access_tokens"
_ID = Param(name="token_id", kind="id", required=True)

ROUTES = (
    route(
        f"GET {_TOKENS}",
        Endpoint(
            answer=_list,
            accepts="user",
            scope="instance",
            login=True,
            params=(*FILTERS, Param(name="user_id", kind="id", says="Whose.")),
            paged=True,
            says="Access tokens, without their values.",
        ),
    ),
    route(
        f"GET {_TOKENS}/self",
        Endpoint(
            answer=_show_own,
            accepts="user",
            scope="instance",
            login=True,
            scopes=(ANY_SCOPE,),
            says="The access token of the request.",
        ),
    ),
    route(
        f"DELETE {_TOKENS}/self",
        Endpoint(
            answer=_revoke_own,
            accepts="user",
            scope="instance",
            login=True,
            scopes=(ANY_SCOPE,),
            says="Revoke the access token of the request.",
            status=204,
        ),
    ),
    route(
        f"GET {_TOKENS}/:token_id",
        Endpoint(
            answer=_show,
            accepts="user",
            scope="instance",
            login=True,
            params=(_ID,),
            says="An access token.",
        ),
    ),
    route(
        f"DELETE {_TOKENS}/:token_id",
        Endpoint(
            answer=_revoke,
            accepts="user",
            scope="instance",
            login=True,
            params=(_ID,),
            says="Revoke an access token.",
            status=204,
        ),
    ),
)
