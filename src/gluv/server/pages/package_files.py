"""Files of packages for people: at an address of the pages, so that one sign-in is for all."""

from starlette.responses import Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.files import send_file
from gluv.server.pages.headers import FOREIGN
from gluv.server.pages.page import path_of
from gluv.server.pages.paging import number_of
from gluv.store import FileRow, ProjectRow


def download(call: Call) -> Response:
    """A file by its id."""
    store = call.gitlab.store
    row = store.packages.file_of(number_of(call.path["file"]), call.project_ids)
    sent = row and send_file(
        call.request,
        store.blobs.path(row.sha256),
        name=row.name,
        etag=f'"{row.sha256}"',
        headers=FOREIGN,
    )
    if not sent:
        raise not_found()
    return sent


def file_path(project: ProjectRow, file: FileRow) -> str:
    """Where GitLab's pages have a file."""
    return f"{path_of(project)}/-/package_files/{file.id}/download"
