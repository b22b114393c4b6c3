"""`gluv run`: runs the pipeline."""

import os
from contextlib import closing

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Project, Where, open_project, plan_loaded
from gluv.errors import ConfigurationInvalid
from gluv.plan.selection import Selection


@click.command("run")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@which_pipeline
@click.option("-j", "--jobs", "parallel", type=click.IntRange(1), help="Jobs at once.")
def command(*, where: Where, jobs: tuple[str, ...], parallel: int | None) -> int:
    """Run the pipeline, or the named jobs and what they need.

    Exit codes: 0 the pipeline passed, 1 a job failed, 2 the configuration is wrong, 130 cancelled.
    """
    return run_project(open_project(where), jobs, parallel=parallel)


def run_project(project: Project, names: tuple[str, ...], *, parallel: int | None = None) -> int:
    """Plan, run and report; returns the pipeline's exit code."""
    from gluv.cli.gitlab import app_maker, listen
    from gluv.cli.parts import gather_parts
    from gluv.cli.watch import watch
    from gluv.plan.context import Server
    from gluv.plan.masking import Concealer, unmaskable
    from gluv.report.problems import render_problems
    from gluv.store import Store

    checkout = project.checkout
    with Store.open(checkout.store) as store, closing(listen(checkout, store)) as listener:
        context = project.context(Server(url=listener.url))
        loaded = project.load(context)
        warnings = unmaskable(context.settings)
        plan = plan_loaded(loaded, context, Selection(jobs=names), warnings=warnings)
        if plan.problems:
            said = render_problems(plan.problems, loaded.sources)
            click.echo(Concealer(context).text(said), err=True)
        if not plan.valid:
            return ConfigurationInvalid.exit_code
        if plan.pipeline is None:
            click.echo(f"gluv: no pipeline: {plan.reason}", err=True)
            return 0
        reads: set[str] = set()
        listener.start(app_maker(checkout, store, listener.url, os.environ, reads.add))
        parts = gather_parts(project, store, listener.url, names, parallel, os.environ)
        return watch(plan, context, parts, reads, os.environ, at=project.at)
