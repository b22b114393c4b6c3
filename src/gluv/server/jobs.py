"""GitLab's jobs API, reading: jobs, their logs and artifacts."""

import mimetypes
from pathlib import Path

from starlette.responses import Response

from gluv.server.answers import json_answer, no_record, not_found, refused, unauthorized
from gluv.server.archive import Archive
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param, leads_away
from gluv.server.files import FILE_TYPE, send_file
from gluv.server.job_json import job_json, jobs_json
from gluv.server.pagination import paginate
from gluv.server.pipeline_json import newest_attempts
from gluv.server.pipelines import SCOPE
from gluv.server.routing import route
from gluv.store import JobRow, PipelineRow
from gluv.store.artifacts import Artifacts, find_file
from gluv.store.pipelines import Wanted

_SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private"}
"""What a job made may hold scripts; none of them shall run as a page of ours."""


def _list(call: Call) -> Response:
    scope = call.given["scope"] or None
    found = call.gitlab.store.jobs_of_project(call.project.id, scope)
    listed, headers = paginate(call, found)
    return json_answer(jobs_json(call.gitlab, call.project, listed), headers=headers)


def _find(call: Call) -> JobRow:
    store = call.gitlab.store
    job = store.job(call.given["job_id"])
    pipeline = store.pipeline(job.pipeline_id) if job is not None else None
    if job is None or job.bridge or pipeline is None or pipeline.project_id != call.project.id:
        raise no_record()
    return job


def _show(call: Call) -> Response:
    return json_answer(job_json(call.gitlab, call.project, _find(call)))


def _own(call: Call) -> Response:
    """The job whose token the caller has."""
    job = call.caller.job
    if job is None:
        if call.caller.anonymous:
            raise unauthorized()
        raise not_found("Job")
    pipeline = call.gitlab.store.pipeline(job.pipeline_id)
    project = call.gitlab.store.projects.find(pipeline.project_id) if pipeline else None
    if project is None:
        raise not_found("Job")
    return json_answer(job_json(call.gitlab, project, job))


def _trace(call: Call) -> Response:
    job = _find(call)
    told = {"Content-Disposition": f'infile; filename="{job.id}.log"', "Cache-Control": "private"}
    path = call.gitlab.store.log_path(job.id)
    sent = send_file(
        call.request,
        path,
        name=f"{job.id}.log",
        etag=_etag(path),
        media_type="text/plain",
        headers=told,
    )
    return sent if sent is not None else Response("", 200, told, media_type="text/plain")


def _etag(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return '""'
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


def _archive(call: Call) -> Response:
    return _send_archive(call.gitlab.store.artifacts_of(_find(call).id))


def _send_archive(kept: Artifacts | None) -> Response:
    if kept is None or kept.archive is None:
        raise not_found()
    return Archive(kept.archive, f"{kept.sidecar.name}.zip")


def _file(call: Call) -> Response:
    return _send_entry(call, call.gitlab.store.artifacts_of(_find(call).id), guess=True)


def _send_entry(call: Call, kept: Artifacts | None, *, guess: bool) -> Response:
    if kept is None or kept.archive is None:
        raise not_found()
    path = call.given["artifact_path"]
    if leads_away(path):
        raise refused(400)
    found = find_file(kept.archive, path)
    kind = mimetypes.guess_type(path)[0] if guess else "text/plain"
    sent = None
    if found is not None:
        sent = send_file(
            call.request,
            found,
            name=found.name,
            etag=_etag(found),
            media_type=kind or FILE_TYPE,
            headers=_SANDBOX,
        )
    if sent is None:
        raise not_found()
    return sent


def _archive_of_ref(call: Call) -> Response:
    return _send_archive(_latest(call))


def _file_of_ref(call: Call) -> Response:
    return _send_entry(call, _latest(call), guess=False)


def _latest(call: Call) -> Artifacts:
    """The artifacts of a job in the newest pipeline of a ref that passed, or one below it."""
    store, given = call.gitlab.store, call.given
    wanted = Wanted(ref=given["ref_name"], statuses=("success",))
    todo: list[PipelineRow] = list(store.search_pipelines(call.project.id, wanted)[:1])
    while todo:
        pipeline = todo.pop(0)
        for job in newest_attempts(store.jobs_of(pipeline.id)):
            kept = store.artifacts_of(job.id) if job.name == given["job"] else None
            if kept is not None and kept.archive is not None:
                return kept
            child = store.downstream_of(job.id) if job.bridge else None
            if child is not None and child.project_id == call.project.id:
                todo.append(child)
    raise no_record()


_JOBS = "api/v4/projects/:id/jobs"
_ID = Param(name="job_id", kind="id", required=True)
_PATH = Param(name="artifact_path", required=True, says="Of a file in the archive.")
_OF_REF = (
    Param(name="ref_name", required=True, says="A branch or a tag."),
    Param(name="job", required=True, says="The job's name."),
)

ROUTES = (
    route(
        "GET api/v4/job",
        Endpoint(answer=_own, scope="instance", says="The job that the token belongs to."),
    ),
    route(
        f"GET {_JOBS}",
        Endpoint(
            answer=_list,
            needs="read_build",
            login=True,
            params=(SCOPE,),
            paged=True,
            says="The jobs of a project, the newest first.",
        ),
    ),
    route(
        f"GET {_JOBS}/artifacts/:ref_name/download",
        Endpoint(
            answer=_archive_of_ref,
            needs="read_build",
            params=_OF_REF,
            says="The artifacts of a job of the newest pipeline that passed.",
            media="application/zip",
        ),
    ),
    route(
        f"GET {_JOBS}/artifacts/:ref_name/raw/*artifact_path",
        Endpoint(
            answer=_file_of_ref,
            needs="read_build",
            params=(*_OF_REF, _PATH),
            says="A file of them.",
            media="text/plain",
        ),
    ),
    route(
        f"GET {_JOBS}/:job_id",
        Endpoint(
            answer=_show,
            accepts="user",
            needs="read_build",
            login=True,
            params=(_ID,),
            says="A job.",
        ),
    ),
    route(
        f"GET {_JOBS}/:job_id/trace",
        Endpoint(
            answer=_trace,
            accepts="user",
            needs="read_build",
            login=True,
            params=(_ID,),
            says="The log of a job.",
            media="text/plain",
        ),
    ),
    route(
        f"GET {_JOBS}/:job_id/artifacts",
        Endpoint(
            answer=_archive,
            needs="read_build",
            params=(_ID,),
            says="The artifacts of a job as a ZIP file.",
            media="application/zip",
        ),
    ),
    route(
        f"GET {_JOBS}/:job_id/artifacts/*artifact_path",
        Endpoint(
            answer=_file,
            needs="read_build",
            params=(_ID, _PATH),
            says="A file of the artifacts of a job.",
            media="*/*",
        ),
    ),
)
