"""The source of a commit as an archive, at the addresses where GitLab has it.

https://docs.gitlab.com/api/repositories/#get-file-archive
"""

from collections.abc import Mapping

from starlette.responses import Response

from gluv.host.git_archive import Format
from gluv.server.answers import not_found
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.declared import Param
from gluv.server.files import disposition
from gluv.server.pages.sending import streamed
from gluv.server.routing import route
from gluv.server.tags import find_tag
from gluv.store import ProjectRow

KINDS: Mapping[str, Format] = {
    "zip": "zip",
    "tar": "tar",
    **dict.fromkeys(("tar.gz", "tgz", "gz"), "tar.gz"),
    **dict.fromkeys(("tar.bz2", "tbz", "tbz2", "tb2", "bz2"), "tar.bz2"),
}
"""What may stand at the end of an address."""

MEDIA: Mapping[Format, str] = {
    "zip": "application/zip",
    "tar": "application/x-tar",
    "tar.gz": "application/gzip",
    "tar.bz2": "application/x-bzip2",
}


def commit_of(gitlab: Gitlab, project: ProjectRow, ref: str) -> str | None:
    """The commit that a tag, a branch or an id names; of some tags only a release tells."""
    known = find_tag(gitlab, project, ref) or gitlab.store.releases.find(project.id, ref)
    return gitlab.repository(project).resolve(known.sha if known is not None else ref)


def archive_name(project: ProjectRow, ref: str, sha: str = "") -> str:
    """What an archive is called, and the folder in it."""
    parts = (project.slug, ref.replace("/", "-"), *((sha,) if sha else ()))
    return "-".join(parts)


def send_archive(
    call: Call, sha: str, name: str, kind: Format, headers: Mapping[str, str], path: str = ""
) -> Response:
    """The archive of a commit. Raises `Refused` if there is nothing at `path`."""
    repository = call.gitlab.repository(call.project)
    if path and not repository.has(sha, path):
        raise not_found("File")
    blocks = repository.archive(sha, prefix=name, kind=kind, path=path)
    told = {"Content-Disposition": disposition(f"{name}.{kind}"), **headers}
    return streamed(call, blocks, told, MEDIA[kind])


def _answer(call: Call, kind: Format) -> Response:
    ref = call.given["sha"] or call.project.default_branch
    sha = commit_of(call.gitlab, call.project, ref)
    if sha is None:
        raise not_found("File")
    name = archive_name(call.project, ref, "" if ref == sha else sha)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    return send_archive(call, sha, name, kind, headers, (call.given["path"] or "").strip("/"))


def _endpoint(kind: Format) -> Endpoint:
    return Endpoint(
        answer=lambda call: _answer(call, kind),
        accepts="user",
        needs="read_code",
        # Everybody on this machine reaches the server, and not everybody may read the folder.
        login=True,
        params=(
            Param(name="sha", says="A branch, tag or commit; the default branch."),
            Param(name="path", kind="path", says="Only what is there."),
        ),
        says="The files of a commit as an archive.",
        media=MEDIA[kind],
    )


_ARCHIVE = "GET api/v4/projects/:id/repository/archive"

ROUTES = (
    route(_ARCHIVE, _endpoint("tar.gz")),
    *(route(f"{_ARCHIVE}.{ending}", _endpoint(kind)) for ending, kind in KINDS.items()),
)
