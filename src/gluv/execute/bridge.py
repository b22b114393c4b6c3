"""A `trigger:` job: starts a downstream pipeline, and with `strategy` waits for it."""

import threading
from collections.abc import Callable

from gluv.execute.downstream import Downstream, open_downstream
from gluv.execute.events import (
    AnyEvent,
    Difference,
    DownstreamStarted,
    JobFinished,
    JobOutput,
    JobPrepared,
    JobSection,
    JobStarted,
    JobStatus,
    JobWaiting,
    PipelineFinished,
    PipelineStarted,
)
from gluv.execute.result import JobFailed, Result
from gluv.execute.run import Run
from gluv.plan.model import PlannedJob

Start = Callable[[Downstream, Callable[[AnyEvent], None]], JobStatus]
"""Runs a downstream pipeline to its end; it gives its events to the second argument."""


def cross(run: Run, job: PlannedJob, start: Start) -> tuple[Result, threading.Thread | None]:
    """Carry out a bridge; returns its result, and the thread of a pipeline that it left running.

    With `strategy: depend` (or `mirror`) the bridge ends as its pipeline does; without, it
    succeeds as soon as the pipeline is created.
    """
    try:
        downstream = open_downstream(run, job)
    except JobFailed as failure:
        return Result(status="failed", reason=failure.reason, last_lines=(failure.words,)), None
    relay = Relay(run, job.name)
    assert job.trigger is not None
    if job.trigger.strategy is None:
        thread = threading.Thread(
            target=_leave, args=(run, job, start, downstream, relay), name="gluv-downstream"
        )
        thread.start()
        return Result(status="success"), thread
    return _mirrored(start(downstream, relay.emit)), None


def _leave(run: Run, job: PlannedJob, start: Start, downstream: Downstream, relay: "Relay") -> None:
    try:
        start(downstream, relay.emit)
    except Exception as error:
        run.differences.add(f"the downstream pipeline stopped: {error}", job.name)


def _mirrored(status: JobStatus) -> Result:
    match status:
        case "failed" | "skipped":
            words = f"the downstream pipeline ended as {status}"
            return Result(status="failed", reason="downstream_pipeline_failed", last_lines=(words,))
        case "manual":
            return Result(status="manual", notes=("its pipeline waits for a manual job",))
        case _:
            return Result(status=status)


class Relay:
    """Gives the events of a downstream pipeline on, its jobs named `bridge > job`."""

    def __init__(self, run: Run, bridge: str) -> None:
        self._run = run
        self._bridge = bridge

    def _name(self, job: str) -> str:
        return f"{self._bridge} > {job}"

    def emit(self, event: AnyEvent) -> None:
        """Give an event on; the ends of the pipeline are the bridge's own."""
        from msgspec.structs import replace

        match event:
            case PipelineStarted(at=at, pipeline_id=pipeline_id, jobs=jobs):
                names = tuple(map(self._name, jobs))
                self._run.emit(
                    DownstreamStarted(
                        at=at, bridge=self._bridge, pipeline_id=pipeline_id, jobs=names
                    )
                )
            case DownstreamStarted(bridge=bridge, jobs=jobs):
                names = tuple(map(self._name, jobs))
                self._run.emit(replace(event, bridge=self._name(bridge), jobs=names))
            case (
                JobWaiting()
                | JobPrepared()
                | JobStarted()
                | JobSection()
                | JobOutput()
                | JobFinished()
            ):
                self._run.emit(replace(event, job=self._name(event.job)))
            case Difference(what=what, jobs=jobs):
                for job in jobs or ("",):
                    self._run.differences.add(what, self._name(job) if job else None)
            case PipelineFinished():
                pass
