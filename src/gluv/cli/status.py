"""`gluv status`: the last runs and how they went."""

import os
import sys
import time
from pathlib import Path

import click

from gluv.cli.history import nothing_yet, open_history


@click.command("status")
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("-n", "--number", type=click.IntRange(1), default=10, help="How many runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def command(*, directory: Path, number: int, as_json: bool) -> int:
    """List the last runs, and of the newest the jobs that did not succeed."""
    from gluv.report.history import history_data, render_history
    from gluv.report.paint import Paint

    with open_history(directory, to_read=True) as store:
        runs = [(row, store.jobs_of(row.id)) for row in store.pipelines(number)]
    if not runs:
        raise nothing_yet()
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(history_data(runs)), indent=2).decode())
    else:
        click.echo(render_history(runs, Paint.of(sys.stdout, os.environ), now=time.time()))
    return 0
