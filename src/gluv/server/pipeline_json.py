"""Pipelines as the API shows them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from gluv.server.answers import timestamp
from gluv.server.call import Gitlab
from gluv.server.people_json import user_json
from gluv.store import JobRow, PipelineRow

_WORDS = {
    "success": "passed",
    "waiting_for_resource": "waiting for resource",
    "manual": "waiting for manual action",
}


def moment(seconds: float | None) -> str | None:
    """A time, None if there was none."""
    return None if seconds is None else timestamp(seconds)


def newest_attempts(jobs: Sequence[JobRow]) -> tuple[JobRow, ...]:
    """The jobs that count: of several of one name the last, the others were retried."""
    last = {job.name: job.id for job in jobs}
    return tuple(job for job in jobs if last[job.name] == job.id)


def pipeline_basic_json(gitlab: Gitlab, pipeline: PipelineRow) -> dict[str, Any]:
    """A pipeline as lists and other things show it."""
    project = gitlab.store.projects.find(pipeline.project_id)
    url = "" if project is None else gitlab.settings.project_url(project)
    return {
        "id": pipeline.id,
        "iid": pipeline.iid,
        "project_id": pipeline.project_id,
        "sha": pipeline.sha,
        "ref": pipeline.ref,
        "status": pipeline.status,
        "source": pipeline.source,
        "created_at": timestamp(pipeline.created_at),
        "updated_at": timestamp(_updated(gitlab, pipeline)),
        "web_url": f"{url}/-/pipelines/{pipeline.id}",
    }


def pipeline_json(gitlab: Gitlab, pipeline: PipelineRow) -> dict[str, Any]:
    """A pipeline with everything that is known of it."""
    jobs = gitlab.store.jobs_of(pipeline.id)
    user = gitlab.store.people.find(pipeline.user_id)
    started = min((job.started_at for job in jobs if job.started_at is not None), default=None)
    over = pipeline.duration is not None
    basic = pipeline_basic_json(gitlab, pipeline)
    coverages = [job.coverage for job in newest_attempts(jobs) if job.coverage is not None]
    return {
        **basic,
        "name": pipeline.name,
        "before_sha": pipeline.before_sha or "0" * 40,
        "tag": pipeline.tag,
        "yaml_errors": None,
        "user": None if user is None else user_json(gitlab, user),
        "started_at": moment(started),
        "finished_at": basic["updated_at"] if over else None,
        "committed_at": None,
        "duration": None if pipeline.duration is None else int(pipeline.duration),
        "queued_duration": None if started is None else int(started - pipeline.created_at),
        "coverage": f"{sum(coverages) / len(coverages):.2f}" if coverages else None,
        "detailed_status": _detailed_status(pipeline, jobs, basic["web_url"]),
    }


def _updated(gitlab: Gitlab, pipeline: PipelineRow) -> float:
    if pipeline.duration is not None:
        return pipeline.created_at + pipeline.duration
    times = [
        job.finished_at or job.started_at or job.created_at
        for job in gitlab.store.jobs_of(pipeline.id)
    ]
    return max([pipeline.created_at, *times])


def _detailed_status(pipeline: PipelineRow, jobs: Sequence[JobRow], web_url: str) -> dict[str, Any]:
    word = _WORDS.get(pipeline.status, pipeline.status)
    text, label, group, icon = word.capitalize(), word, pipeline.status, pipeline.status
    if pipeline.status == "success" and any(
        job.status == "failed" and job.allow_failure for job in newest_attempts(jobs)
    ):
        text, label = "Warning", "passed with warnings"
        group, icon = "success-with-warnings", "warning"
    return {
        "icon": f"status_{icon}",
        "text": text,
        "label": label,
        "group": group,
        "tooltip": label,
        "has_details": True,
        "details_path": urlsplit(web_url).path,
        "illustration": None,
        "favicon": None,
    }
