"""`gluv run`: runs the pipeline."""

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from gluv.cli.project import Project
from gluv.cli.run_request import RunOptions
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.plan.model import Plan

if TYPE_CHECKING:
    from gluv.host.processes import StopSignal
    from gluv.plan.masking import Concealer


def run_project(
    project: Project,
    options: RunOptions,
    *,
    changed: frozenset[str] | None = None,
    asked: "StopSignal | None" = None,
) -> int:
    """Plan, run and report; returns the pipeline's exit code.

    With `changed` the pipeline is that of a push of exactly these paths. `asked` rises when a
    person wants the end, and not when the run makes room for another.
    """
    from gluv.cli.equip import equip, plan_aloud
    from gluv.cli.gitlab import known, serve_run, settle
    from gluv.cli.outputs import Outputs
    from gluv.cli.watch import watch
    from gluv.plan.context import Server
    from gluv.plan.masking import Concealer
    from gluv.store import Store

    checkout = project.checkout
    checkout.reading.ask_files()
    with (
        closing(checkout.reading),
        Store.open(checkout.store) as store,
        serve_run(store, checkout, os.environ) as served,
    ):
        context = known(project.context(Server(url=served.url)), settle(store, checkout))
        if changed is not None:
            from gluv.cli.watching import narrow

            context = narrow(context, changed)
        loaded = project.load(context)
        taken: dict[str, int] = {}
        again: frozenset[str] | None = None
        if options.failed:
            from gluv.cli.rerun import select_failed

            selection, taken, again = select_failed(
                store, loaded.config, options.selection, context
            )
            if selection.everything:
                print("gluv: every job of the last run succeeded", file=sys.stderr)
                return 0
            options = msgspec.structs.replace(options, selection=selection)
        plan = plan_aloud(loaded, context, options.selection)
        if plan.pipeline is None:
            return 0 if plan.valid else ConfigurationInvalid.exit_code
        played = played_jobs(plan, options, again)
        if options.dry_run:
            return _show(plan, Concealer(context), as_json=options.as_json)
        parts = equip(
            project,
            store,
            served,
            plan,
            options,
            manual=played,
            taken=taken,
            reuse=_reusable(plan, options),
        )
        outputs = Outputs(options, store)
        code = watch(plan, context, parts, os.environ, outputs, at=project.at, asked=asked)
        store.history.tidy(checkout.settings.keep_runs)
        return code


def played_jobs(
    plan: Plan, options: RunOptions, again: frozenset[str] | None = None
) -> frozenset[str]:
    """The manual jobs that run: those of `--manual`, those that were named, not globbed, and those
    without which the named ones could not run. With `--failed` nothing is named, and those of
    `again` were played in the last run."""
    from gluv.execute.graph import in_the_way
    from gluv.plan.choose import matching, unknown_job

    played: frozenset[str] = frozenset()
    for name in options.manual:
        found = matching(name, plan.jobs)
        manual = {job.name for job in plan.jobs if job.name in found and job.when == "manual"}
        if not found:
            raise unknown_job(name, [job.base_name for job in plan.jobs])
        if not manual:
            raise UsageWrong(f"the job '{name}' is not manual", hint="leave out --manual for it")
        played |= manual
    if again is not None:
        return played | again
    named = {*options.selection.jobs, *options.selection.start}
    wanted = [job.name for job in plan.jobs if named & {job.name, job.base_name}]
    return played.union(wanted, in_the_way(plan, wanted))


def _reusable(plan: Plan, options: RunOptions) -> frozenset[str]:
    """The jobs that `--reuse` may leave out: all that were not asked for by name."""
    from gluv.plan.choose import asked

    if not options.reuse:
        return frozenset()
    return frozenset(job.name for job in plan.jobs) - asked(
        options.selection, plan.jobs, plan.stages
    )


def _show(plan: Plan, conceal: "Concealer", *, as_json: bool) -> int:
    """What would run, as `gluv plan` shows it."""
    if as_json:
        from gluv.plan.json import plan_object, render_data

        sys.stdout.write(render_data(conceal.data(plan_object(plan))).decode() + "\n")
        return 0
    from gluv.report.paint import Paint
    from gluv.report.plan_table import render_plan
    from gluv.report.terminal import terminal_width

    paint, width = Paint.of(sys.stdout, os.environ), terminal_width(sys.stdout)
    print(render_plan(plan, paint, width=width, conceal=conceal.text))
    return 0
