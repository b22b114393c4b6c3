"""`gluv run`: runs the pipeline."""

import os
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from gluv.cli.project import Project, plan_loaded
from gluv.cli.run_request import RunOptions
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.plan.model import Plan

if TYPE_CHECKING:
    from gluv.plan.masking import Concealer


def run_project(
    project: Project, options: RunOptions, *, changed: frozenset[str] | None = None
) -> int:
    """Plan, run and report; returns the pipeline's exit code.

    With `changed` the pipeline is that of a push of exactly these paths.
    """
    from gluv.cli.gitlab import app_maker, listen
    from gluv.cli.outputs import Outputs
    from gluv.cli.parts import gather_parts
    from gluv.cli.watch import watch
    from gluv.plan.context import Server
    from gluv.plan.masking import Concealer, unmaskable
    from gluv.report.problems import render_problems
    from gluv.store import Store

    checkout = project.checkout
    checkout.reading.ask_files()
    with (
        closing(checkout.reading),
        Store.open(checkout.store) as store,
        closing(listen(checkout, store)) as listener,
    ):
        context = project.context(Server(url=listener.url))
        if changed is not None:
            from gluv.cli.watching import narrow

            context = narrow(context, changed)
        loaded = project.load(context)
        taken: dict[str, int] = {}
        if options.failed:
            from gluv.cli.rerun import select_failed

            selection, taken = select_failed(store, loaded.config, options.selection)
            if selection.everything:
                print("gluv: every job of the last run succeeded", file=sys.stderr)
                return 0
            options = msgspec.structs.replace(options, selection=selection)
        warnings = unmaskable(context.settings)
        plan = plan_loaded(loaded, context, options.selection, warnings=warnings)
        if plan.problems:
            said = render_problems(plan.problems, loaded.sources)
            print(Concealer(context).text(said), file=sys.stderr)
        if not plan.valid:
            return ConfigurationInvalid.exit_code
        if plan.pipeline is None:
            print(f"gluv: no pipeline: {plan.reason}", file=sys.stderr)
            return 0
        played = played_jobs(plan, options)
        if options.dry_run:
            return _show(plan, Concealer(context))
        reads: set[str] = set()
        listener.start(app_maker(checkout, store, listener.url, os.environ, reads.add))
        parts = gather_parts(
            project,
            store,
            listener.url,
            played,
            taken,
            _reusable(plan, options),
            options,
            dict(os.environ),
        )
        if any(job.trigger is not None for job in plan.jobs):
            from gluv.cli.downstream import project_opener

            parts = msgspec.structs.replace(parts, downstream=project_opener(project, parts))
        outputs = Outputs(options, store)
        return watch(plan, context, parts, reads, os.environ, outputs, at=project.at)


def played_jobs(plan: Plan, options: RunOptions) -> frozenset[str]:
    """The manual jobs that run: those of `--manual`, and those that were named, not globbed."""
    from gluv.plan.choose import matching, unknown_job

    played: set[str] = set()
    for name in options.manual:
        found = matching(name, plan.jobs)
        manual = {job.name for job in plan.jobs if job.name in found and job.when == "manual"}
        if not found:
            raise unknown_job(name, [job.base_name for job in plan.jobs])
        if not manual:
            raise UsageWrong(f"the job '{name}' is not manual", hint="leave out --manual for it")
        played |= manual
    named = {*options.selection.jobs, *options.selection.start}
    played |= {job.name for job in plan.jobs if named & {job.name, job.base_name}}
    return frozenset(played)


def _reusable(plan: Plan, options: RunOptions) -> frozenset[str]:
    """The jobs that `--reuse` may leave out: all that were not asked for by name."""
    from gluv.plan.choose import asked

    if not options.reuse:
        return frozenset()
    return frozenset(job.name for job in plan.jobs) - asked(
        options.selection, plan.jobs, plan.stages
    )


def _show(plan: Plan, conceal: "Concealer") -> int:
    """What would run, as `gluv plan` shows it."""
    from gluv.report.paint import Paint
    from gluv.report.plan_table import render_plan
    from gluv.report.terminal import terminal_width

    paint, width = Paint.of(sys.stdout, os.environ), terminal_width(sys.stdout)
    print(render_plan(plan, paint, width=width, conceal=conceal.text))
    return 0
