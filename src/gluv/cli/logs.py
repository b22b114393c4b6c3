"""`gluv logs`: the logs of the last run."""

import os
import sys
from pathlib import Path

import click

from gluv.cli.checkout import STORE
from gluv.errors import UsageWrong
from gluv.host.git import read_repository


@click.command("logs")
@click.argument("job", required=False)
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--raw", is_flag=True, help="As stored: with section marks and colours.")
def command(*, job: str | None, directory: Path, raw: bool) -> int:
    """Print the log of a job of the last run, or of all its jobs."""
    from gluv.report.paint import Paint
    from gluv.report.trace import render_log
    from gluv.store import Store

    root = read_repository(directory).root
    nothing = UsageWrong("nothing has run here yet", hint="gluv run")
    if not (root / STORE).is_dir():
        raise nothing
    with Store.open(root / STORE) as store:
        pipeline = store.last_pipeline()
        if pipeline is None:
            raise nothing
        rows = store.jobs_of(pipeline.id)
        chosen = [row for row in rows if job in (None, row.name)]
        if not chosen:
            names = ", ".join(row.name for row in rows)
            raise UsageWrong(f"the last run has no job {job!r}", hint=f"its jobs are: {names}")
        paint = Paint.of(sys.stdout, os.environ)
        for row in chosen:
            if job is None:
                click.echo(paint(f"== {row.name} ({row.status})", "bold"))
            path = store.log_path(row.id)
            if not path.exists():
                click.echo(f"{row.name} did not run: {row.reason or row.status}", err=True)
            elif raw:
                sys.stdout.flush()
                sys.stdout.buffer.write(path.read_bytes())
            else:
                for line in render_log(path, colour=paint.enabled):
                    click.echo(line)
    return 0
