"""The logs of a run under way, from another terminal."""

import time
from pathlib import Path

import click

from gluv.cli.history import all_jobs
from gluv.report.paint import Paint
from gluv.report.readable import readable
from gluv.store import Store
from gluv.trace.clean import Cleaner
from gluv.trace.lines import Lines

_PAUSE = 0.2
"""Seconds between two looks."""


class _Tail:
    """A log that grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._cleaner = Cleaner()
        self._lines = Lines()

    def read(self, *, final: bool) -> list[str]:
        """The lines that have ended since the last look."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return []
        self._at += len(data)
        lines = self._lines.feed(self._cleaner.feed(data, final=final))
        return [*lines, *self._lines.close()] if final else lines


def follow_run(store: Store, pipeline_id: int, job: str | None, paint: Paint) -> int:
    """Print what the jobs of a run print, until it is over; 0 if it passed, else 1.

    A run whose gluv was killed is over too.
    """
    tails: dict[int, _Tail] = {}
    while True:
        store.close_abandoned()
        row = store.pipeline(pipeline_id)
        over = row is None or row.status != "running"
        for name, each in all_jobs(store, pipeline_id):
            if job not in (None, name, each.name):
                continue
            tail = tails.setdefault(each.id, _Tail(store.log_path(each.id)))
            for line in tail.read(final=over):
                click.echo(f"{paint(name, 'cyan')} | {readable(line, colour=paint.enabled)}")
        if over:
            return 0 if row is not None and row.status in ("success", "manual", "skipped") else 1
        time.sleep(_PAUSE)
