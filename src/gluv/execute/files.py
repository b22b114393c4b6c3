"""The files of a run: where its jobs work, what they start from, what it leaves for the next."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from gluv.errors import StoreUnavailable
from gluv.execute.run import Run
from gluv.host.copy import remove_tree
from gluv.host.homes import Homes
from gluv.host.kept import SNAPSHOT, Kept, read_kept, write_kept
from gluv.host.processes_orphans import may_be_left
from gluv.host.workspace import Snapshot
from gluv.host.workspace_slot import hold_slot


def settle_files(run: Run, stack: contextlib.ExitStack) -> None:
    """Find a place for a run and take its snapshot; `stack` ends both. Raises `Stop`."""
    parts = run.parts
    slot = stack.enter_context(hold_slot(parts.builds, parts.repository, parts.kept))
    stack.callback(run.engines.close)
    kept = read_kept(slot) if parts.kept is not None else None
    _take(run, slot, kept)


def settle_downstream(run: Run, stack: contextlib.ExitStack, slot: Path, same: Run | None) -> None:
    """The same for a downstream pipeline, in a directory of the run above.

    It starts from the files of `same`, if they are the same. Raises `Stop`.
    """
    slot.mkdir()
    stack.callback(remove_tree, slot)
    stack.callback(run.engines.close)
    if same is not None:
        run.settle(slot, same.snapshot, Homes(slot, run.context.project.path))
    else:
        _take(run, slot, None)


def keep_files(run: Run) -> None:
    """All jobs have ended: leave the files to the next run, if no process can still write there."""
    parts = run.parts
    if parts.kept is not None and parts.cancel.level < 2 and not may_be_left():
        # What cannot be kept is made again.
        with contextlib.suppress(OSError):
            write_kept(run.slot, run.snapshot.remembered, run.homes.keep())


def _take(run: Run, slot: Path, kept: Kept | None) -> None:
    parts, below = run.parts, run.context.project.path
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
        )
    except OSError as error:
        raise StoreUnavailable(
            f"the files of {parts.repository} cannot be copied: {error}",
            hint=f"make them readable, or free some space in {parts.builds}",
        ) from error
    run.settle(slot, snapshot, Homes(slot, below, kept.homes if kept else {}))
    if snapshot.changes.paths:
        count = snapshot.changes.paths
        run.differences.add(
            f"jobs saw {count} uncommitted {'change' if count == 1 else 'changes'} of the work tree"
        )
    for path in snapshot.changes.left_out:
        run.differences.add(f"the repository in {path} was left out")


def _refs(run: Run) -> Iterator[tuple[str, str]]:
    """What GitLab Runner's refspecs leave: the pipeline's ref and the branch or the tag."""
    sha, kind = run.pipeline.sha, run.context.ref_kind
    yield f"refs/pipelines/{run.row.id}", sha
    if kind == "branch":
        yield f"refs/remotes/origin/{run.pipeline.ref}", sha
