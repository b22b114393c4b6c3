"""`gluv graph`: stages and needs of the pipeline as a drawing."""

import os
import sys
from pathlib import Path
from typing import Literal

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where, open_project, plan_loaded
from gluv.errors import ConfigurationInvalid, UsageWrong
from gluv.plan.selection import Selection
from gluv.report.graph import Graph, build_graph

Format = Literal["tree", "mermaid", "dot", "svg", "json"]
FORMATS: tuple[Format, ...] = ("tree", "mermaid", "dot", "svg", "json")


@click.command("graph")
@click.argument("jobs", nargs=-1, metavar="[JOB]...")
@which_pipeline
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="tree",
    show_default=True,
    help="How to draw.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file."
)
def command(*, where: Where, jobs: tuple[str, ...], form: Format, output: Path | None) -> int:
    """Draw the stages and needs of the pipeline, or of JOBs and what they need.

    Exit codes: 0 the configuration is valid, 2 it is not.
    """
    from gluv.plan.masking import Concealer

    project = open_project(where)
    context = project.context()
    loaded = project.load(context)
    plan = plan_loaded(loaded, context, Selection(jobs=jobs))
    conceal = Concealer(context).text
    if plan.problems:
        from gluv.report.problems import render_problems

        click.echo(conceal(render_problems(plan.problems, loaded.sources)), err=True)
    if not plan.valid:
        return ConfigurationInvalid.exit_code
    if plan.pipeline is None:
        click.echo(f"gluv: no pipeline: {plan.reason}", err=True)
        return 0
    drawing = _drawn(build_graph(plan, conceal), form, plainly=output is not None)
    if output is None:
        click.echo(drawing)
        return 0
    try:
        output.write_text(f"{drawing}\n", encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise UsageWrong(
            f"there is no folder {output.parent}", hint=f"mkdir -p {output.parent}"
        ) from None
    return 0


def _drawn(graph: Graph, form: Format, *, plainly: bool) -> str:
    match form:
        case "tree":
            from gluv.report.graph_tree import render_tree
            from gluv.report.paint import Paint

            return render_tree(graph, Paint(False) if plainly else Paint.of(sys.stdout, os.environ))
        case "mermaid":
            from gluv.report.graph_mermaid import render_mermaid

            return render_mermaid(graph)
        case "dot":
            from gluv.report.graph_dot import render_dot

            return render_dot(graph)
        case "svg":
            from gluv.report.graph_svg import render_svg

            return render_svg(graph)
        case "json":
            from gluv.report.graph_json import render_json

            return render_json(graph)
