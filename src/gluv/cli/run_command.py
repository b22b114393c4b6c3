"""`gluv run` with all its options."""

import click

from gluv.cli.options import which_pipeline
from gluv.cli.project import Where, open_project
from gluv.cli.run import run_project
from gluv.cli.run_options import how_to_run
from gluv.cli.run_request import RunOptions


@click.command("run")
@how_to_run
@which_pipeline
def command(*, where: Where, options: RunOptions) -> int:
    """Run the pipeline, or the named jobs and what they need.

    Exit codes: 0 the pipeline passed, 1 a job failed, 2 the configuration is wrong, 130 cancelled.
    """
    if options.watch:
        from gluv.cli.watching import watch_project

        return watch_project(where, options)
    return run_project(open_project(where), options)
