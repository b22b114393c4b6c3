"""The web pages: what a person sees of the project, its packages, releases and jobs."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import RedirectResponse, Response

from gluv.server.answers import Refused, not_found
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.joblog import SHOWN_BYTES, plain_text, read_log
from gluv.server.packages import project_base
from gluv.server.release_json import direct_asset_url, link_url
from gluv.server.releases import asset_target
from gluv.server.roles import Ability
from gluv.server.routing import Route
from gluv.store import JobRow, PipelineRow, ProjectRow

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def not_found_page(gitlab: Gitlab) -> Response:
    """404 for a person."""
    return _page(gitlab, None, "missing.html", 404)


def _guarded(page: Callable[[Call], Response], ability: Ability) -> Callable[[Call], Response]:
    """A page of a project that is shown only to who may, by a token as the password of any user."""

    def answer(call: Call) -> Response:
        gitlab, caller = call.gitlab, call.caller
        project = gitlab.find_project(call.path["project"])
        if project is None:
            return not_found_page(gitlab)
        if not gitlab.door.may(caller, ability, project):
            if not caller.anonymous:
                return not_found_page(gitlab)
            headers = {**_HEADERS, "WWW-Authenticate": 'Basic realm="GitLab"'}
            return _page(gitlab, None, "locked.html", 401, headers=headers)
        try:
            return page(msgspec.structs.replace(call, here=project, projects=(project,)))
        except Refused as refusal:
            if refusal.status == 404:
                return not_found_page(gitlab)
            raise

    return answer


def _home(call: Call) -> Response:
    gitlab = call.gitlab
    seen = [
        one
        for one in gitlab.store.projects.all()
        if gitlab.door.sees(call.caller, one) and one.path
    ]
    if len(seen) == 1:
        return RedirectResponse(_local(gitlab, seen[0], ""), 302)
    if not seen and call.caller.anonymous:
        headers = {**_HEADERS, "WWW-Authenticate": 'Basic realm="GitLab"'}
        return _page(gitlab, None, "locked.html", 401, headers=headers)
    return _page(gitlab, None, "projects.html", projects=seen)


def _project(call: Call) -> Response:
    gitlab, project = call.gitlab, call.project
    packages = gitlab.store.packages
    base = project_base(gitlab.settings, project)
    by_name: dict[str, list[Any]] = {}
    for row in packages.of_projects(call.project_ids):
        files = packages.files_of(row.id)
        if files:
            by_name.setdefault(row.normalised, []).insert(0, (row, files))
    return _page(
        gitlab,
        project,
        "project.html",
        packages=sorted(by_name.items()),
        index_url=f"{base}/simple",
        file_url=lambda file: f"{base}/files/{file.sha256}/{quote(file.name)}",
        releases=gitlab.store.releases.of_projects(call.project_ids)[:3],
        pipelines=gitlab.store.pipelines(5, project_id=project.id),
    )


def _releases(call: Call) -> Response:
    releases = call.gitlab.store.releases.of_projects(call.project_ids)
    return _page(call.gitlab, call.project, "releases.html", releases=releases)


def _release(call: Call) -> Response:
    gitlab = call.gitlab
    release = gitlab.store.releases.find(call.project.id, call.path["tag"])
    if release is None:
        return not_found_page(gitlab)
    links = [
        (link, direct_asset_url(gitlab, call.project, release.tag, link), link_url(gitlab, link))
        for link in reversed(gitlab.store.releases.links_of(release.id))
    ]
    return _page(gitlab, call.project, "release.html", release=release, links=links)


def _latest(call: Call) -> Response:
    newest = next(iter(call.gitlab.store.releases.of_projects(call.project_ids)), None)
    if newest is None:
        return not_found_page(call.gitlab)
    suffix = call.path.get("suffix")
    target = _local(call.gitlab, call.project, f"/-/releases/{quote(newest.tag, safe='')}")
    return RedirectResponse(target + (f"/{quote(suffix)}" if suffix else ""), 302)


def _download(call: Call) -> Response:
    release = call.gitlab.store.releases.find(call.project.id, call.path["tag"])
    if release is None:
        return not_found_page(call.gitlab)
    return RedirectResponse(asset_target(call.gitlab, release, call.path["filepath"]), 302)


def _pipelines(call: Call) -> Response:
    store = call.gitlab.store
    found = [
        (row, store.jobs_of(row.id)) for row in store.pipelines(50, project_id=call.project.id)
    ]
    return _page(call.gitlab, call.project, "pipelines.html", pipelines=found)


def _pipeline(call: Call) -> Response:
    store = call.gitlab.store
    row = store.pipeline(_number(call.path["pipeline"]))
    if row is None or row.project_id != call.project.id:
        return not_found_page(call.gitlab)
    return _page(
        call.gitlab, call.project, "pipelines.html", pipelines=[(row, store.jobs_of(row.id))]
    )


def _job(call: Call) -> Response:
    gitlab = call.gitlab
    job, pipeline = _find_job(call)
    log, cut = _log(gitlab, job.id, SHOWN_BYTES)
    return _page(
        gitlab,
        call.project,
        "job.html",
        job=job,
        pipeline=pipeline,
        sections=read_log(log),
        cut=cut,
    )


def _raw(call: Call) -> Response:
    job, _ = _find_job(call)
    log, _ = _log(call.gitlab, job.id, None)
    return Response(plain_text(log) + "\n", media_type="text/plain", headers=_HEADERS)


def _find_job(call: Call) -> tuple[JobRow, PipelineRow]:
    store = call.gitlab.store
    job = store.job(_number(call.path["job"]))
    pipeline = store.pipeline(job.pipeline_id) if job is not None else None
    if job is None or pipeline is None or pipeline.project_id != call.project.id:
        raise not_found()
    return job, pipeline


def _log(gitlab: Gitlab, job_id: int, limit: int | None) -> tuple[str, bool]:
    """The end of a job's log and whether its beginning was left out."""
    try:
        with gitlab.store.log_path(job_id).open("rb") as file:
            size = file.seek(0, 2)
            cut = limit is not None and size > limit
            file.seek(size - limit if cut and limit is not None else 0)
            if cut:
                file.readline()
            return file.read().decode("utf-8", "replace"), cut
    except FileNotFoundError:
        return "", False


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def _local(gitlab: Gitlab, project: ProjectRow, path: str) -> str:
    """A path below the project's page, without the host: pages work under any name."""
    return urlsplit(gitlab.settings.project_url(project)).path + path


