"""Releases: list, show, create in GitLab's order of checks, update, delete, permalinks."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from gluv.server import links
from gluv.server.answers import (
    json_answer,
    no_record,
    not_found,
    parameter_error,
    redirect,
    refused,
    said,
)
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.declared import Param, declared
from gluv.server.links import LINK_TYPES, find_release, link_faults, path_param
from gluv.server.pagination import paginate
from gluv.server.protection import may_create_tag, release_to_change
from gluv.server.release_json import link_url, release_json
from gluv.server.repository import is_sha, is_valid_tag
from gluv.server.routing import route
from gluv.server.tags import find_tag
from gluv.store import ReleaseRow
from gluv.store.releases import LinkTaken, NewLink, ReleaseTaken


def _list(call: Call) -> Response:
    given = call.given
    order, before, after = given["order_by"], given["updated_before"], given["updated_after"]
    rows = [
        row
        for row in call.gitlab.store.releases.of_projects(call.project_ids)
        if (before is None or row.updated_at < before) and (after is None or row.updated_at > after)
    ]
    rows.sort(
        key=lambda row: (row.created_at if order == "created_at" else row.released_at, row.id),
        reverse=given["sort"] != "asc",
    )
    return _answer_list(call, rows)


def _group_list(call: Call) -> Response:
    rows = call.gitlab.store.releases.of_projects(call.project_ids)
    return _answer_list(call, rows[::-1] if call.given["sort"] == "asc" else rows)


def _answer_list(call: Call, rows: Sequence[ReleaseRow]) -> Response:
    listed, headers = paginate(call, rows)
    projects = {project.id: project for project in call.projects}
    found = [release_json(call, projects[row.project_id], row) for row in listed]
    if call.given.get("simple"):
        kept = ("tag_name", "name", "description", "created_at", "released_at", "upcoming_release")
        found = [{key: value for key, value in body.items() if key in kept} for body in found]
    return json_answer(found, headers=headers)


def _show(call: Call) -> Response:
    return json_answer(release_json(call, call.project, find_release(call)))


def _create(call: Call) -> Response:
    given, gitlab, project = call.given, call.gitlab, call.project
    new_links = _read_links(given["assets"])
    _refuse_both(given)
    tag_name = given["tag_name"]
    if not may_create_tag(call, tag_name):
        raise said(403, "You are not allowed to create this tag as it is protected.")
    if gitlab.store.releases.find(project.id, tag_name) is not None:
        raise said(409, "Release already exists")
    _refuse_milestones(given)
    tag, new_tag_message = find_tag(gitlab, project, tag_name), None
    if tag is not None:
        sha = tag.sha
    else:
        sha, new_tag_message = _new_tag(call, tag_name), given["tag_message"] or ""
    _check_links(new_links)
    try:
        release = gitlab.store.releases.create(
            project_id=project.id,
            tag=tag_name,
            name=given["name"] or tag_name,
            description=given["description"] or "",
            sha=sha,
            author=call.caller.user.username if call.caller.user is not None else "",
            released_at=given["released_at"],
            links=new_links,
            new_tag_message=new_tag_message,
            job_id=call.caller.job.id if call.caller.job is not None else None,
        )
    except ReleaseTaken:
        raise said(409, "Release already exists") from None
    except LinkTaken as error:
        faults = ", ".join(
            f"Links {fault[0].lower()}{fault[1:]}" for fault in links.taken_faults(error)
        )
        raise said(400, f"Validation failed: {faults}") from None
    return json_answer(release_json(call, project, release), 201)


def _new_tag(call: Call, name: str) -> str:
    """The commit of a tag that the release is to create; the tag is kept here, not in git."""
    ref: str | None = call.given["ref"]
    if not ref:
        raise said(422, "Ref is not specified")
    if not is_valid_tag(name):
        raise said(400, "Tag name invalid")
    sha = call.gitlab.repository(call.project).resolve(ref)
    if sha is None and not call.project.checkout and is_sha(ref):
        # Nothing is here to look it up in; a job says so of the commit that it runs for.
        return ref
    if sha is None:
        raise said(400, f"Target {ref} is invalid")
    return sha


def _refuse_both(given: dict[str, Any]) -> None:
    if given["milestones"] and given["milestone_ids"]:
        raise parameter_error(
            "milestones, milestone_ids Cannot specify milestones and milestone_ids at the same time"
        )


def _refuse_milestones(given: dict[str, Any]) -> None:
    # This GitLab has no milestones, so each one that is named does not exist.
    for field, what in (("milestones", "Milestone(s)"), ("milestone_ids", "Milestone id(s)")):
        if given[field]:
            raise said(400, f"{what} not found: {', '.join(given[field])}")


def _read_links(assets: Any) -> tuple[NewLink, ...]:
    """The links of `assets[links]`. Raises `Refused` (400) for what is no list of links."""
    if assets is None or assets == "":
        return ()
    listed = assets.get("links") or [] if isinstance(assets, dict) else None
    if not isinstance(listed, list):
        raise parameter_error("assets is invalid" if listed is None else "assets[links] is invalid")
    found = []
    for index, link in enumerate(listed):
        place = f"assets[links][{index}]"
        if not isinstance(link, dict):
            raise parameter_error(f"{place} is invalid")
        given = declared(links.FIELDS, link, place)
        kind = given["link_type"] or "other"
        if kind not in LINK_TYPES:
            raise said(400, f"'{kind}' is not a valid link_type")
        found.append(
            NewLink(
                name=given["name"], url=given["url"], filepath=path_param(given), link_type=kind
            )
        )
    return tuple(found)


def _check_links(new_links: Sequence[NewLink]) -> None:
    faults = [
        f"Links {fault[0].lower()}{fault[1:]}"
        for link in new_links
        for fault in link_faults(link.name, link.url, link.filepath)
    ]
    for field in ("name", "url", "filepath"):
        values = [value for link in new_links if (value := getattr(link, field)) is not None]
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            faults.append(f"Links have duplicate values ({', '.join(twice)})")
    if faults:
        raise said(400, "Validation failed: " + ", ".join(faults))


def _of_tag(call: Call) -> ReleaseRow:
    """The release to change. GitLab asks whether one may change it before it asks for it."""
    return release_to_change(call, missing=refused(403))


def _update(call: Call) -> Response:
    release, store, given = _of_tag(call), call.gitlab.store, call.given
    changed = {name: given[name] for name in ("name", "description", "released_at")}
    _refuse_both(given)
    told = {*changed, "milestones", "milestone_ids"}
    if not any(call.params.get(name) is not None for name in told):
        raise said(400, "params is empty")
    _refuse_milestones(given)
    store.releases.update(release.id, **changed)
    found = store.releases.find(release.project_id, release.tag)
    if found is None:
        raise refused(403)
    return json_answer(release_json(call, call.project, found))


def _delete(call: Call) -> Response:
    release = _of_tag(call)
    body = release_json(call, call.project, release)
    call.gitlab.store.releases.delete(release.id)
    return json_answer(body)


def _download(call: Call) -> Response:
    target = asset_target(call.gitlab, find_release(call), call.given["direct_asset_path"])
    return redirect(target, call.request)


def asset_target(gitlab: Gitlab, release: ReleaseRow, path: str) -> str:
    """Where the direct asset path of a release leads, or 404."""
    for link in gitlab.store.releases.links_of(release.id):
        if link.filepath == f"/{path}":
            return link_url(gitlab, link)
    raise no_record()


def _latest(call: Call) -> Response:
    newest = next(iter(call.gitlab.store.releases.of_projects(call.project_ids)), None)
    if newest is None:
        raise not_found()
    target = f"/api/v4/projects/{call.project.id}/releases/{quote(newest.tag, safe='')}"
    if suffix := call.given["suffix_path"]:
        target += f"/{quote(suffix)}"
    query = [pair for pair in call.request.query_params.multi_items() if pair[0] != "order_by"]
    return redirect(target + (f"?{urlencode(query)}" if query else ""), call.request)


_RELEASES = "api/v4/projects/:id/releases"
_SORT = Param(name="sort", values=("desc", "asc"))
_HTML = Param(name="include_html_description", kind="boolean", says="With the description as HTML.")
_CHANGED = (
    Param(name="name", says="Its title; the tag by default."),
    Param(name="description", says="Markdown."),
    Param(name="released_at", kind="datetime"),
    Param(name="milestones", kind="strings", says="There are none: naming one is refused."),
    Param(name="milestone_ids", kind="strings", says="There are none: naming one is refused."),
)
_SUFFIX = Param(name="suffix_path", kind="path", says="Goes on below the release.")


def _read_code(answer: Any, says: str, *params: Param, status: int = 200) -> Endpoint:
    return Endpoint(answer=answer, needs="read_code", params=params, says=says, status=status)


def _write(answer: Any, says: str, *params: Param, status: int = 200) -> Endpoint:
    return Endpoint(answer=answer, needs="create_release", params=params, says=says, status=status)


ROUTES = (
    route(
        f"GET {_RELEASES}",
        Endpoint(
            answer=_list,
            needs="read_release",
            params=(
                Param(name="order_by", values=("released_at", "created_at")),
                _SORT,
                _HTML,
                Param(name="updated_before", kind="datetime"),
                Param(name="updated_after", kind="datetime"),
            ),
            paged=True,
            says="The releases of a project.",
        ),
    ),
    route(
        f"POST {_RELEASES}",
        _write(
            _create,
            "Make a release.",
            Param(name="tag_name", required=True),
            Param(name="tag_message"),
            Param(name="ref", says="What a tag that is not there is made of."),
            Param(name="assets", kind="object", fields={"links": links.FIELDS}),
            *_CHANGED,
            status=201,
        ),
    ),
    route(
        f"GET {_RELEASES}/permalink/latest",
        _read_code(_latest, "To the newest release.", _SUFFIX, status=302),
    ),
    route(
        f"GET {_RELEASES}/permalink/latest/*suffix_path",
        _read_code(_latest, "To something of the newest release.", _SUFFIX, status=302),
    ),
    route(f"GET {_RELEASES}/:tag_name", _read_code(_show, "A release.", _HTML)),
    route(f"PUT {_RELEASES}/:tag_name", _write(_update, "Change a release.", *_CHANGED)),
    route(f"DELETE {_RELEASES}/:tag_name", _write(_delete, "Remove a release; its tag stays.")),
    route(
        f"GET {_RELEASES}/:tag_name/downloads/*direct_asset_path",
        _read_code(
            _download,
            "To where a link with this path leads.",
            Param(name="direct_asset_path", kind="path", required=True),
            status=302,
        ),
    ),
    route(
        "GET api/v4/groups/:id/releases",
        Endpoint(
            answer=_group_list,
            accepts="user",
            scope="group",
            needs="read_release",
            params=(_SORT, Param(name="simple", kind="boolean", says="Fewer fields.")),
            paged=True,
            says="The releases of a group.",
        ),
    ),
    *links.ROUTES,
)
