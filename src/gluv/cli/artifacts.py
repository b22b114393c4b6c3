"""`gluv artifacts`: what a job left."""

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gluv.cli.complete import complete_jobs
from gluv.cli.history import all_jobs, find_run, open_history
from gluv.errors import UsageWrong

if TYPE_CHECKING:
    from gluv.store.rows import JobRow


@click.command("artifacts")
@click.argument("job", shell_complete=complete_jobs)
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--run", "number", type=int, metavar="RUN", help="Of this run, not the last one.")
@click.option("--reports", is_flag=True, help="The reports (junit, dotenv, ...) too.")
def command(
    *, job: str, directory: Path, output: Path | None, number: int | None, reports: bool
) -> int:
    """List the files that JOB left as artifacts; with -o lay them into DIR."""
    from gluv.host.copy import copy_tree
    from gluv.store.artifacts import ARCHIVE, artifacts_place

    with open_history(directory, to_read=True) as store:
        pipeline = find_run(store, number)
        rows = list(all_jobs(store, pipeline.id))
        found = [row for name, row in rows if job in (name, row.name)]
        if not found:
            names = ", ".join(dict.fromkeys(name for name, _ in rows))
            raise UsageWrong(
                f"run #{pipeline.id} has no job {job!r}", hint=f"its jobs are: {names}"
            )
        last = found[-1]
        place = artifacts_place(store.directory, last.id)
        gone = last.artifacts_removed_at is not None
        over = last.artifacts_expire_at is not None and last.artifacts_expire_at <= store.now()
        if gone or (over and not store.history.is_kept(last.id)):
            raise _expired(last, pipeline.id)
    kinds = (ARCHIVE, "reports") if reports else (ARCHIVE,)
    trees = [place / kind for kind in kinds if (place / kind).is_dir()]
    if not trees:
        raise UsageWrong(
            f"the job '{job}' of run #{pipeline.id} left no artifacts",
            hint="`gluv logs` shows why" if last.status == "success" else "it did not succeed",
        )
    for tree in trees:
        if output is not None:
            copy_tree(tree, output)
        for path in sorted(tree.rglob("*")):
            if path.is_symlink() or not path.is_dir():
                click.echo(_shown(path.relative_to(tree)))
    return 0


def _shown(path: Path) -> str:
    """A path as one line that cannot steer a terminal; odd characters as in a Python string."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _expired(row: "JobRow", run: int) -> UsageWrong:
    at = datetime.datetime.fromtimestamp(row.artifacts_expire_at or 0.0).astimezone()
    return UsageWrong(
        f"the artifacts of the job '{row.name}' of run #{run} expired on {at:%Y-%m-%d at %H:%M}",
        hint="the latest ones of a branch are kept: leave out --run, or run the job again",
    )
