"""`gluv test`: a team's own expectations about its pipeline."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gluv.cli.expectations import ProjectSurroundings, Tested, find, nothing_found, run_file
from gluv.cli.project import Where
from gluv.host.context import ContextOptions

FOLDER = Path("tests/pipeline")


@click.command("test")
@click.argument("place", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option("--update", is_flag=True, help="Write the expectations from today's plan.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option(
    "--junit", type=click.Path(path_type=Path, dir_okay=False), help="A JUnit report as well."
)
@click.option(
    "-f", "--file", type=click.Path(path_type=Path), help="Another file than .gitlab-ci.yml."
)
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The project, if it is not here.",
)
def command(
    *,
    place: Path | None,
    update: bool,
    as_json: bool,
    junit: Path | None,
    file: Path | None,
    directory: Path,
) -> int:
    """Check what is expected of the pipeline: by default everything in tests/pipeline.

    Exit codes: 0 all is as expected, 1 something is not, 2 an expectation file is wrong.
    """
    where = Where(directory=directory, file=file, context=ContextOptions())
    project = ProjectSurroundings(where)
    folder = project.root / FOLDER if place is None else directory / place
    found = find(folder)
    if not found:
        if update and not folder.is_file():
            return _start(folder, project)
        raise nothing_found(folder)
    tested = [run_file(each, project) for each in found]
    if any(each.read.problems for each in tested):
        return _refuse(tested)
    if update:
        return _update(tested)
    return _report(tested, junit, as_json=as_json)


def _refuse(tested: Sequence[Tested]) -> int:
    from gluv.report.problems import render_problems

    problems = [problem for each in tested for problem in each.read.problems]
    sources = {each.source.name: each.source for each in tested}
    click.echo(render_problems(problems, sources), err=True)
    return 2


def _report(tested: Sequence[Tested], junit: Path | None, *, as_json: bool) -> int:
    outcomes = [outcome for each in tested for outcome in each.outcomes]
    if junit is not None:
        from gluv.report.expectations_junit import render_junit

        junit.write_text(render_junit(outcomes), encoding="utf-8")
    if as_json:
        from gluv.report.expectations_json import render_json

        sys.stdout.write(render_json(outcomes) + "\n")
    else:
        from gluv.report.expectations import render_outcome, render_totals

        for outcome in outcomes:
            click.echo(render_outcome(outcome))
        click.echo(render_totals(outcomes))
    return 0 if all(outcome.holds for outcome in outcomes) else 1


def _update(tested: Sequence[Tested]) -> int:
    from gluv.expect.rewrite import rewrite

    changed = 0
    for each in tested:
        rewritten = rewrite(each.source, each.outcomes, each.planned)
        if rewritten is None:
            continue
        each.path.write_text(rewritten.text, encoding="utf-8")
        changed += 1
        lost = " (comments inside it are gone)" if rewritten.comments_lost else ""
        click.echo(f"updated {each.source.name}{lost}")
    click.echo(f"{len(tested)} files, {changed} updated")
    return 0


def _start(folder: Path, project: ProjectSurroundings) -> int:
    from gluv.expect.rewrite import starting_files

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in starting_files(project.of_project).items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        click.echo(f"wrote {path}")
    return 0
