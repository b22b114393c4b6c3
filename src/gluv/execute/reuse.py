"""Results of earlier runs that stand for a job: `--failed` and `--reuse`."""

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.execute.artifacts import Kept, has_uploads
from gluv.execute.dotenv import DotenvInvalid, read_dotenv
from gluv.execute.events import JobFinished
from gluv.execute.run import Run
from gluv.execute.variables import job_variables
from gluv.plan.model import PlannedJob
from gluv.store.artifacts import ARCHIVE, SIDECAR, artifacts_place, report_place
from gluv.store.digest import digest
from gluv.store.rows import JobRow
from gluv.store.store import Store

_EACH_RUN = frozenset(
    {
        "CI_JOB_STARTED_AT",
        "CI_JOB_STARTED_AT_SLUG",
        "CI_PIPELINE_CREATED_AT",
        "CI_PIPELINE_ID",
        "CI_PIPELINE_IID",
        "CI_PIPELINE_URL",
        "CI_SERVER_PORT",
    }
)
"""Variables that no two runs have alike; a value made of one of them is one too."""

_SAID = ("name", "base_name", "stage", "when", "needs", "mark", "marks", "rule", "resource_group")
"""What of a job decides when it runs, not what it does."""


class Fingerprints:
    """What the results of a run's jobs depend on, worked out once each."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._found: dict[str, str] = {}
        self._jobs = {job.name: job for job in run.plan.jobs}

    def of(self, job: PlannedJob) -> str:
        """Files, definition, variables, surroundings, and the same of the jobs whose artifacts it
        gets.

        Caches do not count: a job must give the same result with any of them.
        """
        if job.name not in self._found:
            sources = self._run.sources.of(job)
            parts = [
                self._run.snapshot.tree_id,
                _definition(job),
                self._variables(job),
                self._surroundings,
                {name: self.of(self._jobs[name]) for name in sources if name in self._jobs},
            ]
            text = msgspec.json.encode(parts, order="deterministic").decode()
            self._found[job.name] = digest(text)
        return self._found[job.name]

    @property
    def _surroundings(self) -> tuple[str, Mapping[str, str]]:
        """What jobs have from this machine: where they run, and what `pass-env` hands in."""
        parts = self._run.parts
        return parts.executor, parts.passed

    def _variables(self, job: PlannedJob) -> Mapping[str, str]:
        run, place = self._run, Path("/builds")
        url = run.parts.server_url
        variables = job_variables(
            run, job, job_id=0, token="", builds=place, project=place / run.context.project.path
        )
        return {
            one.key: one.value.replace(url, "server")
            for one in variables
            if one.key not in _EACH_RUN
        }


def _definition(job: PlannedJob) -> dict[str, object]:
    data: dict[str, object] = msgspec.to_builtins(job)
    return {key: value for key, value in data.items() if key not in _SAID}


def stand_in(run: Run, job: PlannedJob, job_id: int, fingerprints: Fingerprints) -> bool:
    """Let an earlier result stand for a job, if there is one; whether there is."""
    earlier = _find(run, job, fingerprints)
    if earlier is None:
        return False
    store = run.parts.store
    run.keep(job, _take(store, earlier, job_id))
    note = (f"the result of run #{earlier.pipeline_id} stands for it",)
    store.finish_job(
        job_id,
        status="success",
        exit_code=0,
        reason="",
        duration=0.0,
        notes=note,
        artifacts_expire_at=earlier.artifacts_expire_at,
    )
    run.emit(
        JobFinished(
            at=time.time(),
            job=job.name,
            status="success",
            duration=0.0,
            exit_code=0,
            taken_from=earlier.pipeline_id,
        )
    )
    return True


def _find(run: Run, job: PlannedJob, fingerprints: Fingerprints) -> JobRow | None:
    """The earlier job whose result stands for this one, if its artifacts are still there."""
    store, parts = run.parts.store, run.parts
    candidates: tuple[JobRow, ...] = ()
    if job.name in parts.taken:
        row = store.job(parts.taken[job.name])
        candidates = (row,) if row is not None else ()
    elif job.name in parts.reuse and not job.foreign_needs:
        candidates = store.good_jobs(job.name, fingerprints.of(job))
    return next((row for row in candidates if _is_whole(store, row, job)), None)


def _take(store: Store, earlier: JobRow, job_id: int) -> Kept:
    """Let the artifacts of an earlier job be those of a new one."""
    place = artifacts_place(store.directory, job_id)
    theirs = artifacts_place(store.directory, earlier.id)
    if theirs.exists() and not os.path.lexists(place):
        # The earlier one may itself stand for another: link to where the files are.
        place.symlink_to(theirs.resolve().name, target_is_directory=True)
    return read_kept(store, job_id)


def read_kept(store: Store, job_id: int) -> Kept:
    """What a job has left, as it lies there."""
    place = artifacts_place(store.directory, job_id)
    archive = place / ARCHIVE
    dotenv: dict[str, str] = {}
    reports = report_place(place, "dotenv")
    if reports.is_dir():
        with contextlib.suppress(DotenvInvalid, OSError):
            dotenv = read_dotenv(path for path in sorted(reports.rglob("*")) if path.is_file())
    return Kept(job_id=job_id, archive=archive if archive.is_dir() else None, dotenv=dotenv)


def _is_whole(store: Store, row: JobRow, job: PlannedJob) -> bool:
    """Whether what a good job leaves is there; nothing may be all that it leaves."""
    if not has_uploads(job.artifacts, success=True):
        return True
    return (artifacts_place(store.directory, row.id) / SIDECAR).is_file()
