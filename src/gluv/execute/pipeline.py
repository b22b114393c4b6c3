"""A plan to a stream of events: every job starts the moment what it waits for has ended."""

import base64
import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from queue import SimpleQueue

from gluv.errors import Cancelled, StoreUnavailable
from gluv.execute.coverage import read_coverage
from gluv.execute.crew import Crew
from gluv.execute.deployments import read_deployment
from gluv.execute.events import (
    AnyEvent,
    JobFinished,
    JobStarted,
    JobStatus,
    PipelineFinished,
    PipelineStarted,
    TestCounts,
)
from gluv.execute.gates import Gates
from gluv.execute.graph import (
    Outcome,
    composite,
    decide_after,
    forgive,
    may_fail,
    pipeline_status,
    predecessors,
    retries,
)
from gluv.execute.job import Attempt
from gluv.execute.junit import read_junit
from gluv.execute.log import JobLog
from gluv.execute.parts import Parts
from gluv.execute.result import Result
from gluv.execute.run import Run
from gluv.host.processes_orphans import adopt_orphans
from gluv.host.workspace import Snapshot
from gluv.host.workspace_slot import hold_slot
from gluv.plan.context import Context
from gluv.plan.model import Pipeline, Plan, PlannedJob


def run_pipeline(plan: Plan, context: Context, parts: Parts) -> Generator[AnyEvent]:
    """Run a plan that has a pipeline; the last event is `PipelineFinished`.

    A failed job is a result. Raises `Stop` only for what concerns the whole run (the repository,
    the store, the directory for workspaces). `parts.cancel` stops the jobs; closing the stream
    early stops them at once. No process and no workspace is left afterwards.
    """
    if plan.pipeline is None:
        return
    events: SimpleQueue[AnyEvent | None] = SimpleQueue()
    scheduler = _Scheduler(plan, plan.pipeline, context, parts, events.put)
    faults: list[BaseException] = []

    def drive() -> None:
        try:
            scheduler.work()
        except BaseException as error:
            faults.append(error)
        finally:
            events.put(None)

    # A slow reader of events holds up no job, and this thread stays free to hear signals.
    driver = threading.Thread(target=drive, name="gluv-pipeline")
    driver.start()
    ended = False
    try:
        while (event := events.get()) is not None:
            yield event
        ended = True
    finally:
        if not ended:
            parts.cancel.raise_to(2)
        driver.join()
    if faults:
        raise faults[0]


