"""The web pages: what a person sees of the project, its packages, releases and jobs."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import RedirectResponse, Response

from gluv.server.access import Caller
from gluv.server.answers import Refused
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.joblog import SHOWN_BYTES, plain_text, read_log
from gluv.server.packages import project_base
from gluv.server.release_json import direct_asset_url, link_url
from gluv.server.releases import asset_target
from gluv.server.routing import Route
from gluv.server.settings import ServerSettings

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def routes(settings: ServerSettings) -> tuple[Route, ...]:
    """The pages of one project."""
    project = tuple(settings.project.path.split("/"))
    dash = (*project, "-")
    pages: tuple[tuple[tuple[str, ...], Callable[[Call], Response]], ...] = (
        ((), _home),
        (project, _project),
        ((*dash, "packages"), _project),
        ((*dash, "releases"), _releases),
        ((*dash, "releases", "permalink", "latest"), _latest),
        ((*dash, "releases", "permalink", "latest", "*suffix"), _latest),
        ((*dash, "releases", ":tag"), _release),
        ((*dash, "releases", ":tag", "downloads", "*filepath"), _download),
        ((*dash, "pipelines"), _pipelines),
        ((*dash, "pipelines", ":pipeline"), _pipeline),
        ((*dash, "jobs", ":job"), _job),
        ((*dash, "jobs", ":job", "raw"), _raw),
    )
    return tuple(
        Route(
            method="GET",
            pattern=pattern,
            target=Endpoint(answer=_guarded(page), accepts="packages", scope="instance"),
        )
        for pattern, page in pages
    )


def not_found_page(gitlab: Gitlab) -> Response:
    """404 for a person."""
    return _page(gitlab, "missing.html", 404)


def _guarded(page: Callable[[Call], Response]) -> Callable[[Call], Response]:
    """A page that a private project shows only to a token, as the password of any user."""

    def answer(call: Call) -> Response:
        settings = call.gitlab.settings
        if _locked(settings, call.caller):
            headers = {**_HEADERS, "WWW-Authenticate": 'Basic realm="GitLab"'}
            return _page(call.gitlab, "locked.html", 401, headers=headers)
        try:
            return page(call)
        except Refused as refusal:
            if refusal.status == 404:
                return not_found_page(call.gitlab)
            raise

    return answer


def _locked(settings: ServerSettings, caller: Caller) -> bool:
    return settings.project.visibility != "public" and caller.anonymous


def _home(call: Call) -> Response:
    return RedirectResponse(_local(call.gitlab, ""), 302)


def _project(call: Call) -> Response:
    gitlab = call.gitlab
    packages = gitlab.store.packages
    base = project_base(gitlab.settings)
    by_name: dict[str, list[Any]] = {}
    for row in packages.all():
        files = packages.files_of(row.id)
        if files:
            by_name.setdefault(row.normalised, []).insert(0, (row, files))
    return _page(
        gitlab,
        "project.html",
        packages=sorted(by_name.items()),
        index_url=f"{base}/simple",
        file_url=lambda file: f"{base}/files/{file.sha256}/{quote(file.name)}",
        releases=gitlab.store.releases.all()[:3],
        pipelines=gitlab.store.pipelines(5),
    )


def _releases(call: Call) -> Response:
    return _page(call.gitlab, "releases.html", releases=call.gitlab.store.releases.all())


def _release(call: Call) -> Response:
    gitlab = call.gitlab
    release = gitlab.store.releases.find(call.path["tag"])
    if release is None:
        return not_found_page(gitlab)
    links = [
        (link, direct_asset_url(gitlab, release.tag, link), link_url(gitlab, link))
        for link in reversed(gitlab.store.releases.links_of(release.id))
    ]
    return _page(gitlab, "release.html", release=release, links=links)


def _latest(call: Call) -> Response:
    newest = next(iter(call.gitlab.store.releases.all()), None)
    if newest is None:
        return not_found_page(call.gitlab)
    suffix = call.path.get("suffix")
    target = _local(call.gitlab, f"/-/releases/{quote(newest.tag, safe='')}")
    return RedirectResponse(target + (f"/{quote(suffix)}" if suffix else ""), 302)


def _download(call: Call) -> Response:
    release = call.gitlab.store.releases.find(call.path["tag"])
    if release is None:
        return not_found_page(call.gitlab)
    return RedirectResponse(asset_target(call.gitlab, release, call.path["filepath"]), 302)


def _pipelines(call: Call) -> Response:
    store = call.gitlab.store
    found = [(row, store.jobs_of(row.id)) for row in store.pipelines(50)]
    return _page(call.gitlab, "pipelines.html", pipelines=found)


def _pipeline(call: Call) -> Response:
    store = call.gitlab.store
    row = store.pipeline(_number(call.path["pipeline"]))
    if row is None:
        return not_found_page(call.gitlab)
    return _page(call.gitlab, "pipelines.html", pipelines=[(row, store.jobs_of(row.id))])


def _job(call: Call) -> Response:
    gitlab = call.gitlab
    job = gitlab.store.job(_number(call.path["job"]))
    if job is None:
        return not_found_page(gitlab)
    log, cut = _log(gitlab, job.id, SHOWN_BYTES)
    return _page(
        gitlab,
        "job.html",
        job=job,
        pipeline=gitlab.store.pipeline(job.pipeline_id),
        sections=read_log(log),
        cut=cut,
    )


def _raw(call: Call) -> Response:
    gitlab = call.gitlab
    job = gitlab.store.job(_number(call.path["job"]))
    if job is None:
        return not_found_page(gitlab)
    log, _ = _log(gitlab, job.id, None)
    return Response(plain_text(log) + "\n", media_type="text/plain", headers=_HEADERS)


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


def _local(gitlab: Gitlab, path: str) -> str:
    """A path below the project's page, without the host: pages work under any name."""
    return urlsplit(gitlab.settings.web_url).path + path


def _page(
    gitlab: Gitlab,
    template: str,
    status: int = 200,
    *,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response:
    settings = gitlab.settings
    text = (
        _templates()
        .get_template(template)
        .render(
            project=settings.project,
            namespace=settings.namespace,
            project_name=settings.project_name,
            root=_local(gitlab, ""),
            **values,
        )
    )
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