def _page(
    gitlab: Gitlab,
    project: ProjectRow | None,
    template: str,
    status: int = 200,
    *,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    root = "/" if project is None else _local(gitlab, project, "")
    text = _templates().get_template(template).render(project=project, root=root, **values)
    return Response(text, status, headers or _HEADERS, media_type="text/html")


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("gluv.server"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["span"] = _span
    environment.filters["bytes"] = _bytes
    environment.filters["segment"] = lambda text: quote(text, safe="")
    return environment


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


def _bytes(size: int) -> str:
    amount = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GiB"


_DASH = ("+project", "-")

_PAGES: tuple[tuple[tuple[str, ...], Callable[[Call], Response], Ability], ...] = (
    (("+project",), _project, "read_package"),
    ((*_DASH, "packages"), _project, "read_package"),
    ((*_DASH, "releases"), _releases, "read_release"),
    ((*_DASH, "releases", "permalink", "latest"), _latest, "read_release"),
    ((*_DASH, "releases", "permalink", "latest", "*suffix"), _latest, "read_release"),
    ((*_DASH, "releases", ":tag"), _release, "read_release"),
    ((*_DASH, "releases", ":tag", "downloads", "*filepath"), _download, "read_release"),
    ((*_DASH, "pipelines"), _pipelines, "read_build"),
    ((*_DASH, "pipelines", ":pipeline"), _pipeline, "read_build"),
    ((*_DASH, "jobs", ":job"), _job, "read_build"),
    ((*_DASH, "jobs", ":job", "raw"), _raw, "read_build"),
)

ROUTES = (
    Route(
        method="GET",
        pattern=(),
        target=Endpoint(answer=_home, accepts="packages", scope="instance"),
    ),
    *(
        Route(
            method="GET",
            pattern=pattern,
            target=Endpoint(answer=_guarded(page, ability), accepts="packages", scope="instance"),
        )
        for pattern, page, ability in _PAGES
    ),
)
