"""Which page is where: the addresses are GitLab's own."""

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gluv.server.access import NOBODY
from gluv.server.answers import Refused, not_found
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.pages import (
    artifacts,
    commits,
    front,
    job,
    live,
    overview,
    package_files,
    packages,
    pipeline,
    pipelines,
    releases,
    statics,
)
from gluv.server.pages.guard import answered, for_people, locked, missing, of_group, of_project
from gluv.server.pages.page import Page, View, answer
from gluv.server.roles import Ability
from gluv.server.routing import Route, Routes, raw_path

_DASH = ("+project", "-")
_JOB = (*_DASH, "jobs", ":job")
_RELEASES = (*_DASH, "releases")

_OF_PROJECT: tuple[tuple[tuple[str, ...], View, tuple[Ability, ...]], ...] = (
    ((*_DASH, "packages"), packages.of_project, ("read_package",)),
    ((*_DASH, "packages", ":package"), packages.one, ("read_package",)),
    ((*_DASH, "package_files", ":file", "download"), package_files.download, ("read_package",)),
    ((*_DASH, "commit", ":sha"), commits.commit, ("read_code",)),
    ((*_DASH, "tags", ":tag"), commits.tag, ("read_code",)),
    ((*_DASH, "tree", "*ref"), commits.branch, ("read_code",)),
    ((*_DASH, "archive", "*rest"), for_people(commits.archive), ("read_code",)),
    (_RELEASES, releases.listed, ("read_release",)),
    ((*_RELEASES, "permalink", "latest"), releases.latest, ("read_code",)),
    ((*_RELEASES, "permalink", "latest", "*suffix"), releases.latest, ("read_code",)),
    ((*_RELEASES, ":tag"), releases.one, ("read_code",)),
    ((*_RELEASES, ":tag", "edit"), releases.edit, ("create_release",)),
    ((*_RELEASES, ":tag", "downloads", "*filepath"), releases.download, ("read_code",)),
    ((*_DASH, "pipelines"), for_people(pipelines.view), ("read_build",)),
    ((*_DASH, "pipelines", ":pipeline"), for_people(pipeline.view), ("read_build",)),
    (_JOB, for_people(job.view), ("read_build",)),
    ((*_JOB, "raw"), for_people(job.raw), ("read_build",)),
    ((*_JOB, "lines", ":first"), for_people(job.lines), ("read_build",)),
    ((*_JOB, "artifacts", "browse"), artifacts.browse, ("read_build",)),
    ((*_JOB, "artifacts", "browse", "*path"), artifacts.browse, ("read_build",)),
    ((*_JOB, "artifacts", "file", "*path"), artifacts.file, ("read_build",)),
    ((*_JOB, "artifacts", "raw", "*path"), artifacts.raw, ("read_build",)),
    ((*_JOB, "artifacts", "download"), artifacts.download, ("read_build",)),
    (("+project",), overview.project, ("read_project", "read_package")),
)

_VIEWS: tuple[tuple[tuple[str, ...], View], ...] = (
    ((), front.front),
    (("groups", "+group"), of_group(overview.group, "read_project")),
    (("groups", "+group", "-", "packages"), of_group(packages.of_group, "read_package")),
    *((pattern, of_project(view, *needs)) for pattern, view, needs in _OF_PROJECT),
)


def _route(pattern: tuple[str, ...], respond: Callable[[Call], Response]) -> Route:
    # Deploy tokens and Basic are taken as on the package routes: a browser has nothing else.
    endpoint = Endpoint(answer=respond, accepts="packages", scope="instance")
    return Route(method="GET", pattern=pattern, target=endpoint)


def _live(call: Call) -> Response:
    """The stream of the page whose path follows."""
    path = raw_path(call.request.scope).partition(b"?")[0].removeprefix(b"/-/live")
    found = _PAGES.find("GET", path)
    if found is None:
        raise not_found()
    view, parts = found[:2]
    return live.stream(msgspec.structs.replace(call, path=parts), view)


_PAGES = Routes(Route(method="GET", pattern=pattern, target=view) for pattern, view in _VIEWS)

ROUTES = (
    _route(("-", "static", ":hash", ":name"), statics.answer),
    _route(("-", "live"), _live),
    _route(("-", "live", "*page"), _live),
    *(_route(pattern, answered(view)) for pattern, view in _VIEWS),
)


def not_found_page(gitlab: Gitlab, request: Request) -> Response:
    """404 for a person whose path leads nowhere."""
    call = Call(gitlab=gitlab, request=request, path={}, params={}, caller=NOBODY)
    # Nobody was asked who this is.
    page = msgspec.structs.replace(missing(), values={"offers_sign_in": False})
    return answer(call, page)


def refused_page(gitlab: Gitlab, request: Request, refusal: Refused) -> Response:
    """A refusal for a person; a token that opens nothing may be replaced by another one."""
    call = Call(gitlab=gitlab, request=request, path={}, params={}, caller=NOBODY)
    match refusal.status:
        case 401 | 403:
            page = locked("The token that your browser sent opens nothing here.")
        case _:
            page = Page(template="refused.html", status=refusal.status, headers=refusal.headers)
    return answer(call, page)
