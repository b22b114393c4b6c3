"""A plan to a stream of events."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue

from gluv.errors import StoreUnavailable
from gluv.execute.events import AnyEvent
from gluv.execute.parts import Parts
from gluv.execute.scheduler import Scheduler
from gluv.plan.context import Context
from gluv.plan.model import Plan

QUIET = 0.01
"""Seconds without an event after which what was said so far is shown and written down."""

LONGEST = 0.1
"""Seconds after which that is done although events keep coming."""


def run_pipeline(
    plan: Plan, context: Context, parts: Parts, idle: Callable[[], None] = lambda: None
) -> Generator[AnyEvent]:
    """Run a plan that has a pipeline; the last event is `PipelineFinished`.

    A failed job is a result. Raises `Stop` only for what concerns the whole run (the repository,
    the store, the directory for workspaces). `parts.cancel` stops the jobs; closing the stream
    early stops them at once. No process and no workspace is left afterwards. `idle` is called when
    nothing happens for a moment: the time to show what was handed out.
    """
    if plan.pipeline is None:
        return
    events: SimpleQueue[AnyEvent | None] = SimpleQueue()
    scheduler = Scheduler(plan, plan.pipeline, context, parts, events.put)
    faults: list[BaseException] = []
    over = threading.Event()

    def drive() -> None:
        try:
            with parts.store.gathering():
                scheduler.work()
        except BaseException as error:
            faults.append(error)
        finally:
            events.put(None)
            over.set()

    # A slow reader of events holds up no job, and this thread stays free to hear signals.
    driver = threading.Thread(target=drive, name="gluv-pipeline")
    driver.start()
    ended = False
    try:
        shown = time.monotonic()
        while True:
            try:
                event = events.get_nowait()
            except Empty:
                # Events gather meanwhile: to wake this thread for each would hold up the jobs.
                over.wait(QUIET)
                try:
                    event = events.get_nowait()
                except Empty:
                    _show(parts, idle)
                    event = events.get()
                    shown = time.monotonic()
            if time.monotonic() - shown > LONGEST:
                _show(parts, idle)
                shown = time.monotonic()
            if event is None:
                break
            yield event
        ended = True
    finally:
        if not ended:
            parts.cancel.raise_to(2)
        driver.join()
    if faults:
        raise faults[0]


def _show(parts: Parts, idle: Callable[[], None]) -> None:
    """Show what was handed out, and write it down."""
    with contextlib.suppress(StoreUnavailable):
        # What cannot be written now is tried again, at the latest at the end.
        parts.store.flush()
    idle()
