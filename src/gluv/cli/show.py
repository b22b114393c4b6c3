"""`gluv show`: the full configuration, everything included and merged."""

from fnmatch import fnmatchcase

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where, open_project
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.text.nodes import MapNode


@click.command("show")
@click.argument("job", required=False)
@which_pipeline
@click.option("--origin", is_flag=True, help="Say the file and line that each key comes from.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
def command(*, where: Where, job: str | None, origin: bool, as_json: bool) -> int:
    """Print the full configuration: included files merged, extends and !reference done.

    That is what GitLab's pipeline editor shows as the full configuration; `default:` stays apart in
    it. With JOB, a name or a glob, only those jobs, with what they take from `default:`.

    Exit codes: 0 it is whole, 2 an include, extends or !reference is wrong.
    """
    from gluv.config.defaults import apply_defaults
    from gluv.plan.masking import Concealer
    from gluv.report.merged import render_merged, render_merged_json, select, with_edge_stages
    from gluv.report.problems import render_problems

    if origin and as_json:
        raise UsageWrong(
            "--origin writes comments, and JSON has none", hint="leave out one of them"
        )
    project = open_project(where)
    context = project.context()
    resolved = project.resolve(context)
    conceal = Concealer(context).text
    if resolved.problems:
        click.echo(conceal(render_problems(resolved.problems, resolved.sources)), err=True)
    if resolved.merged is None:
        return ConfigurationInvalid.exit_code
    if job is None:
        shown = with_edge_stages(resolved.merged)
    else:
        shown = select(apply_defaults(resolved.merged)[0], _named(job, resolved.merged))
    text = render_merged_json(shown) if as_json else render_merged(shown, origin=origin)
    click.echo(conceal(text))
    wrong = any(problem.severity == "error" for problem in resolved.problems)
    return ConfigurationInvalid.exit_code if wrong else 0


def _named(name: str, merged: MapNode) -> list[str]:
    """The job of that name, hidden ones too, else those a glob means; raises `UsageWrong`."""
    from gluv.config.defaults import GLOBAL_KEYS
    from gluv.plan.choose import unknown_job

    jobs = [key for key in merged.items if key not in GLOBAL_KEYS]
    if name in jobs:
        return [name]
    found = [key for key in jobs if fnmatchcase(key, name)]
    if not found:
        raise unknown_job(name, jobs)
    return found
