"""Release links: GitLab's checks of a link, and the links endpoints."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.responses import Response

from gluv.server.answers import Refused, json_answer, no_record, not_found, parameter_error, said
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.protection import release_to_change
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


def path_param(given: dict[str, Any]) -> str | None:
    """The direct asset path of a link; `direct_asset_path` wins over the older `filepath`."""
    return given["direct_asset_path"] or given["filepath"] or None


def find_release(call: Call, missing: Refused | None = None) -> ReleaseRow:
    """The release of the path's tag, or 404, in the words of `missing` if they differ."""
    release = call.gitlab.store.releases.find(call.project.id, call.path["tag_name"])
    if release is None:
        raise missing or not_found()
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
    release = find_release(call, no_record())
    links, headers = paginate(call, call.gitlab.store.releases.links_of(release.id))
    return json_answer(
        [link_json(call.gitlab, call.project, release.tag, link) for link in links], headers=headers
    )


def _create(call: Call) -> Response:
    release, given = release_to_change(call, missing=no_record()), call.given
    link = NewLink(
        name=given["name"],
        url=given["url"],
        filepath=path_param(given),
        link_type=given["link_type"] or "other",
    )
    faults = link_faults(link.name, link.url, link.filepath)
    if faults:
        raise said(400, faults)
    try:
        row = call.gitlab.store.releases.add_link(release.id, link)
    except LinkTaken as error:
        raise said(400, taken_faults(error)) from None
    return json_answer(link_json(call.gitlab, call.project, release.tag, row), 201)


def _find(call: Call) -> tuple[ReleaseRow, LinkRow]:
    release = find_release(call, no_record())
    for link in call.gitlab.store.releases.links_of(release.id):
        if link.id == call.given["link_id"]:
            return release, link
    raise no_record()


def _find_to_change(call: Call) -> tuple[ReleaseRow, LinkRow]:
    """As `_find`; GitLab asks whether one may change the release when it has found the link."""
    release, link = _find(call)
    release_to_change(call, missing=no_record())
    return release, link


def _show(call: Call) -> Response:
    release, link = _find(call)
    return json_answer(link_json(call.gitlab, call.project, release.tag, link))


def _update(call: Call) -> Response:
    name, url, filepath = call.given["name"], call.given["url"], path_param(call.given)
    if name is None and url is None:
        raise parameter_error("name, url are missing, at least one parameter must be provided")
    release, link = _find_to_change(call)
    changed = msgspec.structs.replace(
        link,
        name=link.name if name is None else name,
        url=link.url if url is None else url,
        filepath=link.filepath if filepath is None else filepath,
        # GitLab's parameter has this default when it changes a link too.
        link_type=call.given["link_type"] or "other",
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
    release, link = _find_to_change(call)
    call.gitlab.store.releases.delete_link(link.id)
    return json_answer(link_json(call.gitlab, call.project, release.tag, link))


FIELDS = (
    Param(name="name", required=True, says="Unique within the release."),
    Param(name="url", required=True, says="Unique within the release."),
    Param(name="direct_asset_path", says="A permanent path below the release."),
    Param(name="filepath", says="The older name of direct_asset_path."),
    Param(name="link_type", says="other, runbook, image or package."),
)
"""The parts of a link among others."""

_LINKS = "api/v4/projects/:id/releases/:tag_name/assets/links"
_ID = Param(name="link_id", kind="id", required=True)


_TYPE = Param(name="link_type", values=LINK_TYPES)
_CHANGED = (*(msgspec.structs.replace(field, required=False) for field in FIELDS[:-1]), _TYPE)

ROUTES = (
    route(
        f"GET {_LINKS}",
        Endpoint(answer=_list, needs="read_release", paged=True, says="The links of a release."),
    ),
    route(
        f"POST {_LINKS}",
        Endpoint(
            answer=_create,
            needs="create_release",
            params=(*FIELDS[:-1], _TYPE),
            says="Add a link.",
            status=201,
        ),
    ),
    route(
        f"GET {_LINKS}/:link_id",
        Endpoint(answer=_show, needs="read_release", params=(_ID,), says="A link."),
    ),
    route(
        f"PUT {_LINKS}/:link_id",
        Endpoint(
            answer=_update,
            needs="create_release",
            params=(_ID, *_CHANGED),
            says="Change a link.",
        ),
    ),
    route(
        f"DELETE {_LINKS}/:link_id",
        Endpoint(answer=_delete, needs="create_release", params=(_ID,), says="Remove a link."),
    ),
)
