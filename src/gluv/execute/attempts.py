"""A job from its first attempt to its last: log, token, row in the store, and what to tell."""

import binascii
import contextlib
import os
import time

from gluv.execute.events import Deployment, JobFinished, JobStarted, TestCounts
from gluv.execute.graph import Outcome, may_fail, retries
from gluv.execute.job import Attempt
from gluv.execute.log import JobLog
from gluv.execute.result import Result
from gluv.execute.run import Run
from gluv.plan.model import PlannedJob


def attempt_job(run: Run, job: PlannedJob, job_id: int) -> Outcome:
    """All attempts at a job (`retry`); the first one's row is there, the others get their own."""
    began = time.monotonic()
    for attempt in range(job.retry.max + 1):
        if attempt:
            job_id = run.parts.store.create_job(
                pipeline_id=run.row.id, name=job.name, stage=job.stage
            ).id
        result = _once(run, job, job_id)
        again = (
            result.status == "failed"
            and not run.parts.cancel.level
            and retries(job, reason=result.reason, exit_code=result.exit_code)
        )
        if not again:
            break
    notes = result.notes
    if attempt:
        notes = (*notes, f"it took {attempt + 1} attempts (retry: {job.retry.max})")
    tests, wrong = _tests(run, job, job_id)
    notes += wrong
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
            coverage=_coverage(run, job, job_id),
            tests=tests,
            deployment=(_deployment(run, job, job_id) if result.status == "success" else None),
        )
    )
    return Outcome(status=result.status, allowed_to_fail=allowed)


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


def _tests(run: Run, job: PlannedJob, job_id: int) -> tuple[TestCounts | None, tuple[str, ...]]:
    if job.artifacts is None or "junit" not in job.artifacts.reports:
        return None, ()
    from gluv.execute.junit import read_junit

    return read_junit(run.parts.store.directory / f"artifacts/{job_id}/reports/junit")


def _once(run: Run, job: PlannedJob, job_id: int) -> Result:
    store, began = run.parts.store, time.monotonic()
    token = new_token()
    path = store.log_path(job_id)
    store.start_job(job_id, token)
    run.emit(JobStarted(at=time.time(), job=job.name, job_id=job_id, log=str(path)))
    result = Result(status="failed", reason="runner_system_failure")
    try:
        details = run.parts.details
        log = JobLog(path, job.name, run.emit, run.parts.log_limit, sections=details)
        try:
            result = Attempt(run, job, job_id, token, log).carry_out()
        finally:
            with contextlib.suppress(OSError):
                log.close()
    except OSError as error:
        result = Result(
            status="failed", reason="runner_system_failure", notes=(f"{path}: {error}",)
        )
    finally:
        store.finish_job(
            job_id,
            status=result.status,
            exit_code=result.exit_code,
            reason=result.reason,
            duration=time.monotonic() - began,
            notes=(*result.notes, *filter(None, [result.hint])),
        )
    return result


def new_token() -> str:
    """A job token in GitLab's form."""
    random = os.urandom(22)
    secret = binascii.b2a_base64(random[2:], newline=False).rstrip(b"=").decode()
    return f"glcbt-{random[:2].hex()}_{secret.translate(_URL_SAFE)}"


_URL_SAFE = str.maketrans("+/", "-_")
