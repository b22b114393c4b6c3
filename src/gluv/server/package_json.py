"""Packages and their files as the API shows them."""

from typing import Any
from urllib.parse import quote

from gluv.server.answers import timestamp
from gluv.server.call import Call
from gluv.server.people_json import user_json
from gluv.server.pipeline_json import pipeline_basic_json
from gluv.store import FileRow, PackageRow, PipelineRow, ProjectRow


def package_json(
    call: Call, project: ProjectRow, package: PackageRow, *, of_group: bool = False
) -> dict[str, Any]:
    """A package: a name and a version. In a group's list it says of which project it is."""
    gitlab = call.gitlab
    links = {"web_path": f"/{quote(project.path)}/-/packages/{package.id}"}
    if gitlab.door.may(call.caller, "destroy_package", project):
        links["delete_api_path"] = (
            f"{gitlab.settings.api_url}/projects/{project.id}/packages/{package.id}"
        )
    body: dict[str, Any] = {
        "id": package.id,
        "name": package.name,
        "version": package.version,
        "package_type": "pypi",
        "status": "default",
        "_links": links,
        "created_at": timestamp(package.created_at),
        "last_downloaded_at": None,
    }
    if of_group:
        body |= {"project_id": project.id, "project_path": project.path}
    return body | {"tags": []} | _last_pipeline(call, package)


def whole_package_json(call: Call, package: PackageRow) -> dict[str, Any]:
    """A package with the other versions of its name."""
    versions = [
        {
            "id": other.id,
            "version": other.version,
            "created_at": timestamp(other.created_at),
            "tags": [],
            **_last_pipeline(call, other),
        }
        for other in call.gitlab.store.packages.versions(package)
    ]
    return {**package_json(call, call.project, package), "versions": versions}


def pipelines_of(call: Call, files: tuple[FileRow, ...]) -> tuple[PipelineRow, ...]:
    """The pipelines whose jobs uploaded these files, the newest first, each once."""
    store = call.gitlab.store
    found: dict[int, PipelineRow] = {}
    for file in files:
        job = store.job(file.job_id) if file.job_id is not None else None
        pipeline = store.pipeline(job.pipeline_id) if job is not None else None
        if pipeline is not None:
            found[pipeline.id] = pipeline
    return tuple(found[key] for key in sorted(found, reverse=True))


def package_pipeline_json(call: Call, pipeline: PipelineRow) -> dict[str, Any]:
    """A pipeline as packages show it: with its user."""
    user = call.gitlab.store.people.find(pipeline.user_id)
    return {
        **pipeline_basic_json(call.gitlab, pipeline),
        "user": None if user is None else user_json(call.gitlab, user),
    }


def _last_pipeline(call: Call, package: PackageRow) -> dict[str, Any]:
    files = call.gitlab.store.packages.files_of(package.id)
    last = next(iter(pipelines_of(call, files)), None)
    # The list of all has an endpoint of its own; GitLab keeps an empty one here.
    return {} if last is None else {"pipeline": package_pipeline_json(call, last), "pipelines": []}


def package_file_json(call: Call, file: FileRow) -> dict[str, Any]:
    """A file of a package."""
    pipelines = [package_pipeline_json(call, one) for one in pipelines_of(call, (file,))]
    return {
        "id": file.id,
        "package_id": file.package_id,
        "created_at": timestamp(file.created_at),
        "file_name": file.name,
        "size": file.size,
        "file_md5": file.md5 or None,
        "file_sha1": None,
        "file_sha256": file.sha256,
        **({"pipelines": pipelines} if pipelines else {}),
    }
