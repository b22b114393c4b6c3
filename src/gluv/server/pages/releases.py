"""The releases of a project, and the permanent addresses of their assets."""

from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

import msgspec
from starlette.responses import RedirectResponse, Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.markup import rendered
from gluv.server.pages.package_files import file_path
from gluv.server.pages.page import Page, path_of
from gluv.server.pages.paging import Paging, page_number
from gluv.server.release_json import as_seen, direct_asset_url, link_url, source_links
from gluv.server.releases import asset_target
from gluv.store import FileRow, LinkRow, ProjectRow, ReleaseRow

PER_PAGE = 20


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A link of a release; `file` is the package file it leads to, if that is kept here."""

    link: LinkRow
    url: str
    target: str
    host: str
    file: FileRow | None


def listed(call: Call) -> Page:
    """The list, newest first."""
    found = releases_seen(call, call.project)
    number = page_number(call.params)
    chosen = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    return Page(
        template="releases.html",
        here=call.project,
        live=True,
        values={
            "releases": [
                (row, rendered(row.description, "markdown"), assets_of(call, row)) for row in chosen
            ],
            "newest": latest_of(found, call.gitlab.store.now()),
            "paging": Paging(number=number, size=PER_PAGE, total=len(found)),
            "now": call.gitlab.store.now(),
        },
    )


def releases_seen(call: Call, project: ProjectRow) -> tuple[ReleaseRow, ...]:
    """The releases of a project, the newest first, as the caller may see them."""
    gitlab, rows = call.gitlab, call.gitlab.store.releases.of_projects((project.id,))
    return tuple(as_seen(gitlab, call.caller, project, row) for row in rows)


def latest_of(releases: Iterable[ReleaseRow], now: float) -> int:
    """The id of the newest release that is out already, 0 for none."""
    return next((row.id for row in releases if row.released_at <= now), 0)


def one(call: Call) -> Page:
    """A release with its assets."""
    store = call.gitlab.store
    release = store.releases.find(call.project.id, call.path["tag"])
    if release is None:
        raise not_found()
    newest = next(iter(store.releases.of_projects(call.project_ids)))
    repository = call.gitlab.repository(call.project)
    job = store.job(release.job_id) if release.job_id is not None else None
    if job is not None and not call.gitlab.door.may(call.caller, "read_build", call.project):
        job = None
    return Page(
        template="release.html",
        here=call.project,
        values={
            "release": release,
            "is_newest": newest.id == release.id,
            "latest": latest_of(store.releases.of_projects(call.project_ids), store.now()),
            "html": rendered(release.description, "markdown", below=1),
            "assets": assets_of(call, release),
            "job": job,
            "sources": source_links(call.gitlab, call.project, release.tag)
            if repository.resolve(release.sha)
            else [],
            "has_repository": repository.exists,
            "now": store.now(),
        },
    )


def edit(call: Call) -> Response:
    """Where GitLab changes a release: pages here only show, so to the release."""
    return RedirectResponse(
        f"{path_of(call.project)}/-/releases/{quote(call.path['tag'], safe='')}", 302
    )


def latest(call: Call) -> Response:
    """The newest release, or below it."""
    newest = next(iter(call.gitlab.store.releases.of_projects(call.project_ids)), None)
    if newest is None:
        raise not_found()
    suffix = call.path.get("suffix")
    target = f"{path_of(call.project)}/-/releases/{quote(newest.tag, safe='')}"
    return RedirectResponse(target + (f"/{quote(suffix)}" if suffix else ""), 302)


def download(call: Call) -> Response:
    """An asset by its permanent address."""
    release = call.gitlab.store.releases.find(call.project.id, call.path["tag"])
    if release is None:
        raise not_found()
    target = asset_target(call.gitlab, release, call.path["filepath"])
    file = _file(call, target)
    if file is not None and "text/html" in call.request.headers.get("accept", ""):
        # For a browser the registry is another realm, which would ask for the token again.
        target = file_path(call.project, file)
    return RedirectResponse(target, 302, {"Vary": "Accept, Authorization"})


def assets_of(call: Call, release: ReleaseRow) -> tuple[Asset, ...]:
    """The links of a release in the order in which they were made."""
    gitlab = call.gitlab
    return tuple(
        Asset(
            link=link,
            target=(target := link_url(gitlab, link)),
            # The permanent address has the tag in it, and is for those who may see that.
            url=direct_asset_url(gitlab, call.project, release.tag, link)
            if release.tag and link.filepath is not None
            else file_path(call.project, file)
            if (file := _file(call, target)) is not None
            else target,
            host=urlsplit(target).netloc,
            file=_file(call, target),
        )
        for link in reversed(gitlab.store.releases.links_of(release.id))
    )


def _file(call: Call, target: str) -> FileRow | None:
    """The package file of the project that an address leads to."""
    if not target.startswith(f"{call.gitlab.settings.api_url}/"):
        return None
    before, _, name = target.rpartition("/")
    sha256 = before.rpartition("/")[2].lower()
    if len(sha256) != 64 or not call.gitlab.door.may(call.caller, "read_package", call.project):
        return None
    return call.gitlab.store.packages.file(sha256, unquote(name), call.project_ids)
