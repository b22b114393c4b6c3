"""`gluv shell`: a job whose script is a person's shell, before its own script or after it."""

import time
from collections.abc import Callable

import msgspec

from gluv.config.keywords.retry import Retry
from gluv.errors import UsageWrong
from gluv.execute.events import JobSection
from gluv.execute.job import Attempt
from gluv.execute.result import JobFailed, Result
from gluv.host.terminal import Streams
from gluv.plan.choose import matching
from gluv.plan.model import Plan
from gluv.store.store import Store

SECTION = "shell"
"""The section of the events while the shell is open."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Which job is visited, when, and how.

    `after` runs the job's `before_script` and `script` first. `command` is run instead of an
    interactive shell. `opens` is called when the place is ready, with the exit code of the script
    (None if it did not run), and returns when everything else has been printed.
    """

    job: str
    after: bool = False
    command: str | None = None
    streams: Streams = Streams()
    opens: Callable[[int | None], None] = lambda code: None


def plan_visit(plan: Plan, name: str) -> tuple[Plan, str]:
    """The plan in which a visitor's job comes last whatever its `when`, and the job's whole name.

    Raises `UsageWrong` for a name that means several jobs, and for a job without a script.
    """
    found = [job for job in plan.jobs if job.name in matching(name, plan.jobs)]
    if len(found) != 1:
        names = ", ".join(f"'{job.name}'" for job in found)
        raise UsageWrong(f"'{name}' means several jobs: {names}", hint="name one of them")
    (job,) = found
    if job.trigger is not None:
        raise UsageWrong(
            f"the job '{job.name}' starts a pipeline and has no script",
            hint="open a shell in a job that has one",
        )
    visited = msgspec.structs.replace(
        job, when="on_success", start_in=None, retry=Retry(), resource_group=None
    )
    jobs = tuple(visited if each is job else each for each in plan.jobs)
    return msgspec.structs.replace(plan, jobs=jobs), job.name


def forget_visit(store: Store, pipeline_id: int, job: str) -> None:
    """Leave nothing of a visit; jobs that ran for it stay, as those of any other run."""
    rows = store.jobs_of(pipeline_id)
    if not any(row.started_at is not None for row in rows if row.name != job):
        store.history.forget([pipeline_id])
        return
    for row in rows:
        if row.name == job:
            store.history.forget_job(row.id)


class VisitedAttempt(Attempt):
    """Prepares as ever; then the visitor's shell. Nothing is saved and no `after_script` runs."""

    visit: Visit
    _code = 0

    def _scripts(self) -> None:
        failed: int | None = None
        if self.visit.after:
            failed = 0
            try:
                self._script()
            except JobFailed as failure:
                failed = failure.exit_code if failure.exit_code is not None else 1
                self._log.error(f"Job failed{failure.words}")
            self._environment["CI_JOB_STATUS"] = "failed" if failed else "success"
        else:
            self._environment["CI_JOB_STATUS"] = "running"
        # A person may leave anything behind.
        self._alone = False
        self._log.flush()
        self._run.emit(JobSection(at=time.time(), job=self._job.name, section=SECTION))
        self.visit.opens(failed)
        self._code = self._place.shell(
            self.visit.command, self._environment, self.visit.streams, self._stop
        )
        self._check_canceled()

    def _after_script(self, failure: JobFailed | None, canceled: bool) -> JobFailed | None:
        return failure

    def _save(self, *, success: bool) -> JobFailed | None:
        """A visit leaves nothing."""
        return None

    def _result(self, failure: JobFailed | None, canceled: bool) -> Result:
        result = super()._result(failure, canceled)
        if result.status == "success":
            return msgspec.structs.replace(result, exit_code=self._code)
        return result
