"""What in a run differs from GitLab, collected over all jobs and said once each."""

import threading
import time
from collections.abc import Iterator

from gluv.config.keywords.pages import is_pages
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
    if job.secrets:
        yield f"secrets were not fetched ({', '.join(job.secrets)} are not set)"
    if job.identity:
        yield "there is no identity of a cloud provider"
    if is_pages(job.name, job.pages):
        yield "pages were kept as artifacts, not published"
    if job.dast_configuration:
        yield "dast_configuration had no effect"
    if job.inputs:
        yield "inputs of jobs had no effect"
    options = [job.image, *job.services]
    if any(each is not None and each.kubernetes is not None for each in options):
        yield "options for Kubernetes had no effect"
    if job.environment is not None and job.environment.kubernetes:
        yield "environment:kubernetes had no effect"
    if job.environment is not None and job.environment.auto_stop_in:
        yield "environments were not stopped when their time (auto_stop_in) was over"
    if job.when == "delayed" and not delays:
        yield "delayed jobs ran at once (--delays waits for their time)"
