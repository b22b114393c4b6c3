"""Projects and groups as the API shows them."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from starlette.responses import Response

from gluv.server.answers import json_answer, timestamp
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.declared import Param
from gluv.server.door import group_visibility
from gluv.server.pagination import paginate
from gluv.server.project_search import (
    GROUPS,
    OF_ALL,
    OF_GROUP,
    chosen_groups,
    chosen_projects,
)
from gluv.server.routing import route
from gluv.store import NamespaceRow, ProjectRow


def project_json(gitlab: Gitlab, project: ProjectRow) -> dict[str, Any]:
    """A project."""
    settings = gitlab.settings
    url = settings.project_url(project)
    namespace = gitlab.store.projects.find_namespace(project.namespace_id)
    above = project.namespace.replace("/", " / ")
    return {
        "id": project.id,
        "description": project.description,
        "name": project.name,
        "name_with_namespace": f"{above} / {project.name}",
        "path": project.slug,
        "path_with_namespace": project.path,
        "created_at": timestamp(project.created_at),
        "default_branch": project.default_branch,
        "tag_list": [],
        "topics": [],
        "http_url_to_repo": f"{url}.git",
        "web_url": url,
        "readme_url": None,
        "avatar_url": None,
        "visibility": project.visibility,
        "namespace": None if namespace is None else _namespace_json(gitlab, namespace),
        "archived": False,
        "packages_enabled": True,
        "jobs_enabled": True,
        "ci_job_token_scope_enabled": False,
        "releases_access_level": "enabled",
        "package_registry_access_level": "public" if project.registry_public else "enabled",
    }


def _namespace_json(gitlab: Gitlab, namespace: NamespaceRow) -> dict[str, Any]:
    return {
        "id": namespace.id,
        "name": namespace.name,
        "path": namespace.name,
        "kind": namespace.kind,
        "full_path": namespace.path,
        "web_url": gitlab.settings.group_url(namespace),
    }


def group_json(gitlab: Gitlab, group: NamespaceRow) -> dict[str, Any]:
    """A group."""
    above = gitlab.store.projects.lineage(group.id)[:-1]
    return {
        "id": group.id,
        "web_url": gitlab.settings.group_url(group),
        "name": group.name,
        "path": group.name,
        "full_name": group.path.replace("/", " / "),
        "full_path": group.path,
        "description": "",
        "visibility": group_visibility(gitlab.store.projects.below(group)),
        "avatar_url": None,
        "parent_id": above[-1].id if above else None,
        "created_at": timestamp(group.created_at),
    }


def _show(call: Call) -> Response:
    return json_answer(project_json(call.gitlab, call.project))


def _list(call: Call) -> Response:
    gitlab = call.gitlab
    seen = [one for one in gitlab.store.projects.all() if gitlab.door.sees(call.caller, one)]
    return _answer(call, seen)


def _answer(call: Call, projects: Iterable[ProjectRow]) -> Response:
    listed, headers = paginate(call, chosen_projects(call, projects))
    found = [project_json(call.gitlab, one) for one in listed]
    if call.given["simple"]:
        found = [{key: body[key] for key in _SIMPLE} for body in found]
    return json_answer(found, headers=headers)


def _show_group(call: Call) -> Response:
    return json_answer(group_json(call.gitlab, call.group))


def _list_groups(call: Call) -> Response:
    top = call.given["top_level_only"]
    groups = call.gitlab.store.projects.namespaces()
    return _answer_groups(call, (one for one in groups if not top or "/" not in one.path))


def _answer_groups(call: Call, groups: Iterable[NamespaceRow]) -> Response:
    listed, headers = paginate(call, chosen_groups(call, groups))
    return json_answer([group_json(call.gitlab, one) for one in listed], headers=headers)


def _list_subgroups(call: Call) -> Response:
    groups, above = call.gitlab.store.projects.namespaces(), call.group.path.casefold()
    return _answer_groups(
        call, (one for one in groups if one.path.casefold().rpartition("/")[0] == above)
    )


def _list_descendants(call: Call) -> Response:
    groups, above = call.gitlab.store.projects.namespaces(), f"{call.group.path.casefold()}/"
    return _answer_groups(call, (one for one in groups if one.path.casefold().startswith(above)))


def _list_group_projects(call: Call) -> Response:
    deep = call.given["include_subgroups"]
    return _answer(
        call, (one for one in call.projects if deep or one.namespace_id == call.group.id)
    )


_SIMPLE = (
    *("id", "description", "name", "name_with_namespace", "path", "path_with_namespace"),
    *("created_at", "default_branch", "tag_list", "topics", "http_url_to_repo", "web_url"),
    *("readme_url", "avatar_url", "namespace"),
)
"""The fields of a project with `simple`."""


def _of_groups(
    answer: Callable[[Call], Response], says: str, scope: Literal["instance", "group"], *own: Param
) -> Endpoint:
    return Endpoint(
        answer=answer, accepts="user", scope=scope, params=(*GROUPS, *own), paged=True, says=says
    )


ROUTES = (
    route(
        "GET api/v4/projects",
        Endpoint(
            answer=_list,
            accepts="user",
            scope="instance",
            params=OF_ALL,
            paged=True,
            says="The projects that the caller may see.",
        ),
    ),
    # No job token may read a project, and glab goes on without.
    route(
        "GET api/v4/projects/:id",
        Endpoint(answer=_show, accepts="user", lenient=True, says="A project."),
    ),
    route(
        "GET api/v4/groups",
        _of_groups(
            _list_groups,
            "The groups that the caller may see.",
            "instance",
            Param(name="top_level_only", kind="boolean", says="Only those in no other group."),
        ),
    ),
    route(
        "GET api/v4/groups/:id",
        Endpoint(answer=_show_group, accepts="user", scope="group", says="A group."),
    ),
    route(
        "GET api/v4/groups/:id/projects",
        Endpoint(
            answer=_list_group_projects,
            accepts="user",
            scope="group",
            params=(
                *OF_GROUP,
                Param(name="include_subgroups", kind="boolean", says="Those of subgroups too."),
            ),
            paged=True,
            says="The projects of a group.",
        ),
    ),
    route(
        "GET api/v4/groups/:id/subgroups",
        _of_groups(_list_subgroups, "The groups right below a group.", "group"),
    ),
    route(
        "GET api/v4/groups/:id/descendant_groups",
        _of_groups(_list_descendants, "All groups below a group.", "group"),
    ),
)
