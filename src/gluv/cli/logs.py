"""`gluv logs`: the logs of a run."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gluv.cli.complete import complete_jobs
from gluv.cli.history import all_jobs, find_run, open_history
from gluv.errors import UsageWrong

if TYPE_CHECKING:
    from gluv.store import Store
    from gluv.store.rows import JobRow


@click.command("logs")
@click.argument("names", nargs=-1, metavar="[RUN] [JOB]", shell_complete=complete_jobs)
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--raw", is_flag=True, help="As stored: with section marks and colours.")
@click.option("--failed", is_flag=True, help="Only of jobs that failed.")
@click.option("-f", "--follow", is_flag=True, help="Of a run under way, as it goes on.")
def command(
    *, names: tuple[str, ...], directory: Path, raw: bool, failed: bool, follow: bool
) -> int:
    """Print the log of a job, or of all jobs, of the last run or of RUN (a number or #number)."""
    from gluv.report.paint import Paint
    from gluv.report.trace import render_log

    with open_history(directory, to_read=True) as store:
        number, job = _read_names(names)
        pipeline = find_run(store, number)
        paint = Paint.of(sys.stdout, os.environ)
        if follow:
            from gluv.cli.follow import follow_run

            return follow_run(store, pipeline.id, job, paint)
        # Several attempts at a job have one name; the last one counts where one is asked for.
        rows = list(all_jobs(store, pipeline.id))
        chosen = [(name, row) for name, row in rows if job in (None, name, row.name)]
        if job is not None:
            chosen = list({name: (name, row) for name, row in chosen}.values())
        if not chosen:
            raise UsageWrong(
                f"run #{pipeline.id} has no job {job!r}",
                hint=f"its jobs are: {', '.join(dict.fromkeys(name for name, _ in rows))}",
            )
        if failed:
            chosen = [(name, row) for name, row in chosen if row.status == "failed"]
            if not chosen:
                click.echo(f"no job of run #{pipeline.id} failed", err=True)
        for name, row in chosen:
            if len(names) == 0 or job is None:
                click.echo(paint(f"== {name} ({row.status})", "bold"))
            path = store.log_path(row.id)
            if not path.exists():
                click.echo(f"{name} {_without_log(store, row, path)}", err=True)
            elif raw:
                sys.stdout.flush()
                sys.stdout.buffer.write(path.read_bytes())
            else:
                for line in render_log(path, colour=paint.enabled):
                    click.echo(line)
    return 0


def _without_log(store: "Store", row: "JobRow", path: Path) -> str:
    if store.downstream_of(row.id) is not None:
        return "started a pipeline: it has no log of its own"
    if row.status in ("success", "failed") and row.duration:
        return f"ran, but its log is gone: {path}"
    return f"did not run: {'; '.join(row.notes) or row.reason or row.status}"


def _read_names(names: tuple[str, ...]) -> tuple[int | None, str | None]:
    """`12`, `#12` is a run, anything else a job. Raises `UsageWrong` for two of a kind."""
    runs = [name for name in names if name.lstrip("#").isascii() and name.lstrip("#").isdigit()]
    jobs = [name for name in names if name not in runs]
    if len(runs) > 1 or len(jobs) > 1:
        raise UsageWrong("logs takes one run and one job", hint="gluv logs 12 build")
    return int(runs[0].lstrip("#")) if runs else None, jobs[0] if jobs else None
