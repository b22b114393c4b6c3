"""Projects and groups as the API shows them."""

from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer, timestamp
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.declared import Param
from gluv.server.pagination import paginate
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
        "parent_id": above[-1].id if above else None,
        "created_at": timestamp(group.created_at),
    }


def _show(call: Call) -> Response:
    return json_answer(project_json(call.gitlab, call.project))


def _list(call: Call) -> Response:
    gitlab, search = call.gitlab, (call.given["search"] or "").casefold()
    seen = [
        one
        for one in gitlab.store.projects.all()
        if gitlab.door.sees(call.caller, one) and search in one.path.casefold()
    ]
    listed, headers = paginate(call, seen[::-1])
    return json_answer([project_json(gitlab, one) for one in listed], headers=headers)


def _show_group(call: Call) -> Response:
    return json_answer(group_json(call.gitlab, call.group))


def _list_groups(call: Call) -> Response:
    gitlab, search = call.gitlab, (call.given["search"] or "").casefold()
    seen = [
        one
        for one in gitlab.store.projects.namespaces()
        if one.kind == "group"
        and search in one.path.casefold()
        and gitlab.door.sees_group(call.caller, one, gitlab.store.projects.below(one))
    ]
    listed, headers = paginate(call, seen)
    return json_answer([group_json(gitlab, one) for one in listed], headers=headers)


def _list_group_projects(call: Call) -> Response:
    deep = call.given["include_subgroups"]
    found = [one for one in call.projects if deep or one.namespace_id == call.group.id]
    listed, headers = paginate(call, found[::-1])
    return json_answer([project_json(call.gitlab, one) for one in listed], headers=headers)


_SEARCH = Param(name="search", says="Part of the path.")

ROUTES = (
    route(
        "GET api/v4/projects",
        Endpoint(
            answer=_list,
            accepts="user",
            scope="instance",
            params=(_SEARCH,),
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
        Endpoint(
            answer=_list_groups,
            accepts="user",
            scope="instance",
            params=(_SEARCH,),
            paged=True,
            says="The groups that the caller may see.",
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
                Param(name="include_subgroups", kind="boolean", says="Those of subgroups too."),
            ),
            paged=True,
            says="The projects of a group.",
        ),
    ),
)
