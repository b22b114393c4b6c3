"""One run of a plan: every job starts the moment what it waits for has ended."""

import contextlib
import functools
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gluv.errors import Cancelled
from gluv.execute.attempts import attempt_job, new_job, new_token
from gluv.execute.auto_cancel import LOOK_SECONDS, AutoCancel, ask_older, forget_note
from gluv.execute.crew import Crew
from gluv.execute.delays import Delays
from gluv.execute.endings import end_bridge, end_unstarted
from gluv.execute.events import (
    AnyEvent,
    JobStarted,
    JobStatus,
    JobWaiting,
    PipelineFinished,
    PipelineStarted,
)
from gluv.execute.gates import Gates
from gluv.execute.graph import (
    Outcome,
    composite,
    decide_after,
    forgive,
    pipeline_status,
    predecessors,
)
from gluv.execute.parts import Parts
from gluv.execute.run import Run
from gluv.execute.settle import keep_files, settle_run
from gluv.host.processes import allow_descriptors, keep_descriptors
from gluv.host.processes_orphans import adopt_orphans
from gluv.plan.context import Context
from gluv.plan.masking import Concealer
from gluv.plan.model import Pipeline, Plan, PlannedJob

if TYPE_CHECKING:
    from gluv.execute.downstream import Downstream
    from gluv.execute.reuse import Fingerprints


WORTH_REMEMBERING = 1.0
"""Seconds that a run must last before `--reuse` may take its results."""


class Above(NamedTuple):
    """Where a downstream pipeline comes from, and what it shares with the one above.

    `groups` are the resource groups that bridges hold for it.
    """

    run: Run
    job_id: int
    turns: threading.BoundedSemaphore
    slot: Path
    same_files: bool
    groups: frozenset[str]


