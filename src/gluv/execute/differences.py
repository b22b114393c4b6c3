"""What in a run differs from GitLab, collected over all jobs and said once each."""

import threading
import time
from collections.abc import Iterator

from gluv.execute.events import Difference
from gluv.plan.model import PlannedJob


class Differences:
    """Clauses with the jobs they concern, in the order they were first seen. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, dict[str, None]] = {}

    def add(self, what: str, job: str | None = None) -> None:
        """Note a difference; the same clause from another job joins the first."""
        with self._lock:
            jobs = self._found.setdefault(what, {})
            if job is not None:
                jobs[job] = None

    def events(self) -> Iterator[Difference]:
        """All of them, with their jobs."""
        for what, jobs in self._found.items():
            yield Difference(at=time.time(), what=what, jobs=tuple(jobs))


def unsupported(job: PlannedJob) -> str | None:
    """Why a job cannot run here at all, or None."""
    if job.run:
        return "steps (run:) need GitLab's step runner"
    return None


def ignored(job: PlannedJob, *, delays: bool) -> Iterator[str]:
    """What a job asks for that means nothing to this runner, each a clause."""
    if job.tags:
        yield "runner tags were not matched, this machine took every job"
    if job.id_tokens:
        yield "id_tokens were not issued"
    if job.when == "delayed" and not delays:
        yield "delayed jobs ran at once (--delays waits for their time)"
