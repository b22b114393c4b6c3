"""GitLab's job token scope API: which other projects' jobs a project lets in."""

from collections.abc import Callable

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, refused
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.projects import group_json, project_json
from gluv.server.routing import route
from gluv.store.job_token_scope import MOST, TooMany


def _show(call: Call) -> Response:
    return json_answer({"inbound_enabled": call.project.job_token_scope, "outbound_enabled": False})


def _change(call: Call) -> Response:
    call.gitlab.store.projects.change(call.project.id, job_token_scope=call.given["enabled"])
    return Response(None, 204)


def _projects(call: Call) -> Response:
    gitlab = call.gitlab
    ids, _ = gitlab.store.job_token_scope.allowed(call.project.id)
    # A project always lets its own jobs in, and GitLab lists it.
    found = [call.project, *filter(None, map(gitlab.store.projects.find, ids))]
    listed, headers = paginate(call, found)
    return json_answer([project_json(gitlab, one) for one in listed], headers=headers)


def _groups(call: Call) -> Response:
    gitlab = call.gitlab
    _, ids = gitlab.store.job_token_scope.allowed(call.project.id)
    found = [*filter(None, map(gitlab.store.projects.find_namespace, ids))]
    listed, headers = paginate(call, found)
    kept = ("id", "web_url", "name")
    return json_answer(
        [{key: group_json(gitlab, one)[key] for key in kept} for one in listed], headers=headers
    )


def _add_project(call: Call) -> Response:
    store, wanted = call.gitlab.store, call.given["target_project_id"]
    target = store.projects.find(wanted)
    if target is None or not call.gitlab.door.sees(call.caller, target):
        raise not_found("Project")
    ids, _ = store.job_token_scope.allowed(call.project.id)
    if wanted in ids or wanted == call.project.id:
        raise refused(400, "Target project is already in the job token scope")
    _allow(call, project_id=wanted)
    return json_answer({"source_project_id": call.project.id, "target_project_id": wanted}, 201)


def _add_group(call: Call) -> Response:
    gitlab, wanted = call.gitlab, call.given["target_group_id"]
    group = gitlab.store.projects.find_namespace(wanted)
    if (
        group is None
        or group.kind != "group"
        or not gitlab.door.sees_group(call.caller, group, gitlab.store.projects.below(group))
    ):
        raise not_found("Group")
    _, ids = gitlab.store.job_token_scope.allowed(call.project.id)
    if wanted in ids:
        raise refused(400, "Target group is already in the job token scope")
    _allow(call, namespace_id=wanted)
    return json_answer({"source_project_id": call.project.id, "target_group_id": wanted}, 201)


def _allow(call: Call, **target: int) -> None:
    try:
        call.gitlab.store.job_token_scope.allow(call.project.id, **target)
    except TooMany:
        raise refused(400, f"The allowlist is full: it holds {MOST} entries") from None


def _remove_project(call: Call) -> Response:
    wanted = call.given["target_project_id"]
    if not call.gitlab.store.job_token_scope.forbid(call.project.id, project_id=wanted):
        raise not_found("Project")
    return Response(None, 204)


def _remove_group(call: Call) -> Response:
    wanted = call.given["target_group_id"]
    if not call.gitlab.store.job_token_scope.forbid(call.project.id, namespace_id=wanted):
        raise not_found("Group")
    return Response(None, 204)


_SCOPE = "api/v4/projects/:id/job_token_scope"


def _endpoint(
    answer: Callable[[Call], Response],
    says: str,
    *params: Param,
    paged: bool = False,
    status: int = 200,
) -> Endpoint:
    return Endpoint(
        answer=answer,
        accepts="user",
        needs="admin_project",
        login=True,
        params=params,
        paged=paged,
        says=says,
        status=status,
    )


_PROJECT = Param(name="target_project_id", kind="id", required=True)
_GROUP = Param(name="target_group_id", kind="id", required=True)

ROUTES = (
    route(f"GET {_SCOPE}", _endpoint(_show, "Whether jobs of other projects need permission.")),
    route(
        f"PATCH {_SCOPE}",
        _endpoint(
            _change,
            "Change that.",
            Param(name="enabled", kind="boolean", required=True),
            status=204,
        ),
    ),
    route(
        f"GET {_SCOPE}/allowlist",
        _endpoint(_projects, "The projects whose jobs are let in.", paged=True),
    ),
    route(
        f"POST {_SCOPE}/allowlist",
        _endpoint(_add_project, "Let the jobs of a project in.", _PROJECT, status=201),
    ),
    route(
        f"DELETE {_SCOPE}/allowlist/:target_project_id",
        _endpoint(_remove_project, "Let them in no more.", _PROJECT, status=204),
    ),
    route(
        f"GET {_SCOPE}/groups_allowlist",
        _endpoint(_groups, "The groups whose jobs are let in.", paged=True),
    ),
    route(
        f"POST {_SCOPE}/groups_allowlist",
        _endpoint(_add_group, "Let the jobs of a group in.", _GROUP, status=201),
    ),
    route(
        f"DELETE {_SCOPE}/groups_allowlist/:target_group_id",
        _endpoint(_remove_group, "Let them in no more.", _GROUP, status=204),
    ),
)
