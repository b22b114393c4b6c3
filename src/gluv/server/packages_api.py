"""GitLab's Packages API: list, show and delete packages and their files."""

from collections.abc import Iterable, Sequence

from starlette.responses import Response

from gluv.server.answers import json_answer, no_record, not_found, refused
from gluv.server.call import Call, Endpoint
from gluv.server.conditions import is_stale
from gluv.server.declared import Param
from gluv.server.package_json import (
    package_file_json,
    package_json,
    package_pipeline_json,
    pipelines_of,
    whole_package_json,
)
from gluv.server.pagination import paginate
from gluv.server.routing import route
from gluv.store import FileRow, PackageRow
from gluv.store.packages import Order

_TYPES = (
    *("maven", "npm", "conan", "nuget", "pypi", "composer", "generic", "golang", "debian"),
    *("rubygems", "helm", "terraform_module", "rpm", "ml_model", "cargo"),
)
_STATUSES = ("default", "hidden", "processing", "error", "pending_destruction", "deprecated")


def _search(call: Call, project_ids: Iterable[int]) -> Sequence[PackageRow]:
    given = call.given
    if given["package_type"] not in (None, "pypi") or given["status"] not in (None, "default"):
        # Packages of other kinds and conditions there are none.
        return ()
    # All are of one type.
    order: Order = "created_at" if given["order_by"] in (None, "type") else given["order_by"]
    return call.gitlab.store.packages.search(
        project_ids,
        words=(given["package_name"] or "").split(),
        version=given["package_version"],
        order=order,
        descending=given["sort"] == "desc",
    )


def _list(call: Call) -> Response:
    listed, headers = paginate(call, _search(call, call.project_ids))
    return json_answer(
        [package_json(call, call.project, package) for package in listed], headers=headers
    )


def _group_list(call: Call) -> Response:
    deep = not call.given["exclude_subgroups"]
    projects = {one.id: one for one in call.projects if deep or one.namespace_id == call.group.id}
    listed, headers = paginate(call, _search(call, projects))
    return json_answer(
        [
            package_json(call, projects[package.project_id], package, of_group=True)
            for package in listed
        ],
        headers=headers,
    )


def _find(call: Call) -> PackageRow:
    package = call.gitlab.store.packages.find(call.given["package_id"])
    if package is None or package.project_id != call.project.id:
        raise no_record()
    return package


def _show(call: Call) -> Response:
    return json_answer(whole_package_json(call, _find(call)))


def _pipelines(call: Call) -> Response:
    files = call.gitlab.store.packages.files_of(_find(call).id)
    listed, headers = paginate(call, pipelines_of(call, files))
    return json_answer([package_pipeline_json(call, one) for one in listed], headers=headers)


def _delete(call: Call) -> Response:
    package = _find(call)
    _must_be_fresh(call, package.created_at)
    call.gitlab.store.delete_package(package.id)
    return Response(None, 204)


def _files(call: Call) -> Response:
    files = call.gitlab.store.packages.files_of(_find(call).id)
    if call.given["order_by"] == "file_name":
        files = tuple(sorted(files, key=lambda file: (file.name, file.id)))
    listed, headers = paginate(call, files[::-1] if call.given["sort"] == "desc" else files)
    return json_answer([package_file_json(call, file) for file in listed], headers=headers)


def _delete_file(call: Call) -> Response:
    file = _find_file(call, _find(call))
    _must_be_fresh(call, file.created_at)
    call.gitlab.store.delete_package_file(file.id)
    return Response(None, 204)


def _find_file(call: Call, package: PackageRow) -> FileRow:
    for file in call.gitlab.store.packages.files_of(package.id):
        if file.id == call.given["package_file_id"]:
            return file
    raise not_found()


def _must_be_fresh(call: Call, changed: float) -> None:
    if is_stale(call.request.headers, changed):
        raise refused(412)


_PACKAGES = "api/v4/projects/:id/packages"
_ID = Param(name="package_id", kind="id", required=True)
_FILE_ID = Param(name="package_file_id", kind="id", required=True)
_SORT = Param(name="sort", values=("asc", "desc"))


def _filters(*more_orders: str) -> tuple[Param, ...]:
    return (
        Param(name="order_by", values=("created_at", "name", "version", "type", *more_orders)),
        _SORT,
        Param(name="package_type", values=_TYPES, says="Here there are only those of PyPI."),
        Param(name="package_name", says="Words that are part of the name."),
        Param(name="package_version"),
        Param(name="include_versionless", kind="boolean", says="Here all have a version."),
        Param(name="status", values=_STATUSES),
    )


ROUTES = (
    route(
        f"GET {_PACKAGES}",
        Endpoint(
            answer=_list,
            needs="read_package",
            params=_filters(),
            paged=True,
            says="The packages of a project.",
        ),
    ),
    route(
        "GET api/v4/groups/:id/packages",
        Endpoint(
            answer=_group_list,
            accepts="user",
            scope="group",
            needs="read_package",
            params=(
                Param(name="exclude_subgroups", kind="boolean", says="Without those of subgroups."),
                *_filters("project_path"),
            ),
            paged=True,
            says="The packages of a group.",
        ),
    ),
    route(
        f"GET {_PACKAGES}/:package_id",
        Endpoint(answer=_show, needs="read_package", params=(_ID,), says="A package."),
    ),
    route(
        f"GET {_PACKAGES}/:package_id/pipelines",
        Endpoint(
            answer=_pipelines,
            needs="read_package",
            params=(_ID,),
            paged=True,
            says="The pipelines that uploaded files of a package.",
        ),
    ),
    route(
        f"DELETE {_PACKAGES}/:package_id",
        Endpoint(
            answer=_delete,
            needs="destroy_package",
            params=(_ID,),
            says="Remove a package with its files.",
            status=204,
        ),
    ),
    route(
        f"GET {_PACKAGES}/:package_id/package_files",
        Endpoint(
            answer=_files,
            needs="read_package",
            params=(
                _ID,
                Param(name="order_by", values=("id", "created_at", "file_name")),
                _SORT,
            ),
            paged=True,
            says="The files of a package.",
        ),
    ),
    route(
        f"DELETE {_PACKAGES}/:package_id/package_files/:package_file_id",
        Endpoint(
            answer=_delete_file,
            needs="destroy_package",
            params=(_ID, _FILE_ID),
            says="Remove a file of a package.",
            status=204,
        ),
    ),
)
