"""GitLab's members and users API, reading."""

from collections.abc import Iterable
from typing import Any, Literal

from starlette.responses import Response

from gluv.server.answers import json_answer, no_record, not_found, timestamp
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.people_json import user_json
from gluv.server.roles import OWNER
from gluv.server.routing import Route, route
from gluv.store import MemberRow, ProjectRow, UserRow
from gluv.store.people import OWNER_OF_ALL

Found = tuple[UserRow, int, float]
"""A user, the access level, and since when."""


def _members(call: Call, *, inherited: bool) -> list[Found]:
    """The members of the project or group; of several roles of a user the highest counts."""
    store, here = call.gitlab.store, call.here
    assert here is not None
    of_project = isinstance(here, ProjectRow)
    own = () if of_project else (here.id,)
    namespace = here.namespace_id if isinstance(here, ProjectRow) else here.id
    above = tuple(one.id for one in store.projects.lineage(namespace)) if inherited else own
    rows = store.people.members(namespace_ids=above, project_id=here.id if of_project else None)
    found = _highest(call.gitlab, rows)
    owner = store.people.find(OWNER_OF_ALL)
    if owner is not None:
        # The person whose machine this is owns everything, without having been made a member.
        found[owner.id] = (owner, OWNER, here.created_at)
    return [found[key] for key in sorted(found)]


def _highest(gitlab: Gitlab, rows: Iterable[MemberRow]) -> dict[int, Found]:
    found: dict[int, Found] = {}
    for row in rows:
        user = gitlab.store.people.find(row.user_id)
        if user is not None and row.access_level >= found.get(row.user_id, (user, 0, 0.0))[1]:
            found[row.user_id] = (user, row.access_level, row.created_at)
    return found


def _member_json(gitlab: Gitlab, found: Found) -> dict[str, Any]:
    user, level, since = found
    return {
        **user_json(gitlab, user),
        "access_level": level,
        "created_at": timestamp(since),
        "expires_at": None,
        "membership_state": "active",
    }


def _answer_list(call: Call, found: list[Found]) -> Response:
    query = (call.given["query"] or "").casefold()
    matching = [
        one
        for one in found
        if query in one[0].username.casefold() or query in one[0].name.casefold()
    ]
    listed, headers = paginate(call, matching)
    return json_answer([_member_json(call.gitlab, one) for one in listed], headers=headers)


def _list(call: Call) -> Response:
    return _answer_list(call, _members(call, inherited=False))


def _list_all(call: Call) -> Response:
    return _answer_list(call, _members(call, inherited=True))


def _show(call: Call) -> Response:
    return _answer_one(call, _members(call, inherited=False))


def _show_of_all(call: Call) -> Response:
    return _answer_one(call, _members(call, inherited=True))


def _answer_one(call: Call, members: list[Found]) -> Response:
    for found in members:
        if found[0].id == call.given["user_id"]:
            return json_answer(_member_json(call.gitlab, found))
    raise no_record()


def _users(call: Call) -> Response:
    username, search = call.given["username"], (call.given["search"] or "").casefold()
    found = [
        user
        for user in call.gitlab.store.people.all()
        if (username is None or user.username.casefold() == username.casefold())
        and (search in user.username.casefold() or search in user.name.casefold())
    ]
    listed, headers = paginate(call, found)
    return json_answer([user_json(call.gitlab, one) for one in listed], headers=headers)


def _user(call: Call) -> Response:
    user = call.gitlab.store.people.find(call.given["user_id"])
    if user is None:
        raise not_found("User")
    since = timestamp(user.created_at)
    return json_answer({**user_json(call.gitlab, user), "created_at": since, "bot": user.bot})


_ID = Param(name="user_id", kind="id", required=True)
_QUERY = Param(name="query", says="Part of a name.")


def _routes(kind: Literal["project", "group"]) -> tuple[Route, ...]:
    base = f"api/v4/{kind}s/:id/members"

    def read(path: str, answer: Any, says: str, *params: Param, paged: bool = False) -> Route:
        endpoint = Endpoint(
            answer=answer,
            accepts="user",
            scope=kind,
            login=True,
            params=params,
            paged=paged,
            says=says,
        )
        return route(f"GET {base}{path}", endpoint)

    return (
        read("", _list, f"The members of a {kind}.", _QUERY, paged=True),
        read("/all", _list_all, "Those of the groups above it too.", _QUERY, paged=True),
        read("/all/:user_id", _show_of_all, "One of them.", _ID),
        read("/:user_id", _show, f"A member of a {kind}.", _ID),
    )


ROUTES = (
    *_routes("project"),
    *_routes("group"),
    route(
        "GET api/v4/users",
        Endpoint(
            answer=_users,
            accepts="user",
            scope="instance",
            login=True,
            scopes=("api", "read_api", "read_user"),
            params=(Param(name="username"), Param(name="search", says="Part of a name.")),
            paged=True,
            says="The users.",
        ),
    ),
    route(
        "GET api/v4/users/:user_id",
        Endpoint(
            answer=_user,
            accepts="user",
            scope="instance",
            login=True,
            scopes=("api", "read_api", "read_user"),
            params=(_ID,),
            says="A user.",
        ),
    ),
)
