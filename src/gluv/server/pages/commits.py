"""A commit or a tag: what git says of it, its pipelines, its release, its source as an archive."""

from datetime import datetime
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.pages.guard import locked
from gluv.server.pages.headers import FOREIGN
from gluv.server.pages.page import Page, path_of
from gluv.server.pages.runs import RunLine, lines_of
from gluv.server.release_json import source_links
from gluv.server.source_archive import KINDS, archive_name, commit_of, send_archive
from gluv.server.tags import find_tag
from gluv.store import ReleaseRow
from gluv.store.pipelines import Wanted

SHOWN = 20
"""Pipelines that are shown."""


def commit(call: Call) -> Page:
    """A commit's page; one that git does not have must be that of a pipeline or a release."""
    given, store = call.path["sha"], call.gitlab.store
    sha = call.gitlab.repository(call.project).resolve(given)
    if sha is None:
        releases = store.releases.of_projects(call.project_ids)
        ran = [*store.search_pipelines(call.project.id, Wanted(sha=given))[:1]]
        if not ran and all(row.sha != given for row in releases):
            raise not_found()
    return _page(call, sha or given)


def tag(call: Call) -> Page:
    """A tag's page; a release may have one that git does not have."""
    name = call.path["tag"]
    found = find_tag(call.gitlab, call.project, name)
    release = call.gitlab.store.releases.find(call.project.id, name)
    if found is not None:
        return _page(call, found.sha, tag=name, message=found.message, release=release)
    if release is None:
        raise not_found()
    return _page(call, release.sha, tag=name, release=release)


def branch(call: Call) -> Response:
    """The pipelines of a branch or tag: files are not shown here."""
    ref = quote(call.path["ref"], safe="")
    return RedirectResponse(f"{path_of(call.project)}/-/pipelines?ref={ref}", 302)


def archive(call: Call) -> Page | Response:
    """The source at a tag, branch or commit as an archive."""
    if call.caller.anonymous:
        # Everybody on this machine reaches the server, and not everybody may read the folder.
        return locked()
    ref, _, name = call.path["rest"].rpartition("/")
    ending = next((one for one in KINDS if name.endswith(f".{one}")), None)
    sha = commit_of(call.gitlab, call.project, ref) if ref else None
    if ending is None or sha is None:
        raise not_found()
    plain = archive_name(call.project, ref)
    named = plain if name == f"{plain}.{ending}" or ref == sha else f"{plain}-{sha}"
    return send_archive(call, sha, named, KINDS[ending], FOREIGN)


def _page(
    call: Call, sha: str, *, tag: str = "", message: str = "", release: ReleaseRow | None = None
) -> Page:
    gitlab, project = call.gitlab, call.project
    known = gitlab.repository(project).commit(sha)
    title, _, body = known.message.partition("\n") if known is not None else ("", "", "")
    runs: tuple[RunLine, ...] = ()
    if gitlab.door.may(call.caller, "read_build", project):
        wanted = Wanted(sha=sha, ref=tag or None)
        runs = lines_of(call, project, [*gitlab.store.search_pipelines(project.id, wanted)][:SHOWN])
    return Page(
        template="commit.html",
        here=project,
        values={
            "sha": sha,
            "tag": tag,
            "title": title,
            "text": (message or title) if tag else body.strip(),
            "commit": known,
            "committed_at": None
            if known is None
            else datetime.fromisoformat(known.committed_date).timestamp(),
            "release": release,
            "sources": source_links(gitlab, project, tag or sha) if known is not None else [],
            "runs": runs,
        },
    )
