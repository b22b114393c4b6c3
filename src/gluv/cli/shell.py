"""`gluv shell`: a shell where a job runs."""

import os
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, get_args

import click
import msgspec

from gluv.cli.complete import complete_jobs
from gluv.cli.options import which_pipeline
from gluv.cli.project import Where, open_project
from gluv.cli.run_request import RunOptions
from gluv.errors import Cancelled, ConfigurationInvalid
from gluv.plan.selection import Selection
from gluv.settings import ExecutorChoice

if TYPE_CHECKING:
    from gluv.execute.visit import Visit
    from gluv.report.paint import Paint
    from gluv.report.visit import VisitView

_PATIENCE = 10.0
"""Seconds that the shell waits for what is printed before it."""


@click.command("shell")
@click.argument("job", shell_complete=complete_jobs)
@click.option("--after", is_flag=True, help="After its before_script and script, even failed ones.")
@click.option("-c", "--command", "typed", metavar="COMMAND", help="Run this instead of a shell.")
@click.option(
    "--needs/--no-needs", default=True, help="With what the job needs (default), or without."
)
@click.option(
    "--executor",
    type=click.Choice(get_args(ExecutorChoice)),
    help="Where: here, in a container, or here where that is honest (auto).",
)
@which_pipeline
def command(
    *,
    where: Where,
    job: str,
    after: bool,
    typed: str | None,
    needs: bool,
    executor: ExecutorChoice | None,
) -> int:
    """Open a shell where JOB runs, before its script or after it.

    With its toolchain, variables, files, caches, and artifacts of what it needs: those jobs run
    first, unless nothing they depend on has changed since they last succeeded. Nothing is kept of a
    visit. The exit code is the shell's; 1 if what the job needs failed.
    """
    from gluv.execute.visit import Visit

    selection = Selection(jobs=(job,), needs=needs)
    return _visit(
        where,
        RunOptions(selection=selection, executor=executor),
        Visit(job=job, after=after, command=typed),
    )


def _visit(where: Where, options: RunOptions, visit: "Visit") -> int:
    from gluv.cli.equip import equip, plan_aloud
    from gluv.cli.gitlab import known, serve_run, settle
    from gluv.cli.watch import interrupts, tell
    from gluv.execute.pipeline import run_pipeline
    from gluv.execute.visit import forget_visit, plan_visit
    from gluv.plan.context import Server
    from gluv.report.paint import Paint
    from gluv.report.terminal import terminal_width
    from gluv.report.visit import VisitView
    from gluv.store import Store

    project = open_project(where)
    checkout = project.checkout
    with Store.open(checkout.store) as store, serve_run(store, checkout, os.environ) as served:
        context = known(project.context(Server(url=served.url)), settle(store, checkout))
        plan = plan_aloud(project.load(context), context, options.selection)
        if plan.pipeline is None:
            return 1 if plan.valid else ConfigurationInvalid.exit_code
        plan, job = plan_visit(plan, visit.job)
        others = frozenset(each.name for each in plan.jobs) - {job}
        parts = equip(
            project,
            store,
            served,
            plan,
            options,
            manual=others,
            taken={},
            reuse=others,
        )
        door = _Door(msgspec.structs.replace(visit, job=job), Paint.of(sys.stderr, os.environ))
        view = VisitView(job, _say, door.paint, door.heard)
        parts = msgspec.structs.replace(parts, visit=door.visit)
        with interrupts(parts.cancel, deaf=door.is_open.is_set):
            try:
                with closing(run_pipeline(plan, context, parts)) as events:
                    for event in events:
                        tell(view.see, event, parts.cancel)
            finally:
                forget_visit(store, view.pipeline_id, job)
        if door.is_talkative and view.differences:
            _say(f"\n{view.closing(terminal_width(sys.stderr))}")
        return _end(view)


class _Door:
    """Opens the shell once all that was printed before it is on the screen."""

    def __init__(self, visit: "Visit", paint: "Paint") -> None:
        self.paint = paint
        self.is_open = threading.Event()
        self.is_talkative = visit.command is None and visit.streams.is_terminal
        self.visit = msgspec.structs.replace(visit, opens=self._open)
        self._drained = threading.Event()

    def heard(self, section: str) -> None:
        """The visited job entered a section; the shell's is the last before it opens."""
        from gluv.execute.visit import SECTION

        if section == SECTION:
            self._drained.set()

    def _open(self, code: int | None) -> None:
        self._drained.wait(_PATIENCE)
        if self.is_talkative:
            when = "before its before_script and script"
            if code is not None:
                how = f"failed with exit code {code}" if code else "succeeded"
                when = f"after its script, which {how}"
            said = f"gluv: a shell in the job {self.visit.job}, {when}"
            _say(f"\n{self.paint(said, 'bold')}\n  exit leaves it, and nothing of it is kept\n")
        self.is_open.set()


def _say(line: str) -> None:
    click.echo(line, err=True)


def _end(view: "VisitView") -> int:
    """The exit code, after what is to be said about a shell that did not open."""
    done = view.finished
    if done is None or done.status == "canceled":
        return Cancelled.exit_code
    if done.status == "success":
        return done.exit_code or 0
    if done.status == "failed":
        for line in done.last_lines:
            _say(f"  {line}")
        if done.hint:
            from gluv.report.stop import render_hint

            _say(render_hint(done.hint))
        _say(f"gluv: the shell did not open: {done.reason}")
        return view.exit_code
    _say("gluv: the shell did not open: what the job needs did not succeed")
    _say("  next: mend that, or open it without: --no-needs")
    return 1
