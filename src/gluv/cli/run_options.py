"""The options of `gluv run`: which jobs, how, and where the results go."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from gluv.cli.complete import complete_jobs, complete_stages
from gluv.cli.run_request import RunOptions
from gluv.errors import UsageWrong
from gluv.plan.selection import Selection
from gluv.settings import ExecutorChoice

Command = Callable[..., Any]


_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_OPTIONS = (
    click.argument("jobs", nargs=-1, metavar="[JOB]...", shell_complete=complete_jobs),
    click.option(
        "--stage",
        "stages",
        metavar="STAGE",
        multiple=True,
        shell_complete=complete_stages,
        help="The jobs of a stage.",
    ),
    click.option(
        "--from",
        "start",
        metavar="JOB",
        multiple=True,
        shell_complete=complete_jobs,
        help="A job and all that waits for it.",
    ),
    click.option(
        "--needs/--no-needs", default=True, help="With what the chosen jobs need (default), or not."
    ),
    click.option("--failed", is_flag=True, help="What did not succeed in the last run."),
    click.option(
        "--manual",
        metavar="JOB",
        multiple=True,
        shell_complete=complete_jobs,
        help="Also play this manual job.",
    ),
    click.option("-j", "--jobs", "parallel", type=click.IntRange(1), help="Jobs at once."),
    click.option(
        "-k", "--keep-going", is_flag=True, help="A failed job stops only those that need it."
    ),
    click.option("--delays", is_flag=True, help="Let delayed jobs wait for their time (start_in)."),
    click.option(
        "--reuse", is_flag=True, help="Do not run again what is needed and has not changed."
    ),
    click.option(
        "--executor",
        type=click.Choice(get_args(ExecutorChoice)),
        help="Where jobs run: here, in containers, or here where that is honest (auto).",
    ),
    click.option("-n", "--dry-run", is_flag=True, help="Show what would run, and run nothing."),
    click.option("--watch", is_flag=True, help="Run again what changed files affect."),
    click.option("--json", "as_json", is_flag=True, help="Events as JSON lines."),
    click.option("--junit", type=_FILE, help="Write the jobs as a JUnit report to FILE."),
    click.option("--report", type=_FOLDER, help="Write events, logs and reports into DIR."),
)


def how_to_run(command: Command) -> Command:
    """Give a command the options of a run; it receives them as `options: RunOptions`."""

    @wraps(command)
    def wrapped(
        *,
        jobs: tuple[str, ...],
        stages: tuple[str, ...],
        start: tuple[str, ...],
        needs: bool,
        **rest: Any,
    ) -> Any:
        names = [field.name for field in msgspec.structs.fields(RunOptions)]
        given = {name: rest.pop(name) for name in names if name in rest}
        if given["failed"] and (jobs or stages or start):
            raise UsageWrong(
                "--failed says itself which jobs run", hint="leave out the jobs, or --failed"
            )
        selection = Selection(jobs=jobs, stages=stages, start=start, needs=needs)
        return command(options=RunOptions(selection=selection, **given), **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped
