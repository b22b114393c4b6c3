"""The place of a run: its directory, its guard, the files that every job starts from and that it
leaves for the next run."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gluv.errors import StoreUnavailable, exhaustion
from gluv.execute.run import Run
from gluv.host.copy import remove_tree
from gluv.host.homes import Homes
from gluv.host.kept import SNAPSHOT, read_kept, write_kept
from gluv.host.processes_orphans import may_be_left
from gluv.host.watchdog import Watchdog
from gluv.host.workspace import Snapshot
from gluv.host.workspace_slot import hold_slot

if TYPE_CHECKING:
    from gluv.execute.scheduler import Above


def settle_run(run: Run, above: "Above | None", stack: contextlib.ExitStack) -> None:
    """Make the place, and leave with `stack` what takes it away again.

    A downstream pipeline lives below the run that started it, and a child has its files too.
    Raises `StoreUnavailable` and `RepositoryUnusable`.
    """
    parts, below = run.parts, run.context.project.path
    kept = None
    if above is None:
        slot = stack.enter_context(hold_slot(parts.builds, parts.repository, parts.kept))
        guard = Watchdog(slot, parts.environ)
        stack.callback(guard.close)
        kept = read_kept(slot) if parts.kept is not None else None
    else:
        slot, guard = above.slot, above.run.guard
        slot.mkdir()
        stack.callback(remove_tree, slot)
    stack.callback(run.engines.close)
    if above is not None and above.same_files:
        run.settle(slot, above.run.snapshot, Homes(slot, below), guard)
        return
    try:
        snapshot = Snapshot.take(
            parts.repository,
            slot / SNAPSHOT,
            sha=run.pipeline.sha,
            refs=dict(_refs(run)),
            commit=parts.commit or run.pipeline.tag,
            below=below,
            reading=parts.reading,
            before=kept.snapshot if kept else None,
            outputs=parts.outputs,
        )
    except OSError as error:
        raise exhaustion(error) or StoreUnavailable(
            f"the files of {parts.repository} cannot be copied: {error}",
            hint=f"make them readable, or free some space in {parts.builds}",
        ) from error
    run.settle(slot, snapshot, Homes(slot, below, kept.homes if kept else {}), guard)
    if snapshot.changes.paths:
        count = snapshot.changes.paths
        run.differences.add(
            f"jobs saw {count} uncommitted {'change' if count == 1 else 'changes'} of the work tree"
        )
    for path in snapshot.changes.left_out:
        run.differences.add(f"the repository in {path} was left out")


def keep_files(run: Run) -> None:
    """All jobs have ended: leave the files to the next run, if no process can still write there."""
    if run.parts.kept is not None and run.cancel.level < 2 and not may_be_left():
        # What cannot be kept is made again.
        with contextlib.suppress(OSError):
            write_kept(run.slot, run.snapshot.remembered, run.homes.keep())


def _refs(run: Run) -> Iterator[tuple[str, str]]:
    """What GitLab Runner's refspecs leave: the pipeline's ref and the branch or the tag."""
    sha, kind = run.pipeline.sha, run.context.ref_kind
    yield f"refs/pipelines/{run.row.id}", sha
    if kind == "branch":
        yield f"refs/remotes/origin/{run.pipeline.ref}", sha