class Scheduler:
    """One run of a plan."""

    def __init__(
        self,
        plan: Plan,
        pipeline: Pipeline,
        context: Context,
        parts: Parts,
        emit: Callable[[AnyEvent], None],
        above: Above | None = None,
    ) -> None:
        self._began = time.monotonic()
        self._above = above
        self.status: JobStatus = "failed"
        # Jobs at once, here and in all downstream pipelines; bridges only wait, and do not count.
        self._turns = above.turns if above else threading.BoundedSemaphore(max(1, parts.jobs))
        self._left: list[threading.Thread] = []
        row = parts.store.create_pipeline(
            source=pipeline.source,
            ref=pipeline.ref,
            tag=pipeline.tag,
            sha=pipeline.sha,
            name=pipeline.name,
            parent_job=above.job_id if above else None,
            project_id=context.project.id,
            before_sha=context.commit.before_sha,
            variables=context.variables,
        )
        self._run = Run(
            plan=plan,
            pipeline=pipeline,
            context=context,
            parts=parts,
            row=row,
            emit=emit,
            depth=above.run.depth + 1 if above else 0,
        )
        self._plan = plan
        self._parts = parts
        self._emit = emit
        self._before = predecessors(plan)
        self._outcomes: dict[str, Outcome] = {}
        self._states: dict[tuple[int, bool, bool], str] = {}
        self._delays = Delays(honoured=parts.delays)
        self._auto = AutoCancel(self._run)
        rows = parts.store.create_jobs(row.id, map(new_job, plan.jobs))
        self._ids = dict(zip((job.name for job in plan.jobs), rows, strict=True))

    def work(self) -> None:
        """Run it to its end."""
        names = tuple(job.name for job in self._plan.jobs)
        self._emit(PipelineStarted(at=time.time(), pipeline_id=self._run.row.id, jobs=names))
        try:
            if self._above is None:
                adopt_orphans()
                keep_descriptors()
                allow_descriptors(self._parts.jobs)
                ask_older(self._run)
            with contextlib.ExitStack() as stack:
                settle_run(self._run, self._above, stack)
                try:
                    self._attend_all()
                finally:
                    for thread in self._left:
                        thread.join()
                if not self._is_canceled():
                    self._remember()
                if self._above is None:
                    keep_files(self._run)
            cancelled = self._parts.cancel.level > 0 or self._auto.superseded
            self.status = pipeline_status(self._outcomes, cancelled=cancelled)
        finally:
            status = self.status
            self._run.cancel.close()
            if self._above is None:
                adopt_orphans(adopt=False)
                forget_note(self._run)
            lasted = time.monotonic() - self._began
            self._parts.store.finish_pipeline(self._run.row.id, status, lasted)
        conceal = Concealer(self._run.context).text
        for difference in self._run.differences.events():
            self._emit(msgspec.structs.replace(difference, what=conceal(difference.what)))
        self._emit(
            PipelineFinished(
                at=time.time(),
                status=status,
                duration=lasted,
                exit_code=self._exit_code(status),
                why=self._auto.why,
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
        bridges = sum(job.trigger is not None for job in self._plan.jobs)
        # Those only wait, and so do jobs whose resource group another run has.
        groups = len({job.resource_group for job in self._plan.jobs if job.resource_group})
        crew = Crew(max(1, self._parts.jobs) + bridges + groups, self._carry_out)

        def settle(job: PlannedJob, outcome: Outcome) -> None:
            self._outcomes[job.name] = outcome
            self._auto.after(job, outcome)
            opened.extend(gates.end(job.name))

        def line_up(job: PlannedJob) -> None:
            if job.resource_group and job.resource_group in held:
                held[job.resource_group].append(job)
                return
            if job.resource_group:
                held[job.resource_group] = deque()
            waiting.append(job)

        try:
            while fault is None or crew.busy:
                try:
                    while opened and fault is None:
                        job = jobs[opened.popleft()]
                        unstarted = self._treat(job)
                        if unstarted is not None:
                            settle(job, unstarted)
                        elif not self._delays.hold(job, time.monotonic()):
                            line_up(job)
                    for job in self._ready():
                        line_up(job)
                    if waiting and crew.is_free and fault is None:
                        job = waiting.popleft()
                        if not self._is_canceled(job):
                            crew.start(job)
                            continue
                        outcome: Outcome | BaseException = self._unstarted(job, "canceled")
                    elif crew.busy or self._delays:
                        ended = crew.wait(self._patience())
                        if self._above is None:
                            self._auto.look()
                        if ended is None:
                            continue
                        job, outcome = ended
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

    def _ready(self) -> list[PlannedJob]:
        """Delayed jobs whose time has come, or for which there will be none."""
        if not self._delays:
            return []
        return self._delays.take(math.inf if self._is_canceled() else time.monotonic())

    def _patience(self) -> float | None:
        """How long to wait for the end of a job before looking around, in seconds."""
        left = self._delays.left(time.monotonic())
        if self._above is not None and left is None:
            return None
        return LOOK_SECONDS if left is None else min(LOOK_SECONDS, left)

    def _treat(self, job: PlannedJob) -> Outcome | None:
        """All that a job waits for has ended: how it stands if it does not run, else None."""
        if self._is_canceled(job):
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
        return self._earlier(job)

    def _earlier(self, job: PlannedJob) -> Outcome | None:
        """An earlier result that stands for a job (`--failed`, `--reuse`)."""
        if job.name not in self._parts.taken and job.name not in self._parts.reuse:
            return None
        from gluv.execute.reuse import stand_in

        if not stand_in(self._run, job, self._ids[job.name], self._fingerprints):
            return None
        return Outcome(status="success")

    @functools.cached_property
    def _fingerprints(self) -> "Fingerprints":
        from gluv.execute.reuse import Fingerprints

        return Fingerprints(self._run)

    def _remember(self) -> None:
        """Note what the good results depend on, unless finding out would take longer than them."""
        if not self._parts.reuse and time.monotonic() - self._began < WORTH_REMEMBERING:
            return
        for job in self._plan.jobs:
            good = self._outcomes[job.name].status == "success" and job.trigger is None
            # What `--failed` took was made from other files than those of this run.
            if good and not set(self._parts.taken) & {job.name, *self._run.sources.of(job)}:
                row = self._ids[job.name]
                self._parts.store.set_fingerprint(row, self._fingerprints.of(job))

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

    def _is_canceled(self, job: PlannedJob | None = None) -> bool:
        """Whether the run is stopped, or at least this job of it."""
        return self._run.cancel.level > 0 or (job is not None and self._auto.gives_up(job))

    def _unstarted(self, job: PlannedJob, status: JobStatus, note: str = "") -> Outcome:
        return end_unstarted(self._run, job, self._ids[job.name], status, note)

    def _carry_out(self, job: PlannedJob) -> Outcome:
        """All of a job, in a thread of its own."""
        with self._hold_group(job) as held:
            if not held:
                return self._unstarted(job, "canceled")
            if job.trigger is not None:
                return self._cross(job)
            with self._turns:
                if self._is_canceled(job):
                    return self._unstarted(job, "canceled")
                self._auto.begun.add(job.name)
                return attempt_job(self._run, job, self._ids[job.name])

    def _hold_group(self, job: PlannedJob) -> contextlib.AbstractContextManager[bool]:
        """The job's `resource_group`, which no other run has meanwhile."""
        group, run = job.resource_group, self._run
        if group is None:
            return contextlib.nullcontext(True)
        if self._above is not None and group in self._above.groups:
            run.differences.add(
                f"the resource group {group} was held by the pipeline above, for which GitLab "
                "would wait for ever",
                job.name,
            )
            return contextlib.nullcontext(True)
        from gluv.execute.resource_group import hold_group

        conceal = Concealer(run.context).text

        def say(what: str) -> None:
            run.parts.store.hold_job(self._ids[job.name], waiting=bool(what))
            run.emit(JobWaiting(at=time.time(), job=job.name, what=conceal(what)))

        directory = self._parts.store.directory / "locks"
        return hold_group(directory, group, run=run.row.id, stop=run.cancel, say=say)

    def _cross(self, job: PlannedJob) -> Outcome:
        """A bridge and, if it waits for it, its pipeline."""
        run, job_id, began = self._run, self._ids[job.name], time.monotonic()
        self._parts.store.start_job(job_id, new_token())
        self._emit(JobStarted(at=time.time(), job=job.name, job_id=job_id, log=""))

        def start(downstream: "Downstream", emit: Callable[[AnyEvent], None]) -> JobStatus:
            plan, slot = downstream.plan, run.slot / f"{run.directories[job.name]}.down"
            assert plan.pipeline is not None
            groups = self._above.groups if self._above else frozenset[str]()
            if job.resource_group:
                groups |= {job.resource_group}
            above = Above(run, job_id, self._turns, slot, downstream.same_files, groups)
            child = Scheduler(
                plan, plan.pipeline, downstream.context, downstream.parts, emit, above
            )
            child.work()
            return child.status

        from gluv.execute.bridge import cross

        result, thread = cross(run, job, start)
        if thread is not None:
            self._left.append(thread)
        return end_bridge(run, job, job_id, result, time.monotonic() - began)
