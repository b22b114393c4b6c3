"""`gluv plan` with all its options."""

import click

from gluv.cli.options import which_pipeline
from gluv.cli.plan import plan_project
from gluv.cli.project import Where


@click.command("plan")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@which_pipeline
@click.option("--explain", is_flag=True, help="Say rule by rule why each JOB is in or out.")
@click.option("--all-contexts", is_flag=True, help="Jobs against the events of the project.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object (docs/plan.schema.json).")
def command(
    *, where: Where, jobs: tuple[str, ...], explain: bool, all_contexts: bool, as_json: bool
) -> int:
    """Show which jobs would run, in which stage, and why the others would not.

    Exit codes: 0 the configuration is valid, 2 it is not.
    """
    if all_contexts:
        from gluv.cli.plan_contexts import plan_contexts

        return plan_contexts(where, jobs, explain=explain, as_json=as_json)
    return plan_project(where, jobs, explain=explain, as_json=as_json)
