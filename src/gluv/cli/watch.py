"""Shows a pipeline while it runs, and says in the end how it went."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import FrameType

import msgspec

from gluv.cli.outputs import Outputs, See
from gluv.execute.parts import Parts
from gluv.execute.pipeline import run_pipeline
from gluv.host.processes import StopSignal
from gluv.plan.context import Context
from gluv.plan.model import Plan
from gluv.report.exhibits import render_exhibits
from gluv.report.paint import Paint
from gluv.report.plain import PlainView
from gluv.report.run_state import RunState
from gluv.report.summary import render_summary
from gluv.report.terminal import terminal_width

UNAUTHENTICATED = (
    "the registry was read without credentials, which GitLab refuses for a private project"
)


def watch(
    plan: Plan,
    context: Context,
    parts: Parts,
    reads: set[str],
    environ: Mapping[str, str],
    outputs: Outputs,
    *,
    at: str = "",
) -> int:
    """Run the plan and report it; returns the exit code of the pipeline.

    `reads` fills with the paths that jobs read without credentials; `at` is what a command needs
    to find the project from here.
    """
    state = RunState(plan)
    # With --json standard output belongs to the events.
    stream = sys.stderr if outputs.as_json else sys.stdout
    paint = Paint.of(stream, environ)
    with interrupts(parts.cancel), outputs.open() as takers:
        takers = (state.see, *takers)
        if outputs.as_json:
            _follow(plan, context, parts, takers)
        elif stream.isatty() and environ.get("TERM") != "dumb":
            _live(state, plan, context, parts, takers)
        else:
            parts = msgspec.structs.replace(parts, details=len(takers) > 1)
            _follow(plan, context, parts, (*takers, PlainView(plan, stream, paint).see))
    if reads:
        state.differences[UNAUTHENTICATED] = []
    summary = render_summary(state, paint, width=terminal_width(stream), at=at)
    print(f"\n{summary}", file=stream)
    exhibits = render_exhibits(parts.store, state.pipeline_id, parts.server_url, at=at)
    if exhibits:
        print(f"\n{exhibits}", file=stream)
    print(f"logs: gluv logs{at} [JOB]  ({parts.store.directory / 'logs'})", file=stream)
    outputs.finish(state, render_summary(state, Paint(False), at=at))
    return state.finished.exit_code if state.finished else 1


def _live(
    state: RunState, plan: Plan, context: Context, parts: Parts, takers: tuple[See, ...]
) -> None:
    from rich.console import Console

    from gluv.report.live import LiveView

    with LiveView(state, Console()) as view:
        _follow(plan, context, parts, (*takers, view.see))


def _follow(plan: Plan, context: Context, parts: Parts, takers: tuple[See, ...]) -> None:
    with closing(run_pipeline(plan, context, parts, sys.stdout.flush)) as events:
        for event in events:
            for see in takers:
                see(event)


@contextmanager
def interrupts(cancel: StopSignal) -> Iterator[None]:
    """Ctrl-C once cancels in good order, twice at once; a closed terminal or SIGTERM cancels."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        cancel.raise_to(1 if cancel.level == 0 else 2)

    def terminate(number: int, frame: FrameType | None) -> None:
        cancel.raise_to(1)

    handlers = {
        signal.SIGINT: interrupt,
        signal.SIGTERM: terminate,
        signal.SIGHUP: terminate,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
