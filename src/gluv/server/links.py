"""Release links: GitLab's checks of a link, and the links endpoints."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, parameter_error, said
from gluv.server.call import Call, Endpoint
from gluv.server.pagination import paginate
from gluv.server.params import one_of, required, text
from gluv.server.release_json import link_json
from gluv.server.routing import route
from gluv.store import LinkRow, ReleaseRow
from gluv.store.releases import LinkTaken, NewLink

LINK_TYPES = ("other", "runbook", "image", "package")
_MAX_FILEPATH = 128


def link_faults(name: str, url: str, filepath: str | None) -> list[str]:
    """Everything GitLab's model finds wrong with a link, a sentence each."""
    faults = []
    if not url.strip():
        faults.append("Url can't be blank")
    elif not _is_url(url):
        faults.append("Url is blocked: Only allowed schemes are http, https, ftp")
    if not name.strip():
        faults.append("Name can't be blank")
    if filepath is not None:
        if not _is_filepath(filepath):
            faults.append("Filepath is invalid")
        if len(filepath) > _MAX_FILEPATH:
            faults.append(f"Filepath is too long (maximum is {_MAX_FILEPATH} characters)")
    return faults


def taken_faults(error: LinkTaken) -> list[str]:
    """GitLab's sentences for what a release already has."""
    return [f"{field.capitalize()} has already been taken" for field in error.fields]


def path_param(params: dict[str, Any]) -> str | None:
    """The direct asset path of a link; `direct_asset_path` wins over the older `filepath`."""
    return text(params, "direct_asset_path") or text(params, "filepath") or None


def find_release(call: Call) -> ReleaseRow:
    """The release of the path's tag, or 404."""
    release = call.gitlab.store.releases.find(call.project.id, call.path["tag"])
    if release is None:
        raise not_found()
    return release


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https", "ftp") and bool(parts.hostname)
    except ValueError:
        return False


def _is_filepath(path: str) -> bool:
    # GitLab's pattern is `/(?:[-.\w]+/?)*[\da-zA-Z]+`; this is the same set of paths without its
    # backtracking: a slash, no two slashes together, a letter or digit at the end.
    return re.fullmatch(r"/[\-.\w/]*[\da-zA-Z]", path, re.ASCII) is not None and "//" not in path


def _list(call: Call) -> Response:
    release = find_release(call)
    links, headers = paginate(call, call.gitlab.store.releases.links_of(release.id))
    return json_answer(
        [link_json(call.gitlab, call.project, release.tag, link) for link in links], headers=headers
    )


def _create(call: Call) -> Response:
    release = find_release(call)
    required(call.params, "name", "url")
    kind = one_of(call.params, "link_type", LINK_TYPES)
    name, url = text(call.params, "name") or "", text(call.params, "url") or ""
    link = NewLink(name=name, url=url, filepath=path_param(call.params), link_type=kind or "other")
    faults = link_faults(name, url, link.filepath)
    if faults:
        raise said(400, faults)
    try:
        row = call.gitlab.store.releases.add_link(release.id, link)
    except LinkTaken as error:
        raise said(400, taken_faults(error)) from None
    return json_answer(link_json(call.gitlab, call.project, release.tag, row), 201)


def _find(call: Call) -> tuple[ReleaseRow, LinkRow]:
    release = find_release(call)
    if not call.path["link"].isdecimal():
        raise parameter_error("link_id is invalid")
    for link in call.gitlab.store.releases.links_of(release.id):
        if str(link.id) == call.path["link"]:
            return release, link
    raise not_found()


def _show(call: Call) -> Response:
    release, link = _find(call)
    return json_answer(link_json(call.gitlab, call.project, release.tag, link))


def _update(call: Call) -> Response:
    release, link = _find(call)
    params = call.params
    if params.get("name") is None and params.get("url") is None:
        raise parameter_error("name, url are missing, at least one parameter must be provided")
    name, url, filepath = text(params, "name"), text(params, "url"), path_param(params)
    changed = msgspec.structs.replace(
        link,
        name=link.name if name is None else name,
        url=link.url if url is None else url,
        filepath=link.filepath if filepath is None else filepath,
        link_type=one_of(params, "link_type", LINK_TYPES) or link.link_type,
    )
    faults = link_faults(changed.name, changed.url, changed.filepath)
    if faults:
        raise said(400, faults)
    try:
        call.gitlab.store.releases.change_link(changed)
    except LinkTaken as error:
        raise said(400, taken_faults(error)) from None
    return json_answer(link_json(call.gitlab, call.project, release.tag, changed))


def _delete(call: Call) -> Response:
    release, link = _find(call)
    call.gitlab.store.releases.delete_link(link.id)
    return json_answer(link_json(call.gitlab, call.project, release.tag, link))


_LINKS = "api/v4/projects/:id/releases/:tag/assets/links"

ROUTES = (
    route(f"GET {_LINKS}", Endpoint(answer=_list, needs="read_release")),
    route(f"POST {_LINKS}", Endpoint(answer=_create, needs="create_release")),
    route(f"GET {_LINKS}/:link", Endpoint(answer=_show, needs="read_release")),
    route(f"PUT {_LINKS}/:link", Endpoint(answer=_update, needs="create_release")),
    route(f"DELETE {_LINKS}/:link", Endpoint(answer=_delete, needs="create_release")),
)
