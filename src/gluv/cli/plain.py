"""`gluv run [JOB]...` and `gluv plan [JOB]...`: what people type all day starts the fastest.

Without options there is nothing to parse, and loading click would take as long as all of gluv's own
modules together. Everything else is `gluv.cli.group`, which means the same by the same words.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from gluv.host.git_reading import Reading

if TYPE_CHECKING:
    from gluv.cli.project import Where


def call_plain(arguments: list[str]) -> int:
    """Run a command of which `gluv.cli.main.is_plain` is true; its exit code."""
    command, *jobs = arguments
    # git works while the rest is loaded.
    reading = Reading(Path(), files=command == "run")
    if command == "run":
        from gluv.cli.project import open_project
        from gluv.cli.run import run_project
        from gluv.cli.run_request import RunOptions
        from gluv.plan.selection import Selection

        project = open_project(plain_where(), reading=reading)
        return run_project(project, RunOptions(selection=Selection(jobs=tuple(jobs))))
    from gluv.cli.plan import plan_project

    return plan_project(plain_where(), tuple(jobs), reading=reading)


def plain_where() -> "Where":
    """The project here and its default pipeline."""
    from gluv.cli.project import Where
    from gluv.host.context import ContextOptions

    return Where(directory=Path(), file=None, context=ContextOptions())
