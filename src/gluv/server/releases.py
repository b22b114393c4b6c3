"""Releases: list, show, create in GitLab's order of checks, update, delete, permalinks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from gluv.server import links
from gluv.server.answers import json_answer, not_found, parameter_error, redirect, said
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.links import LINK_TYPES, find_release, link_faults, path_param
from gluv.server.pagination import paginate
from gluv.server.params import one_of, required, text
from gluv.server.release_json import link_url, release_json
from gluv.server.routing import route
from gluv.server.tags import find_tag
from gluv.store import ReleaseRow, Store
from gluv.store.releases import LinkTaken, NewLink, ReleaseTaken


def _list(call: Call) -> Response:
    order = one_of(call.params, "order_by", ("released_at", "created_at")) or "released_at"
    sort = one_of(call.params, "sort", ("asc", "desc")) or "desc"
    found = sorted(
        call.gitlab.store.releases.of_projects(call.project_ids),
        key=lambda row: (getattr(row, order), row.id),
        reverse=sort == "desc",
    )
    listed, headers = paginate(call, found)
    projects = {project.id: project for project in call.projects}
    return json_answer(
        [release_json(call.gitlab, projects[row.project_id], row) for row in listed],
        headers=headers,
    )


def _show(call: Call) -> Response:
    return json_answer(release_json(call.gitlab, call.project, find_release(call)))


def _create(call: Call) -> Response:
    params, gitlab, project = call.params, call.gitlab, call.project
    required(params, "tag_name")
    new_links = read_links(params)
    released_at = _time(params, "released_at")
    if params.get("milestones") and params.get("milestone_ids"):
        raise parameter_error(
            "milestones, milestone_ids Cannot specify milestones and milestone_ids at the same time"
        )
    tag_name = text(params, "tag_name") or ""
    if gitlab.store.releases.find(project.id, tag_name) is not None:
        raise said(409, "Release already exists")
    _refuse_milestones(params)
    tag, new_tag_message = find_tag(gitlab, project, tag_name), None
    if tag is not None:
        sha = tag.sha
    else:
        sha, new_tag_message = _new_tag(call, tag_name), text(params, "tag_message") or ""
    _check_links(new_links)
    try:
        release = gitlab.store.releases.create(
            project_id=project.id,
            tag=tag_name,
            name=text(params, "name") or tag_name,
            description=text(params, "description") or "",
            sha=sha,
            author=call.caller.user.username if call.caller.user is not None else "",
            released_at=released_at,
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
    return json_answer(release_json(gitlab, project, release), 201)


def _new_tag(call: Call, name: str) -> str:
    """The commit of a tag that the release is to create; the tag is kept here, not in git."""
    ref = text(call.params, "ref")
    if not ref:
        raise said(422, "Ref is not specified")
    repository = call.gitlab.repository(call.project)
    if not repository.is_valid_tag(name):
        raise said(400, "Tag name invalid")
    sha = repository.resolve(ref)
    if sha is None:
        raise said(400, f"Target {ref} is invalid")
    return sha


def _refuse_milestones(params: dict[str, Any]) -> None:
    # This GitLab has no milestones, so each one that is named does not exist.
    for field, what in (("milestones", "Milestone(s)"), ("milestone_ids", "Milestone id(s)")):
        given = params.get(field)
        if not isinstance(given, None | str | list):
            raise parameter_error(f"{field} is invalid")
        names = given.split(",") if isinstance(given, str) and given else list(given or ())
        if names:
            raise said(400, f"{what} not found: {', '.join(map(str, names))}")


def read_links(params: dict[str, Any]) -> tuple[NewLink, ...]:
    """The links of `assets[links]`. Raises `Refused` (400) for what is no list of links."""
    assets = params.get("assets")
    if assets is None or assets == "":
        return ()
    given = assets.get("links", []) if isinstance(assets, dict) else None
    if not isinstance(given, list):
        raise parameter_error("assets is invalid" if given is None else "assets[links] is invalid")
    found = []
    for index, link in enumerate(given):
        if not isinstance(link, dict):
            raise parameter_error(f"assets[links][{index}] is invalid")
        missing = [key for key in ("name", "url") if link.get(key) is None]
        if missing:
            raise parameter_error(
                ", ".join(f"assets[links][{index}][{key}] is missing" for key in missing)
            )
        kind = text(link, "link_type") or "other"
        if kind not in LINK_TYPES:
            raise said(400, f"'{kind}' is not a valid link_type")
        found.append(
            NewLink(
                name=text(link, "name") or "",
                url=text(link, "url") or "",
                filepath=path_param(link),
                link_type=kind,
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


def _update(call: Call) -> Response:
    release, store = find_release(call), call.gitlab.store
    released_at = _time(call.params, "released_at")
    name, description = text(call.params, "name"), text(call.params, "description")
    milestones = call.params.get("milestones"), call.params.get("milestone_ids")
    if name is None and description is None and released_at is None and milestones == (None, None):
        raise said(400, "params is empty")
    _refuse_milestones(call.params)
    store.releases.update(release.id, name=name, description=description, released_at=released_at)
    return json_answer(release_json(call.gitlab, call.project, _again(store, release)))


def _again(store: Store, release: ReleaseRow) -> ReleaseRow:
    found = store.releases.find(release.project_id, release.tag)
    if found is None:
        raise not_found()
    return found


def _delete(call: Call) -> Response:
    release = find_release(call)
    body = release_json(call.gitlab, call.project, release)
    call.gitlab.store.releases.delete(release.id)
    return json_answer(body)


def _download(call: Call) -> Response:
    return redirect(asset_target(call.gitlab, find_release(call), call.path["filepath"]))


def asset_target(gitlab: Gitlab, release: ReleaseRow, path: str) -> str:
    """Where the direct asset path of a release leads, or 404."""
    for link in gitlab.store.releases.links_of(release.id):
        if link.filepath == f"/{path}":
            return link_url(gitlab, link)
    raise not_found()


def _latest(call: Call) -> Response:
    newest = next(iter(call.gitlab.store.releases.of_projects(call.project_ids)), None)
    if newest is None:
        raise not_found()
    target = f"/api/v4/projects/{call.project.id}/releases/{quote(newest.tag, safe='')}"
    if call.path.get("suffix"):
        target += f"/{quote(call.path['suffix'])}"
    query = [pair for pair in call.request.query_params.multi_items() if pair[0] != "order_by"]
    return redirect(target + (f"?{urlencode(query)}" if query else ""))


def _time(params: dict[str, Any], name: str) -> float | None:
    """A parameter of type DateTime in seconds since the epoch; without a zone it is UTC."""
    given = text(params, name)
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        # The ends of the calendar cannot be shown in UTC again.
        datetime.fromtimestamp(seconds, UTC)
        return seconds
    except (ValueError, OverflowError):
        raise parameter_error(f"{name} is invalid") from None


def _group_list(call: Call) -> Response:
    if call.caller.job is not None:
        raise not_found("Group")
    return _list(call)


_RELEASES = "api/v4/projects/:id/releases"

ROUTES = (
    route(f"GET {_RELEASES}", Endpoint(answer=_list, needs="read_release")),
    route(f"POST {_RELEASES}", Endpoint(answer=_create, needs="create_release")),
    route(f"GET {_RELEASES}/permalink/latest", Endpoint(answer=_latest, needs="read_release")),
    route(
        f"GET {_RELEASES}/permalink/latest/*suffix", Endpoint(answer=_latest, needs="read_release")
    ),
    route(f"GET {_RELEASES}/:tag", Endpoint(answer=_show, needs="read_release")),
    route(f"PUT {_RELEASES}/:tag", Endpoint(answer=_update, needs="create_release")),
    route(f"DELETE {_RELEASES}/:tag", Endpoint(answer=_delete, needs="create_release")),
    route(
        f"GET {_RELEASES}/:tag/downloads/*filepath",
        Endpoint(answer=_download, needs="read_release"),
    ),
    route(
        "GET api/v4/groups/:id/releases",
        Endpoint(answer=_group_list, accepts="user", scope="group", needs="read_release"),
    ),
    *links.ROUTES,
)