class _Scheduler:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        pipeline: Pipeline,
        context: Context,
        parts: Parts,
        emit: Callable[[AnyEvent], None],
    ) -> None:
        self._began = time.monotonic()
        row = parts.store.create_pipeline(
            source=pipeline.source,
            ref=pipeline.ref,
            tag=pipeline.tag,
            sha=pipeline.sha,
            name=pipeline.name,
        )
        self._run = Run(
            plan=plan, pipeline=pipeline, context=context, parts=parts, row=row, emit=emit
        )
        self._plan = plan
        self._parts = parts
        self._emit = emit
        self._before = predecessors(plan)
        self._outcomes: dict[str, Outcome] = {}
        self._states: dict[tuple[int, bool, bool], str] = {}
        self._ids = {
            job.name: parts.store.create_job(pipeline_id=row.id, name=job.name, stage=job.stage).id
            for job in plan.jobs
        }

    def work(self) -> None:
        """Run it to its end."""
        names = tuple(job.name for job in self._plan.jobs)
        self._emit(PipelineStarted(at=time.time(), pipeline_id=self._run.row.id, jobs=names))
        status: JobStatus = "failed"
        adopt_orphans()
        try:
            with contextlib.ExitStack() as stack:
                self._settle(stack)
                self._attend_all()
            status = pipeline_status(self._outcomes, cancelled=self._parts.cancel.level > 0)
        finally:
            adopt_orphans(adopt=False)
            lasted = time.monotonic() - self._began
            self._parts.store.finish_pipeline(self._run.row.id, status, lasted)
        for difference in self._run.differences.events():
            self._emit(difference)
        self._emit(
            PipelineFinished(
                at=time.time(), status=status, duration=lasted, exit_code=self._exit_code(status)
            )
        )

    def _exit_code(self, status: JobStatus) -> int:
        if status == "canceled":
            return Cancelled.exit_code
        if status != "failed":
            return 0
        stops = self._run.stops
        codes = {
            stops.get(name, 1)
            for name, one in self._outcomes.items()
            if one.status == "failed" and not one.allowed_to_fail
        }
        return codes.pop() if len(codes) == 1 else 1

    def _attend_all(self) -> None:
        """Every job in its turn. Raises what the first of them raised, alone."""
        jobs = {job.name: job for job in self._plan.jobs}
        gates = Gates(self._before)
        opened = deque(gates.open_at_once())
        waiting: deque[PlannedJob] = deque()
        held: dict[str, deque[PlannedJob]] = {}
        fault: BaseException | None = None
        crew = Crew(max(1, self._parts.jobs), self._carry_out)

        def settle(job: PlannedJob, outcome: Outcome) -> None:
            self._outcomes[job.name] = outcome
            opened.extend(gates.end(job.name))

        try:
            while fault is None or crew.busy:
                try:
                    while opened and fault is None:
                        job = jobs[opened.popleft()]
                        unstarted = self._treat(job)
                        if unstarted is not None:
                            settle(job, unstarted)
                        elif job.resource_group and job.resource_group in held:
                            held[job.resource_group].append(job)
                        else:
                            if job.resource_group:
                                held[job.resource_group] = deque()
                            waiting.append(job)
                    if waiting and crew.is_free and fault is None:
                        job = waiting.popleft()
                        if not self._is_canceled():
                            crew.start(job)
                            continue
                        outcome: Outcome | BaseException = self._unstarted(job, "canceled")
                    elif crew.busy:
                        job, outcome = crew.wait()
                    else:
                        return
                    if isinstance(outcome, BaseException):
                        raise outcome
                    if job.resource_group:
                        if behind := held[job.resource_group]:
                            waiting.appendleft(behind.popleft())
                        else:
                            del held[job.resource_group]
                    settle(job, outcome)
                except BaseException as error:
                    # Nothing more can be trusted: let the jobs that run come to their end.
                    self._parts.cancel.raise_to(1)
                    fault = fault or error
        finally:
            crew.close()
        if fault is not None:
            raise fault

    def _settle(self, stack: contextlib.ExitStack) -> None:
        parts, run = self._parts, self._run
        slot = stack.enter_context(hold_slot(parts.builds, parts.repository))
        stack.callback(run.engines.close)
        try:
            snapshot = Snapshot.take(
                parts.repository,
                slot / ".source",
                sha=run.pipeline.sha,
                refs=dict(_refs(run)),
                commit=parts.commit or run.pipeline.tag,
            )
        except OSError as error:
            raise StoreUnavailable(
                f"the files of {parts.repository} cannot be copied: {error}",
                hint=f"make them readable, or free some space in {parts.builds}",
            ) from error
        run.settle(slot, snapshot)
        if snapshot.changes.paths:
            count = snapshot.changes.paths
            run.differences.add(
                f"jobs saw {count} uncommitted "
                f"{'change' if count == 1 else 'changes'} of the work tree"
            )
        for path in snapshot.changes.left_out:
            run.differences.add(f"the repository in {path} was left out")

    def _treat(self, job: PlannedJob) -> Outcome | None:
        """All that a job waits for has ended: how it stands if it does not run, else None."""
        if self._is_canceled():
            return self._unstarted(job, "canceled")
        decision = decide_after(job, self._state(job))
        if decision == "skip":
            return self._unstarted(job, "skipped")
        if decision == "hold":
            before = {name: self._outcomes[name] for name in self._before[job.name]}
            blocking = [
                name
                for name, one in before.items()
                if one.status in ("manual", "created") and not one.allowed_to_fail
            ]
            return self._unstarted(job, "created", f"waits for {', '.join(blocking)}")
        if job.when == "manual" and job.name not in self._parts.manual:
            return self._unstarted(job, "manual")
        return None

    def _state(self, job: PlannedJob) -> str:
        """One status for all that a job waits for; worked out once for the jobs of a stage."""
        names, dag = self._before[job.name], job.needs is not None
        forgiving = self._parts.keep_going and not dag and job.when != "on_failure"
        key = id(names), dag, forgiving
        if key not in self._states:
            before = {name: self._outcomes[name] for name in names}
            before = forgive(before) if forgiving else before
            self._states[key] = composite(before, dag=dag)
        return self._states[key]

    def _is_canceled(self) -> bool:
        return self._parts.cancel.level > 0

    def _unstarted(self, job: PlannedJob, status: JobStatus, note: str = "") -> Outcome:
        notes = (note,) if note else ()
        allowed = may_fail(job, None)
        self._parts.store.finish_job(
            self._ids[job.name], status=status, exit_code=None, reason="", duration=0.0, notes=notes
        )
        self._emit(
            JobFinished(
                at=time.time(),
                job=job.name,
                status=status,
                duration=0.0,
                allowed_to_fail=allowed,
                notes=notes,
            )
        )
        return Outcome(status=status, allowed_to_fail=allowed)

    def _carry_out(self, job: PlannedJob) -> Outcome:
        """All attempts at a job, in a thread of its own."""
        began = time.monotonic()
        job_id = self._ids[job.name]
        for attempt in range(job.retry.max + 1):
            if attempt:
                job_id = self._parts.store.create_job(
                    pipeline_id=self._run.row.id, name=job.name, stage=job.stage
                ).id
            result = self._once(job, job_id)
            again = (
                result.status == "failed"
                and not self._parts.cancel.level
                and retries(job, reason=result.reason, exit_code=result.exit_code)
            )
            if not again:
                break
        notes = result.notes
        if attempt:
            notes = (*notes, f"it took {attempt + 1} attempts (retry: {job.retry.max})")
        tests, wrong = self._tests(job, job_id)
        notes += wrong
        allowed = may_fail(job, result.exit_code)
        self._emit(
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
                coverage=self._coverage(job, job_id),
                tests=tests,
                deployment=(
                    read_deployment(self._run, job, job_id) if result.status == "success" else None
                ),
            )
        )
        return Outcome(status=result.status, allowed_to_fail=allowed)

    def _coverage(self, job: PlannedJob, job_id: int) -> float | None:
        if job.coverage is None:
            return None
        return read_coverage(self._parts.store.log_path(job_id), job.coverage)

    def _tests(self, job: PlannedJob, job_id: int) -> tuple[TestCounts | None, tuple[str, ...]]:
        if job.artifacts is None or "junit" not in job.artifacts.reports:
            return None, ()
        return read_junit(self._parts.store.directory / f"artifacts/{job_id}/reports/junit")

    def _once(self, job: PlannedJob, job_id: int) -> Result:
        store, began = self._parts.store, time.monotonic()
        token = _new_token()
        path = store.log_path(job_id)
        store.start_job(job_id, token)
        self._emit(JobStarted(at=time.time(), job=job.name, job_id=job_id, log=str(path)))
        result = Result(status="failed", reason="runner_system_failure")
        try:
            log = JobLog(path, job.name, self._emit, self._parts.log_limit)
            try:
                result = Attempt(self._run, job, job_id, token, log).carry_out()
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


def _new_token() -> str:
    """A job token in GitLab's form."""
    secret = base64.urlsafe_b64encode(os.urandom(20)).rstrip(b"=").decode()
    return f"glcbt-{os.urandom(2).hex()}_{secret}"


def _refs(run: Run) -> Iterator[tuple[str, str]]:
    """What GitLab Runner's refspecs leave: the pipeline's ref and the branch or the tag."""
    sha, kind = run.pipeline.sha, run.context.ref_kind
    yield f"refs/pipelines/{run.row.id}", sha
    if kind == "branch":
        yield f"refs/remotes/origin/{run.pipeline.ref}", sha
