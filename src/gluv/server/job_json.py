"""Jobs as the API shows them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from gluv.server.call import Gitlab
from gluv.server.commit_json import commit_json
from gluv.server.people_json import user_json
from gluv.server.pipeline_json import moment, pipeline_basic_json
from gluv.store import JobRow, ProjectRow
from gluv.store.artifacts import tree_size


def jobs_json(gitlab: Gitlab, project: ProjectRow, jobs: Sequence[JobRow]) -> list[dict[str, Any]]:
    """Jobs and bridges of a project."""
    # Jobs of one pipeline share it, its user and its commit.
    shared = cache(lambda pipeline_id: _shared(gitlab, project, pipeline_id))
    return [
        {**_basic(gitlab, job, shared(job.pipeline_id)), **_special(gitlab, job)} for job in jobs
    ]


def job_json(gitlab: Gitlab, project: ProjectRow, job: JobRow) -> dict[str, Any]:
    """A job."""
    return jobs_json(gitlab, project, (job,))[0]


def _shared(gitlab: Gitlab, project: ProjectRow, pipeline_id: int) -> dict[str, Any]:
    pipeline = gitlab.store.pipeline(pipeline_id)
    assert pipeline is not None
    user = gitlab.store.people.find(pipeline.user_id)
    return {
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "user": None if user is None else user_json(gitlab, user),
        "commit": commit_json(gitlab, project, pipeline.sha),
        "pipeline": pipeline_basic_json(gitlab, pipeline),
        "project": {"ci_job_token_scope_enabled": False},
        "web_url": gitlab.settings.project_url(project),
    }


def _basic(gitlab: Gitlab, job: JobRow, common: dict[str, Any]) -> dict[str, Any]:
    started, duration = job.started_at, job.duration
    if duration is None and started is not None and job.status == "running":
        duration = max(0.0, gitlab.store.now() - started)
    return {
        **common,
        "id": job.id,
        "status": job.status,
        "stage": job.stage,
        "name": job.name,
        "coverage": job.coverage,
        "allow_failure": job.allow_failure,
        "created_at": moment(job.created_at),
        "started_at": moment(started),
        "finished_at": moment(job.finished_at),
        "erased_at": None,
        "duration": duration,
        "queued_duration": None if started is None else max(0.0, started - job.created_at),
        **({"failure_reason": job.reason or "unknown_failure"} if job.status == "failed" else {}),
        "web_url": f"{common['web_url']}/-/jobs/{job.id}",
    }


def _special(gitlab: Gitlab, job: JobRow) -> dict[str, Any]:
    """What only a bridge has, or only a job."""
    if job.bridge:
        child = gitlab.store.downstream_of(job.id)
        return {"downstream_pipeline": child and pipeline_basic_json(gitlab, child)}
    return {
        **_artifacts(gitlab, job),
        "runner": None,
        "runner_manager": None,
        "archived": False,
        "tag_list": [],
    }


def _artifacts(gitlab: Gitlab, job: JobRow) -> dict[str, Any]:
    """What a job left; the size of an archive is that of its files, which are not packed."""
    listed, kept = [], gitlab.store.artifacts_of(job.id)
    if kept is not None and kept.archive is not None:
        name = f"{kept.sidecar.name}.zip"
        listed.append(_artifact("archive", kept.size, name, "zip"))
    if kept is not None:
        listed += [
            _artifact(kind, tree_size(kept.report(kind)), f"{kind}.gz", "gzip")
            for kind in kept.sidecar.reports
        ]
    log = gitlab.store.log_path(job.id)
    if log.is_file():
        listed.append(_artifact("trace", log.stat().st_size, "job.log", None))
    body: dict[str, Any] = {
        "artifacts": listed,
        "artifacts_expire_at": moment(None if kept is None else kept.sidecar.expire_at),
    }
    if listed and listed[0]["file_type"] == "archive":
        body["artifacts_file"] = {key: listed[0][key] for key in ("filename", "size")}
    return body


def _artifact(kind: str, size: int, name: str, form: str | None) -> dict[str, Any]:
    return {"file_type": kind, "size": size, "filename": name, "file_format": form}
