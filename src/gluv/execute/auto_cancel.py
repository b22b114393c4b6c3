"""`workflow:auto_cancel`: what ends jobs although no person does.

`on_new_commit` works between runs, by the rules of GitLab's service for redundant pipelines: the
newer run leaves a note in `.gluv/cancel/` for each older one of its ref; the older one looks there
now and then, and does what its own `workflow:` says.
"""

import contextlib
import os
import time
from pathlib import Path

from gluv.execute.graph import Outcome
from gluv.execute.run import Run
from gluv.host.files import write_whole
from gluv.plan.model import PlannedJob

LOOK_SECONDS = 0.5
"""How often a run looks for a note."""

_SHORTEST = 0.05
"""Seconds between two looks, where many jobs end."""


def ask_older(run: Run) -> None:
    """Leave a note for every older run of this ref that is under way at another commit."""
    mine = run.row
    for other in run.parts.store.running_pipelines(mine.ref, tag=mine.tag):
        if other.id < mine.id and other.sha != mine.sha:
            place = _note(run, other.id)
            with contextlib.suppress(OSError):
                place.parent.mkdir(exist_ok=True)
                write_whole(place, f"{mine.id}\n".encode())


def newer_pipeline(run: Run) -> int | None:
    """The pipeline that wants to take this one's place, None as long as there is none."""
    note = _note(run, run.row.id)
    if not os.path.exists(note):
        return None
    try:
        return int(note.read_text())
    except (OSError, ValueError):
        return None


def forget_note(run: Run) -> None:
    """The run is over."""
    with contextlib.suppress(OSError):
        _note(run, run.row.id).unlink()


def _note(run: Run, pipeline_id: int) -> Path:
    return run.parts.store.directory / "cancel" / str(pipeline_id)


class AutoCancel:
    """What a run gives up by itself; one thread asks and tells.

    `superseded` says that the whole run made room for a newer one, `why` is a sentence for people.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._newer: int | None = None
        self._given_up: frozenset[str] = frozenset()
        self._next = 0.0
        self.begun: set[str] = set()
        self.superseded = False
        self.why = ""

    def gives_up(self, job: PlannedJob) -> bool:
        """Whether this job is not to start any more."""
        return job.name in self._given_up

    def look(self) -> None:
        """Obey a newer run, once."""
        now = time.monotonic()
        if self._newer is not None or now < self._next:
            return
        self._next = now + _SHORTEST
        self._newer = newer_pipeline(self._run)
        if self._newer is None:
            return
        jobs, pipeline = self._run.plan.jobs, self._run.pipeline
        why = f"#{self._newer} runs {pipeline.ref} at a newer commit"
        match pipeline.auto_cancel.on_new_commit:
            case "none":
                return
            case "interruptible":
                self._given_up = frozenset(job.name for job in jobs if job.interruptible)
                self.why = f"{why}: interruptible jobs were cancelled"
                self._run.stop_jobs(self._given_up)
            case _:
                if not any(job.name in self.begun and not job.interruptible for job in jobs):
                    self.superseded, self.why = True, why
                    self._run.cancel.raise_to(1)

    def after(self, job: PlannedJob, outcome: Outcome) -> None:
        """Let a failure end the others, where `on_job_failure` says so."""
        if outcome.status != "failed" or outcome.allowed_to_fail or self._run.cancel.level:
            return
        if self._run.pipeline.auto_cancel.on_job_failure == "all":
            self.why = f"the failure of {job.name} cancelled the others"
            self._run.cancel.raise_to(1)
