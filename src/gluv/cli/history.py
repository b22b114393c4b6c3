"""The runs of a project that are over or under way, for the commands that look at them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.cli.checkout import STORE
from gluv.errors import UsageWrong
from gluv.host.git_reading import read_repository

if TYPE_CHECKING:
    from gluv.store import Store
    from gluv.store.rows import JobRow, PipelineRow


@contextmanager
def open_history(directory: Path, *, to_read: bool = False) -> "Iterator[Store]":
    """The store of the project around `directory`; raises `UsageWrong` if nothing has run yet.

    `to_read` is for commands that write nothing: a full disk does not keep them from looking.
    """
    from gluv.store import Store

    root = read_repository(directory).root
    if not (root / STORE / "gluv.db").is_file():
        raise nothing_yet()
    with (Store.open_to_read if to_read else Store.open)(root / STORE) as store:
        if store.lacking:
            said = (
                f"gluv: {root / STORE} cannot be written: what a killed run wrote last is not shown"
            )
            print(said, file=sys.stderr)
        yield store


def find_run(store: "Store", number: int | None) -> "PipelineRow":
    """The run with this number, or the last one. Raises `UsageWrong`."""
    row = store.last_pipeline() if number is None else store.pipeline(number)
    if row is None:
        if number is None:
            raise nothing_yet()
        raise UsageWrong(f"there is no run #{number}", hint="`gluv status` lists the runs")
    return row


def all_jobs(store: "Store", pipeline_id: int, prefix: str = "") -> "Iterator[tuple[str, JobRow]]":
    """Every job of a run by the name people see, each followed by its downstream pipeline."""
    for row in store.jobs_of(pipeline_id):
        yield f"{prefix}{row.name}", row
        child = store.downstream_of(row.id)
        if child is not None:
            yield from all_jobs(store, child.id, f"{prefix}{row.name} > ")


def nothing_yet() -> UsageWrong:
    """The error of a project without a run."""
    return UsageWrong("nothing has run here yet", hint="gluv run")
