"""How a job ends that no executor ran: it never started, or it was a bridge."""

import time

from gluv.execute.events import JobFinished, JobStatus
from gluv.execute.graph import Outcome, may_fail
from gluv.execute.result import Result
from gluv.execute.run import Run
from gluv.plan.model import PlannedJob


def end_unstarted(
    run: Run, job: PlannedJob, job_id: int, status: JobStatus, note: str = ""
) -> Outcome:
    """Write down and say that a job did not run."""
    return end_bridge(run, job, job_id, Result(status=status, notes=(note,) if note else ()), 0.0)


def end_bridge(run: Run, job: PlannedJob, job_id: int, result: Result, duration: float) -> Outcome:
    """Write down and say how a bridge ended; `duration` in seconds."""
    allowed = may_fail(job, None)
    run.parts.store.finish_job(
        job_id,
        status=result.status,
        exit_code=None,
        reason=result.reason,
        duration=duration,
        notes=(*result.notes, *result.last_lines),
    )
    run.emit(
        JobFinished(
            at=time.time(),
            job=job.name,
            status=result.status,
            duration=duration,
            reason=result.reason,
            allowed_to_fail=allowed,
            notes=result.notes,
            last_lines=result.last_lines,
        )
    )
    return Outcome(status=result.status, allowed_to_fail=allowed)
