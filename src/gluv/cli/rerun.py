"""`gluv run --failed`: what did not succeed in the last run, with the results of what did."""

import msgspec

from gluv.config.model import Config
from gluv.errors import UsageWrong
from gluv.plan.context import Context
from gluv.plan.selection import Selection
from gluv.store import Store

_AGAIN = ("failed", "canceled", "skipped")

_HELD = ("manual", "created")
"""Nobody has played them, or those that they wait for: they are there, and hold what they held."""


def select_failed(
    store: Store, config: Config | None, selection: Selection, context: Context
) -> tuple[Selection, dict[str, int], frozenset[str]]:
    """The jobs to run again, the earlier jobs (ids) that stand for the others, and which of all
    these were played if they are manual.

    As on GitLab, where a retry runs the failed jobs with the artifacts of the good ones; the files
    are those of now. The selection is empty if all is well. Raises `UsageWrong` without a last run,
    and where that was of another branch or tag.
    """
    last = store.last_pipeline()
    if last is None:
        raise UsageWrong("nothing has run here yet", hint="gluv run")
    if (last.ref, last.tag) != (context.ref, context.ref_kind == "tag"):
        kind = "tag" if last.tag else "branch"
        raise UsageWrong(
            f"the last run was of {kind} {last.ref}, and this one would be of {context.ref}",
            hint=f"gluv run --failed --{kind} {last.ref}",
        )
    rows = {row.name: row for row in store.jobs_of(last.id)}
    bases = tuple(config.jobs) if config is not None else ()
    known = [row for row in rows.values() if any(_belongs(row.name, base) for base in bases)]
    again = tuple(row.name for row in known if row.status in _AGAIN)
    held = tuple(row.name for row in known if row.status in _HELD) if again else ()
    taken = {row.name: row.id for row in known if row.status == "success"}
    ran = {row.name for row in known if row.status in ("failed", "canceled")}
    selection = msgspec.structs.replace(selection, jobs=(*again, *held))
    return selection, taken, frozenset(ran | taken.keys())


def _belongs(name: str, base: str) -> bool:
    """Whether a job is this one of the file, or a leg of it (`test 1/2`, `test: [3.12]`)."""
    return name == base or name.startswith((f"{base} ", f"{base}: "))
