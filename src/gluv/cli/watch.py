"""Shows a pipeline while it runs, and says in the end how it went."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import FrameType

import msgspec

from gluv.cli.outputs import Outputs, See
from gluv.cli.silence import fall_silent, has_left
from gluv.execute.events import AnyEvent
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
from gluv.report.table import visible
from gluv.report.terminal import terminal_width
from gluv.server.notices import UNAUTHENTICATED_READ
from gluv.store import NoticeRow

MOST_PATHS = 3
"""Paths that are named in one sentence."""


def watch(
    plan: Plan,
    context: Context,
    parts: Parts,
    environ: Mapping[str, str],
    outputs: Outputs,
    *,
    at: str = "",
    asked: StopSignal | None = None,
) -> int:
    """Run the plan and report it; returns the exit code of the pipeline.

    `at` is what a command needs to find the project from here. `asked` rises when a person wants
    the end, and the run with it.
    """
    asked = asked or StopSignal()
    parts = msgspec.structs.replace(parts, cancel=StopSignal(asked))
    state = RunState(plan)
    heard = parts.store.notices.last_id()
    # With --json standard output belongs to the events.
    stream = sys.stderr if outputs.as_json else sys.stdout
    paint = Paint.of(stream, environ)
    with interrupts(asked), outputs.open() as takers:
        takers = (state.see, *takers)
        if outputs.as_json:
            _follow(plan, context, parts, takers, asked)
        elif stream.isatty() and environ.get("TERM") != "dumb":
            _live(state, plan, context, parts, takers, asked)
        else:
            parts = msgspec.structs.replace(parts, details=len(takers) > 1)
            _follow(plan, context, parts, (*takers, PlainView(plan, stream, paint).see), asked)
    # Whichever server the jobs talked to, it wrote down what it saw.
    for clause in _noticed(parts.store.notices.since(heard)):
        state.differences.setdefault(clause, [])
    summary = render_summary(state, paint, width=terminal_width(stream), at=at)
    exhibits = render_exhibits(parts.store, state.pipeline_id, parts.server_url, at=at)
    where = f"logs: gluv logs{at} [JOB]  ({parts.store.directory / 'logs'})"
    try:
        for part in filter(None, (f"\n{summary}", exhibits and f"\n{exhibits}", where)):
            print(part, file=stream)
        stream.flush()
    except OSError as error:
        if not (has_left(error) and fall_silent()):
            raise
    outputs.finish(state, render_summary(state, Paint(False), at=at))
    return state.finished.exit_code if state.finished else 1


def _noticed(notices: Sequence[NoticeRow]) -> list[str]:
    """What a server has seen during a run, a clause each; reads without credentials in one."""
    said = [visible(one.what) for one in notices if one.kind != UNAUTHENTICATED_READ]
    paths = [visible(one.what) for one in notices if one.kind == UNAUTHENTICATED_READ]
    if paths:
        more = len(paths) - MOST_PATHS
        said.append(
            f"read without credentials, by a job as far as can be told:"
            f" {', '.join(paths[:MOST_PATHS])}{f' and {more} more' if more > 0 else ''}"
            " (GitLab refuses that for a private project)"
        )
    return said


def _live(
    state: RunState,
    plan: Plan,
    context: Context,
    parts: Parts,
    takers: tuple[See, ...],
    asked: StopSignal,
) -> None:
    from rich.console import Console

    from gluv.report.live import LiveView

    with LiveView(state, Console()) as view:
        _follow(plan, context, parts, (*takers, view.see), asked)


def _follow(
    plan: Plan, context: Context, parts: Parts, takers: tuple[See, ...], asked: StopSignal
) -> None:
    def flush() -> None:
        try:
            sys.stdout.flush()
        except OSError as error:
            _unheard(error, asked)

    with closing(run_pipeline(plan, context, parts, flush)) as events:
        for event in events:
            for see in takers:
                tell(see, event, asked)


def tell(see: See, event: AnyEvent, cancel: StopSignal) -> None:
    """Show an event. If nobody reads any more, the run is cancelled in good order."""
    try:
        see(event)
    except OSError as error:
        _unheard(error, cancel)


def _unheard(error: OSError, cancel: StopSignal) -> None:
    if not (has_left(error) and fall_silent()):
        raise error
    cancel.raise_to(1)


@contextmanager
def interrupts(cancel: StopSignal, *, deaf: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Ctrl-C or SIGTERM once cancels in good order, twice at once; a closed terminal cancels.

    A terminal that closes may send its signal more than once. While it is `deaf`, Ctrl-C is for
    somebody else.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        if deaf():
            return
        cancel.raise_to(1 if cancel.level == 0 else 2)

    def terminate(number: int, frame: FrameType | None) -> None:
        fall_silent()
        cancel.raise_to(1 if cancel.level == 0 else 2)

    def hang_up(number: int, frame: FrameType | None) -> None:
        fall_silent()
        cancel.raise_to(1)

    handlers = {
        signal.SIGINT: interrupt,
        signal.SIGTERM: terminate,
        signal.SIGHUP: hang_up,
    }
    # What was ignored stays so: nohup, and Ctrl-C for a program in the background.
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
