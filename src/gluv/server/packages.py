"""The PyPI registry's reading side: simple index, package page, files, for project and group."""

from starlette.responses import FileResponse, Response

from gluv.registry.names import asked_for
from gluv.registry.pages import (
    HTML_TYPE,
    JSON_TYPE,
    Listed,
    ListedFile,
    render_index,
    render_index_json,
    render_package,
    render_package_json,
    wants_json,
)
from gluv.server.answers import Refused, not_found
from gluv.server.call import Call, Endpoint
from gluv.server.forwarding import forward
from gluv.server.routing import route
from gluv.server.settings import ServerSettings
from gluv.store import NamespaceRow, ProjectRow


def project_base(settings: ServerSettings, project: ProjectRow) -> str:
    """The registry's URL, always with the numeric id, as GitLab writes links."""
    return f"{settings.api_url}/projects/{project.id}/packages/pypi"


def group_base(settings: ServerSettings, group: NamespaceRow) -> str:
    """The URL of a group's registry."""
    return f"{settings.api_url}/groups/{group.id}/-/packages/pypi"


def _project_index(call: Call) -> Response:
    return _index(call, call.project.name, project_base(call.gitlab.settings, call.project))


def _group_index(call: Call) -> Response:
    return _index(call, call.group.name, group_base(call.gitlab.settings, call.group))


def _index(call: Call, title: str, base: str) -> Response:
    rows = [
        Listed(name=name, requires_python=requires)
        for name, requires in call.gitlab.store.packages.index(call.project_ids)
    ]
    if _json(call):
        return _simple(call, render_index_json(rows))
    return _simple(call, render_index(title, rows, base=base))


def _project_package(call: Call) -> Response:
    return _package(call, project_base(call.gitlab.settings, call.project))


def _group_package(call: Call) -> Response:
    return _package(call, group_base(call.gitlab.settings, call.group))


def _package(call: Call, base: str) -> Response:
    requested = call.path["name"]
    rows = call.gitlab.store.packages.page(asked_for(requested), call.project_ids)
    if not rows:
        return forward(call, requested)
    files = [
        ListedFile(name=row.name, sha256=row.sha256, requires_python=row.requires_python)
        for row in rows
        if row.sha256
    ]
    if _json(call):
        return _simple(call, render_package_json(rows[0].normalised, files, base=base))
    return _simple(call, render_package(rows[0].package, files, base=base))


def _project_file(call: Call) -> Response:
    response = _file(call)
    if response is None:
        raise not_found("Package")
    return response


def _group_file(call: Call) -> Response:
    response = _file(call)
    if response is None:
        raise Refused(404, {"message": "404 Not found"})
    return response


def _file(call: Call) -> Response | None:
    name, store = call.path["file"], call.gitlab.store
    if "." not in name:
        # GitLab's route takes the name apart at its last dot; without one nothing can match.
        return None
    row = store.packages.file(call.path["sha256"].lower(), name, call.project_ids)
    if row is None:
        return None
    # The content is served as it is: pip and uv check its hash, so no encoding may be applied.
    return FileResponse(
        store.blobs.path(row.sha256),
        media_type="application/octet-stream",
        filename=name,
        content_disposition_type="attachment",
        headers={"Cache-Control": "private, no-transform"},
    )


def _json(call: Call) -> bool:
    return call.gitlab.settings.pep_691_json and wants_json(call.request.headers.get("accept", ""))


def _simple(call: Call, page: str | bytes) -> Response:
    kind = f"{JSON_TYPE}; charset=utf-8" if isinstance(page, bytes) else HTML_TYPE
    vary = {"Vary": "Accept"} if call.gitlab.settings.pep_691_json else {}
    return Response(page, 200, {"Content-Type": kind, **vary})


def _no_forwarded_file(call: Call) -> Response:
    # The dependency firewall of newer paid GitLabs; the free edition answers this.
    raise not_found("Package")


def _uploads_elsewhere(call: Call) -> Response:
    raise not_found()


UPLOAD = Endpoint(answer=_uploads_elsewhere, accepts="packages", needs="create_package")
"""The upload route; `gluv.server.upload` answers it, because its body is a stream."""

_PROJECT = "api/v4/projects/:id/packages/pypi"
_GROUP = "api/v4/groups/:id/-/packages/pypi"

ROUTES = (
    route(f"POST {_PROJECT}", UPLOAD),
    *(
        route(
            f"GET {path}",
            Endpoint(answer=answer, accepts="packages", needs="read_package", kept=True),
        )
        for path, answer in (
            (f"{_PROJECT}/simple", _project_index),
            (f"{_PROJECT}/simple/*name", _project_package),
            (f"{_PROJECT}/files/:sha256/*file", _project_file),
            (f"{_PROJECT}/forward/:name/*path", _no_forwarded_file),
        )
    ),
    *(
        route(
            f"GET {path}",
            Endpoint(
                answer=answer, accepts="packages", scope="group", needs="read_package", kept=True
            ),
        )
        for path, answer in (
            (f"{_GROUP}/simple", _group_index),
            (f"{_GROUP}/simple/*name", _group_package),
            (f"{_GROUP}/files/:sha256/*file", _group_file),
        )
    ),
)
