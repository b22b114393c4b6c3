"""`gluv run --failed`: what did not succeed in the last run, with the results of what did."""

import msgspec

from gluv.config.model import Config
from gluv.errors import UsageWrong
from gluv.plan.selection import Selection
from gluv.store import Store

_AGAIN = ("failed", "canceled", "skipped")


def select_failed(
    store: Store, config: Config | None, selection: Selection
) -> tuple[Selection, dict[str, int]]:
    """The jobs to run again, and the earlier jobs (ids) that stand for the others.

    As on GitLab, where a retry runs the failed jobs with the artifacts of the good ones; the files
    are those of now. The selection is empty if all is well. Raises `UsageWrong` without a last run.
    """
    last = store.last_pipeline()
    if last is None:
        raise UsageWrong("nothing has run here yet", hint="gluv run")
    rows = {row.name: row for row in store.jobs_of(last.id)}
    bases = tuple(config.jobs) if config is not None else ()
    known = [row for row in rows.values() if any(_belongs(row.name, base) for base in bases)]
    again = tuple(row.name for row in known if row.status in _AGAIN)
    taken = {row.name: row.id for row in known if row.status == "success"}
    return msgspec.structs.replace(selection, jobs=again), taken


def _belongs(name: str, base: str) -> bool:
    """Whether a job is this one of the file, or a leg of it (`test 1/2`, `test: [3.12]`)."""
    return name == base or name.startswith((f"{base} ", f"{base}: "))
