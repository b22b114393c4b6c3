"""A project's `.gluv/` directory: pipelines, jobs, logs, packages, releases."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from gluv.host.files import write_whole
from gluv.store.blobs import Blobs
from gluv.store.database import Database, speaking
from gluv.store.packages import Packages
from gluv.store.pipelines import Pipelines
from gluv.store.releases import Releases
from gluv.store.rows import JobRow, PipelineRow


class Store:
    """What gluv remembers about one project. Threads and processes may share it."""

    def __init__(self, directory: Path, database: Database) -> None:
        self.directory = directory
        self._logs = directory / "logs"
        self._database = database
        self._pipelines = Pipelines(database)
        self.blobs = Blobs(directory / "files")
        self.packages = Packages(database)
        self.releases = Releases(database)

    @classmethod
    def open(cls, directory: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """Open the `.gluv/` of a project, creating it so that git ignores it.

        What a killed gluv left is cleaned up: its running jobs are failed, its half-written files
        removed. Raises `StoreUnavailable` when it is not writable, damaged or too new.
        """
        with speaking(directory):
            directory.mkdir(parents=True, exist_ok=True)
            if not (directory / ".gitignore").exists():
                write_whole(directory / ".gitignore", b"*\n")
            (directory / "logs").mkdir(exist_ok=True)
        store = cls(directory, Database.open(directory / "gluv.db", clock=clock))
        try:
            store._pipelines.close_abandoned()
            with speaking(directory):
                store.blobs.sweep()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Write what was only noted and close the database; closing twice is fine."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def now(self) -> float:
        """The store's time, in seconds since the epoch."""
        return self._database.now()

    def create_pipeline(
        self,
        *,
        source: str,
        ref: str,
        tag: bool,
        sha: str,
        name: str | None,
        parent_job: int | None = None,
    ) -> PipelineRow:
        """Begin a pipeline; its status is `running`. `parent_job` is the bridge that starts it."""
        return self._pipelines.create(
            source=source, ref=ref, tag=tag, sha=sha, name=name, parent_job=parent_job
        )

    def finish_pipeline(self, pipeline_id: int, status: str, duration: float) -> None:
        """End a pipeline; `duration` in seconds."""
        self._pipelines.finish(pipeline_id, status, duration)

    def pipeline(self, pipeline_id: int) -> PipelineRow | None:
        """The pipeline with this id."""
        return self._pipelines.find(pipeline_id)

    def last_pipeline(self) -> PipelineRow | None:
        """The newest pipeline."""
        return next(iter(self._pipelines.newest(1)), None)

    def pipelines(self, limit: int = 20) -> tuple[PipelineRow, ...]:
        """The last pipelines that people started, newest first."""
        return self._pipelines.newest(limit)

    def downstream_of(self, job_id: int) -> PipelineRow | None:
        """The pipeline that a bridge job started."""
        return self._pipelines.downstream_of(job_id)

    def set_fingerprint(self, job_id: int, fingerprint: str) -> None:
        """Remember what a job's result depends on."""
        self._pipelines.set_fingerprint(job_id, fingerprint)

    def good_jobs(self, name: str, fingerprint: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded with this fingerprint, newest first."""
        return self._pipelines.good_jobs(name, fingerprint)

    def close_abandoned(self) -> None:
        """End what a killed gluv left open."""
        self._pipelines.close_abandoned()

    def create_job(self, *, pipeline_id: int, name: str, stage: str) -> JobRow:
        """Add a job of status `created`."""
        return self._pipelines.create_job(pipeline_id=pipeline_id, name=name, stage=stage)

    def create_jobs(self, pipeline_id: int, jobs: Iterable[tuple[str, str]]) -> tuple[int, ...]:
        """Add jobs of status `created`, given as name and stage; their ids."""
        return self._pipelines.create_jobs(pipeline_id, jobs)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """While this runs, starts and ends of jobs are only noted, and written at a `flush`.

        This object tells of them at once, others once they are written.
        """
        with self._database.gathering():
            yield

    def flush(self) -> None:
        """Write what was only noted."""
        self._database.flush()

    def start_job(self, job_id: int, token: str) -> None:
        """Set a job `running`. `token` speaks for it as long, in this process only."""
        self._pipelines.start_job(job_id, token)

    def finish_job(
        self,
        job_id: int,
        *,
        status: str,
        exit_code: int | None,
        reason: str,
        duration: float,
        notes: tuple[str, ...] = (),
    ) -> None:
        """End a job and with it its token; `duration` in seconds."""
        self._pipelines.finish_job(
            job_id,
            status=status,
            exit_code=exit_code,
            reason=reason,
            duration=duration,
            notes=notes,
        )

    def job(self, job_id: int) -> JobRow | None:
        """The job with this id."""
        return self._pipelines.job(job_id)

    def job_by_token(self, token: str) -> JobRow | None:
        """The job that a token speaks for, None unless that job is running."""
        return self._pipelines.job_by_token(token)

    def jobs_of(self, pipeline_id: int) -> tuple[JobRow, ...]:
        """The jobs of a pipeline in the order they were created."""
        return self._pipelines.jobs_of(pipeline_id)

    def log_path(self, job_id: int) -> Path:
        """Where the log of a job is, or will be."""
        return self._logs / f"{job_id}.log"
