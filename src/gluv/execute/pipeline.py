"""A plan to a stream of events: every job starts the moment what it waits for has ended."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Callable, Iterator

import anyio
import anyio.to_thread

from gluv.errors import Cancelled, StoreUnavailable
from gluv.execute.events import (
    AnyEvent,
    JobFinished,
    JobStarted,
    JobStatus,
    PipelineFinished,
    PipelineStarted,
)
from gluv.execute.graph import (
    Outcome,
    decide,
    may_fail,
    pipeline_status,
    predecessors,
    retries,
)
from gluv.execute.job import Attempt
from gluv.execute.log import JobLog
from gluv.execute.parts import Parts
from gluv.execute.result import Result
from gluv.execute.run import Run
from gluv.host.processes_orphans import adopt_orphans
from gluv.host.workspace import Snapshot
from gluv.host.workspace_slot import hold_slot
from gluv.plan.context import Context
from gluv.plan.model import Pipeline, Plan, PlannedJob


async def run_pipeline(
    plan: Plan, context: Context, parts: Parts
) -> AsyncGenerator[AnyEvent, None]:
    """Run a plan that has a pipeline; the last event is `PipelineFinished`.

    A failed job is a result. Raises `Stop` only for what concerns the whole run (the repository,
    the store, the directory for workspaces). `parts.cancel` stops the jobs; closing the stream
    early stops them at once. No process and no workspace is left afterwards.
    """
    if plan.pipeline is None:
        return
    loop = asyncio.get_running_loop()
    send, receive = anyio.create_memory_object_stream[AnyEvent](float("inf"))

    def deliver(event: AnyEvent) -> None:
        with contextlib.suppress(anyio.BrokenResourceError):
            send.send_nowait(event)

    def emit(event: AnyEvent) -> None:
        loop.call_soon_threadsafe(deliver, event)

    async def drive(pipeline: Pipeline) -> None:
        scheduler = _Scheduler(plan, pipeline, context, parts, emit)
        work = asyncio.ensure_future(scheduler.work())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # The threads of jobs hear only this; the work waits for them.
            parts.cancel.raise_to(2)
            await work
            raise
        finally:
            # Events that threads sent are in the loop's queue by now; this ends up behind them.
            loop.call_soon(send.close)

    # A task of its own, because a task group must not be left open across a `yield`.
    driver = asyncio.create_task(drive(plan.pipeline))
    try:
        with receive:
            async for event in receive:
                yield event
        await driver
    finally:
        if not driver.done():
            parts.cancel.raise_to(2)
            with anyio.CancelScope(shield=True), contextlib.suppress(Exception):
                await driver


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
        self._ended = {job.name: anyio.Event() for job in plan.jobs}
        self._limiter = anyio.CapacityLimiter(max(1, parts.jobs))
        self._groups = {job.resource_group: anyio.Lock() for job in plan.jobs if job.resource_group}
        self._ids = {
            job.name: parts.store.create_job(pipeline_id=row.id, name=job.name, stage=job.stage).id
            for job in plan.jobs
        }

    async def work(self) -> None:
        names = tuple(job.name for job in self._plan.jobs)
        self._emit(PipelineStarted(at=time.time(), pipeline_id=self._run.row.id, jobs=names))
        status: JobStatus = "failed"
        adopt_orphans()
        try:
            with contextlib.ExitStack() as stack:
                await anyio.to_thread.run_sync(self._settle, stack)
                await self._attend_all()
                await anyio.to_thread.run_sync(stack.close)
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

    async def _attend_all(self) -> None:
        """All jobs side by side. Raises what the first of them raised, alone."""
        try:
            async with anyio.create_task_group() as group:
                for job in self._plan.jobs:
                    group.start_soon(self._attend, job)
        except BaseExceptionGroup as several:
            raise _first(several) from several

    def _settle(self, stack: contextlib.ExitStack) -> None:
        parts, run = self._parts, self._run
        slot = stack.enter_context(hold_slot(parts.builds, parts.repository))
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

    async def _attend(self, job: PlannedJob) -> None:
        """Wait for what the job waits for, then run it, skip it or hold it."""
        for name in self._before[job.name]:
            await self._ended[name].wait()
        before = {name: self._outcomes[name] for name in self._before[job.name]}
        try:
            self._outcomes[job.name] = await self._treat(job, before)
        except BaseException:
            # Nothing more can be trusted: let the jobs that run come to their end.
            self._parts.cancel.raise_to(1)
            raise
        self._ended[job.name].set()

    async def _treat(self, job: PlannedJob, before: dict[str, Outcome]) -> Outcome:
        if self._is_canceled():
            return self._unstarted(job, "canceled")
        decision = decide(job, before)
        if decision == "skip":
            return self._unstarted(job, "skipped")
        if decision == "hold":
            blocking = [
                name
                for name, one in before.items()
                if one.status in ("manual", "created") and not one.allowed_to_fail
            ]
            return self._unstarted(job, "created", f"waits for {', '.join(blocking)}")
        if job.when == "manual" and job.name not in self._parts.manual:
            return self._unstarted(job, "manual")
        async with contextlib.AsyncExitStack() as stack:
            if job.resource_group:
                await stack.enter_async_context(self._groups[job.resource_group])
            await stack.enter_async_context(self._limiter)
            if self._is_canceled():
                return self._unstarted(job, "canceled")
            # The limiter above counts jobs; the thread's own must not add a second limit.
            alone = anyio.CapacityLimiter(1)
            return await anyio.to_thread.run_sync(self._carry_out, job, limiter=alone)

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
            )
        )
        return Outcome(status=result.status, allowed_to_fail=allowed)

    def _once(self, job: PlannedJob, job_id: int) -> Result:
        store, began = self._parts.store, time.monotonic()
        token = f"glcbt-{secrets.token_hex(2)}_{secrets.token_urlsafe(20)}"
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


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception inside a group, however deep."""
    found: BaseException = several
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


def _refs(run: Run) -> Iterator[tuple[str, str]]:
    """What GitLab Runner's refspecs leave: the pipeline's ref and the branch or the tag."""
    sha, kind = run.pipeline.sha, run.context.ref_kind
    yield f"refs/pipelines/{run.row.id}", sha
    if kind == "branch":
        yield f"refs/remotes/origin/{run.pipeline.ref}", sha
