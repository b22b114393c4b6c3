"""The PyPI registry's reading side: simple index, package page, files, for project and group."""

from collections.abc import Callable
from typing import Literal

from starlette.responses import Response

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
from gluv.server.answers import no_record, not_found
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.files import FILE_TYPE, send_file
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
    requested = call.given["package_name"]
    rows = call.gitlab.store.packages.page(asked_for(requested), call.project_ids, own=_json(call))
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
        raise no_record()
    return response


def _file(call: Call) -> Response | None:
    name, store = call.given["file_identifier"], call.gitlab.store
    if "." not in name:
        # GitLab's route takes the name apart at its last dot; without one nothing can match.
        return None
    row = store.packages.file(call.path["sha256"].lower(), name, call.project_ids)
    if row is None:
        return None
    # What has a hash never changes. It is served as it is: pip and uv check that hash, so no
    # encoding may be applied.
    return send_file(
        call.request,
        store.blobs.path(row.sha256),
        name=name,
        etag=f'"{row.sha256}"',
        headers={"Cache-Control": "private, max-age=31536000, immutable, no-transform"},
    )


def _json(call: Call) -> bool:
    return call.gitlab.settings.json_index and wants_json(call.request.headers.get("accept", ""))


def _simple(call: Call, page: str | bytes) -> Response:
    kind = f"{JSON_TYPE}; charset=utf-8" if isinstance(page, bytes) else HTML_TYPE
    vary = {"Vary": "Accept"} if call.gitlab.settings.json_index else {}
    return Response(page, 200, {"Content-Type": kind, **vary})


def _no_forwarded_file(call: Call) -> Response:
    # The dependency firewall of newer paid GitLabs; the free edition answers this.
    raise not_found("Package")


def _uploads_elsewhere(call: Call) -> Response:
    raise not_found()


UPLOAD = Endpoint(
    answer=_uploads_elsewhere,
    accepts="packages",
    needs="create_package",
    says="Upload a file.",
    status=201,
    uploads=True,
)
"""The upload route; `gluv.server.upload` answers it, because its body is a stream."""

_PROJECT = "api/v4/projects/:id/packages/pypi"
_GROUP = "api/v4/groups/:id/-/packages/pypi"

_NAME = Param(name="package_name", kind="path", required=True, says="In lower case, with dashes.")
_FILE = Param(name="file_identifier", kind="path", required=True, says="The file's name.")


def _read(
    answer: Callable[[Call], Response],
    scope: Literal["project", "group"],
    says: str,
    *params: Param,
    media: str = "text/html",
) -> Endpoint:
    return Endpoint(
        answer=answer,
        accepts="packages",
        scope=scope,
        needs="read_package",
        params=params,
        says=says,
        media=media,
        kept=True,
    )


ROUTES = (
    route(f"POST {_PROJECT}", UPLOAD),
    route(f"GET {_PROJECT}/simple", _read(_project_index, "project", "The index of a project.")),
    route(
        f"GET {_PROJECT}/simple/*package_name",
        _read(_project_package, "project", "The files of a package.", _NAME),
    ),
    route(
        f"GET {_PROJECT}/files/:sha256/*file_identifier",
        _read(_project_file, "project", "A file.", _FILE, media=FILE_TYPE),
    ),
    route(
        f"GET {_PROJECT}/forward/:package_name/*upstream_path",
        _read(_no_forwarded_file, "project", "Always 404, as in GitLab's free edition."),
    ),
    route(f"GET {_GROUP}/simple", _read(_group_index, "group", "The index of a group.")),
    route(
        f"GET {_GROUP}/simple/*package_name",
        _read(_group_package, "group", "The files of a package.", _NAME),
    ),
    route(
        f"GET {_GROUP}/files/:sha256/*file_identifier",
        _read(_group_file, "group", "A file.", _FILE, media=FILE_TYPE),
    ),
)
