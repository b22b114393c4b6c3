"""A job from its first attempt to its last: log, token, row in the store, and what to tell."""

import binascii
import contextlib
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from gluv.execute.events import Deployment, JobFinished, JobStarted
from gluv.execute.graph import Outcome, may_fail, retries
from gluv.execute.job import Attempt
from gluv.execute.log import JobLog
from gluv.execute.result import Result, hint_for
from gluv.execute.run import Run
from gluv.host.processes import StopSignal
from gluv.plan.model import PlannedJob
from gluv.store.pipelines import NewJob

if TYPE_CHECKING:
    from gluv.execute.reports import Reports


def attempt_job(run: Run, job: PlannedJob, job_id: int) -> Outcome:
    """All attempts at a job (`retry`); the first one's row is there, the others get their own."""
    with run.stop_signal(job.name) as stop:
        return _attempt(run, job, job_id, stop)


def _attempt(run: Run, job: PlannedJob, job_id: int, stop: StopSignal) -> Outcome:
    began = time.monotonic()
    for attempt in range(job.retry.max + 1):
        if attempt:
            job_id = run.parts.store.create_jobs(run.row.id, [new_job(job)])[0]
            run.forget(job)
        result, conceal = _once(run, job, job_id, stop)
        again = (
            result.status == "failed"
            and not stop.level
            and retries(job, reason=result.reason, exit_code=result.exit_code)
        )
        if not again:
            break
    notes = result.notes
    if attempt:
        notes = (*notes, f"it took {attempt + 1} attempts (retry: {job.retry.max})")
    reports = _reports(run, job, job_id, conceal)
    notes += reports.wrong if reports else ()
    allowed = may_fail(job, result.exit_code)
    run.emit(
        JobFinished(
            at=time.time(),
            job=job.name,
            status=result.status,
            duration=time.monotonic() - began,
            exit_code=result.exit_code,
            reason=result.reason,
            allowed_to_fail=allowed,
            notes=notes,
            hint=result.hint,
            last_lines=result.last_lines,
            coverage=result.coverage,
            tests=reports.tests if reports else None,
            links=reports.links if reports else (),
            quality=reports.quality if reports else None,
            covered=reports.covered if reports else None,
            deployment=(_deployment(run, job, job_id) if result.status == "success" else None),
        )
    )
    return Outcome(status=result.status, allowed_to_fail=allowed)


def new_job(job: PlannedJob) -> NewJob:
    """What the store notes of an attempt at a job before it begins."""
    return NewJob(
        name=job.name,
        stage=job.stage,
        allow_failure=may_fail(job, None),
        when=job.when,
        needs=None if job.needs is None else tuple(need.job for need in job.needs),
        bridge=job.trigger is not None,
    )


def _deployment(run: Run, job: PlannedJob, job_id: int) -> Deployment | None:
    if job.environment is None:
        return None
    from gluv.execute.deployments import read_deployment

    return read_deployment(run, job, job_id)


def _coverage(run: Run, job: PlannedJob, job_id: int) -> float | None:
    if job.coverage is None:
        return None
    from gluv.execute.coverage import read_coverage

    return read_coverage(run.parts.store.log_path(job_id), job.coverage)


def _reports(
    run: Run, job: PlannedJob, job_id: int, conceal: Callable[[str], str]
) -> "Reports | None":
    artifacts = job.artifacts
    if artifacts is None or not (artifacts.reports or artifacts.coverage_report):
        return None
    from gluv.execute.reports import conceal_reports, read_reports

    return conceal_reports(read_reports(run, job, job_id), conceal)


def _once(
    run: Run, job: PlannedJob, job_id: int, stop: StopSignal
) -> tuple[Result, Callable[[str], str]]:
    """One attempt, and what hides its secrets in what is told of it."""
    store, began = run.parts.store, time.monotonic()
    token = new_token()
    path = store.log_path(job_id)
    store.start_job(job_id, token)
    run.emit(JobStarted(at=time.time(), job=job.name, job_id=job_id, log=str(path)))
    result = Result(status="failed", reason="runner_system_failure")
    conceal: Callable[[str], str] = str
    try:
        details = run.parts.details
        log = JobLog(path, job.name, run.emit, run.parts.log_limit, sections=details)
        conceal = log.conceal
        try:
            result = _begin(run, job, job_id, token, log, stop).carry_out()
        finally:
            with contextlib.suppress(OSError):
                log.close()
    except OSError as error:
        result = Result(
            status="failed",
            reason="runner_system_failure",
            notes=(f"{path}: {error}",),
            hint=hint_for(error),
        )
    finally:
        result = msgspec.structs.replace(result, coverage=_coverage(run, job, job_id))
        store.finish_job(
            job_id,
            status=result.status,
            exit_code=result.exit_code,
            reason=result.reason,
            duration=time.monotonic() - began,
            notes=(*result.notes, *filter(None, [result.hint])),
            coverage=result.coverage,
            allow_failure=may_fail(job, result.exit_code),
            artifacts_expire_at=run.expiry(job.name, job_id),
        )
    return result, conceal


def _begin(
    run: Run, job: PlannedJob, job_id: int, token: str, log: JobLog, stop: StopSignal
) -> Attempt:
    visit = run.parts.visit
    if visit is None or visit.job != job.name:
        return Attempt(run, job, job_id, token, log, stop)
    from gluv.execute.visit import VisitedAttempt

    attempt = VisitedAttempt(run, job, job_id, token, log, stop)
    attempt.visit = visit
    return attempt


def new_token() -> str:
    """A job token in GitLab's form."""
    random = os.urandom(22)
    secret = binascii.b2a_base64(random[2:], newline=False).rstrip(b"=").decode()
    return f"glcbt-{random[:2].hex()}_{secret.translate(_URL_SAFE)}"


_URL_SAFE = str.maketrans("+/", "-_")
