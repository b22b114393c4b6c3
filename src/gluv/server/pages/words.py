"""Statuses, reasons and sources in words, for pages."""

from collections.abc import Iterable, Mapping

import msgspec

from gluv.store import JobRow, PipelineRow


class Look(msgspec.Struct, frozen=True):
    """A status as it is shown: the icon's name, which is also its class, and the word."""

    icon: str
    word: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.icon not in _OPEN


_OPEN = ("created", "pending", "running")

_LOOKS: Mapping[str, Look] = {
    "success": Look("success", "Passed"),
    "failed": Look("failed", "Failed"),
    "running": Look("running", "Running"),
    "preparing": Look("running", "Preparing"),
    "pending": Look("pending", "Pending"),
    "waiting_for_resource": Look("pending", "Waiting for resource"),
    "created": Look("created", "Created"),
    "canceled": Look("canceled", "Canceled"),
    "skipped": Look("skipped", "Skipped"),
    "manual": Look("manual", "Manual"),
    "scheduled": Look("scheduled", "Delayed"),
}

STATUSES = ("running", "success", "failed", "canceled", "skipped", "manual")
"""What a pipeline can be filtered by."""

_RANK = (
    *("failed", "warning", "running", "pending", "canceled", "manual", "scheduled", "created"),
    *("success", "skipped"),
)

REASONS: Mapping[str, str] = {
    "script_failure": "a command of its script failed",
    "job_execution_timeout": "it ran longer than its timeout",
    "runner_system_failure": "the machine or gluv failed it, not its script",
    "runner_unsupported": "it needs something that gluv does not have",
    "image_pull_failure": "its image could not be provided",
    "job_canceled": "somebody canceled it",
    "stuck_or_timeout_failure": "it waited too long to start",
    "missing_dependency_failure": "artifacts of an earlier job are missing",
    "downstream_pipeline_creation_failed": "the downstream pipeline could not be created",
    "unmet_prerequisites": "what it needs could not be met",
    "data_integrity_failure": "its data is damaged",
}

_SOURCES: Mapping[str, str] = {
    "push": "push",
    "web": "started by hand",
    "schedule": "schedule",
    "api": "API",
    "trigger": "trigger",
    "merge_request_event": "merge request",
    "parent_pipeline": "parent pipeline",
    "pipeline": "other project",
    "external": "external",
}


def look_of(status: str) -> Look:
    """A status by its GitLab word."""
    return _LOOKS.get(status) or Look("created", status.replace("_", " ").capitalize())


def look_of_job(job: JobRow) -> Look:
    """A job's status; one that may fail does so with a warning."""
    if job.status == "failed" and job.allow_failure:
        return Look("warning", "Failed (allowed)")
    if job.status == "created" and job.when == "delayed":
        return Look("scheduled", "Delayed")
    return look_of(job.status)


def look_of_all(jobs: Iterable[JobRow]) -> Look:
    """The status that stands for several jobs: the gravest."""
    looks = [look_of_job(job) for job in jobs]
    return min(looks, key=lambda look: _RANK.index(look.icon), default=look_of("created"))


def look_of_pipeline(pipeline: PipelineRow, jobs: Iterable[JobRow]) -> Look:
    """A pipeline's status; one that passed although a job failed passed with warnings."""
    if pipeline.status == "success" and any(look_of_job(job).icon == "warning" for job in jobs):
        return Look("warning", "Passed with warnings")
    return look_of(pipeline.status)


def reason_of(job: JobRow) -> str:
    """Why a job failed, in words; empty where there is nothing to say."""
    if not job.reason:
        return ""
    return REASONS.get(job.reason) or job.reason.replace("_", " ")


def source_of(pipeline: PipelineRow) -> str:
    """What started a pipeline."""
    return _SOURCES.get(pipeline.source) or pipeline.source.replace("_", " ")


def counted(number: int, one: str, more: str = "") -> str:
    """`1 job`, `3 jobs`."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
