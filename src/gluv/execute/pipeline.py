"""A plan to a stream of events."""

import threading
from collections.abc import Generator
from queue import SimpleQueue

from gluv.execute.events import AnyEvent
from gluv.execute.parts import Parts
from gluv.execute.scheduler import Scheduler
from gluv.plan.context import Context
from gluv.plan.model import Plan


def run_pipeline(plan: Plan, context: Context, parts: Parts) -> Generator[AnyEvent]:
    """Run a plan that has a pipeline; the last event is `PipelineFinished`.

    A failed job is a result. Raises `Stop` only for what concerns the whole run (the repository,
    the store, the directory for workspaces). `parts.cancel` stops the jobs; closing the stream
    early stops them at once. No process and no workspace is left afterwards.
    """
    if plan.pipeline is None:
        return
    events: SimpleQueue[AnyEvent | None] = SimpleQueue()
    scheduler = Scheduler(plan, plan.pipeline, context, parts, events.put)
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
