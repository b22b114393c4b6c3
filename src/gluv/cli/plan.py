"""`gluv plan`: which jobs would run, in which stage, and why the others would not."""

import os
import sys

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where, open_project, plan_loaded
from gluv.errors import ConfigurationInvalid
from gluv.plan.selection import Selection


@click.command("plan")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@which_pipeline
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/plan.schema.json).")
def command(*, where: Where, jobs: tuple[str, ...], as_json: bool) -> int:
    """Show which jobs would run, in which stage, and why the others would not.

    Exit codes: 0 the configuration is valid, 2 it is not.
    """
    from gluv.report.paint import Paint
    from gluv.report.plan_table import render_plan
    from gluv.report.problems import render_problems

    project = open_project(where)
    context = project.context()
    loaded = project.load(context)
    plan = plan_loaded(loaded, context, Selection(jobs=jobs))
    if as_json:
        from gluv.plan.json import render_json

        sys.stdout.write(render_json(plan).decode() + "\n")
        return 0 if plan.valid else 2
    if plan.problems:
        click.echo(render_problems(plan.problems, loaded.sources), err=True)
    if not plan.valid:
        return ConfigurationInvalid.exit_code
    click.echo(render_plan(plan, Paint.of(sys.stdout, os.environ)))
    return 0
