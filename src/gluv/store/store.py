"""A `.gluv/` directory: projects, pipelines, jobs, logs, packages, releases, tokens."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gluv.errors import StoreUnavailable
from gluv.host.files import make_directory, write_whole
from gluv.store.artifacts import Artifacts, read_artifacts
from gluv.store.blobs import Blobs
from gluv.store.changes import Changes
from gluv.store.database import Database, speaking
from gluv.store.history import History
from gluv.store.notices import Notices
from gluv.store.packages import Packages
from gluv.store.people import People
from gluv.store.pipelines import NewJob, Pipelines, Wanted
from gluv.store.projects import Projects
from gluv.store.releases import Releases
from gluv.store.rows import JobRow, PipelineRow
from gluv.store.sizes import Sizes, read_sizes

if TYPE_CHECKING:
    from gluv.store.job_token_scope import JobTokenScope
    from gluv.store.listings import Listings
    from gluv.store.tokens import Tokens


class Store:
    """What gluv remembers. Threads and processes may share it."""

    def __init__(self, directory: Path, database: Database) -> None:
        self.directory = directory
        self._logs = directory / "logs"
        self._database = database
        self._pipelines = Pipelines(database)
        self.blobs = Blobs(directory / "files")
        self.projects = Projects(database)
        self.people = People(database)
        self.packages = Packages(database)
        self.releases = Releases(database)
        self.notices = Notices(database)
        self.history = History(directory, database)
        self.changes = Changes(database.path)

    # A run needs none of these.

    @cached_property
    def tokens(self) -> "Tokens":
        """Personal, project, group and deploy tokens."""
        from gluv.store.tokens import Tokens

        return Tokens(self._database)

    @cached_property
    def job_token_scope(self) -> "JobTokenScope":
        """Which projects' job tokens may do something here."""
        from gluv.store.job_token_scope import JobTokenScope

        return JobTokenScope(self._database)

    @cached_property
    def listings(self) -> "Listings":
        """Lists over projects, for pages and the API."""
        from gluv.store.listings import Listings

        return Listings(self._database)

    @classmethod
    def open(cls, directory: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """Open the `.gluv/` of a project, creating it so that git ignores it.

        What a killed gluv left is cleaned up: its running jobs are failed, its half-written files
        removed. Raises `StoreUnavailable` when it is not writable, damaged or too new.
        """
        with speaking(directory):
            make_directory(directory)
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

    @property
    def lacking(self) -> bool:
        """Whether what was written last cannot be read (`open_to_read`)."""
        return self._database.lacking

    @classmethod
    def open_to_read(cls, directory: Path) -> Self:
        """Open it for whoever only looks: also where nothing can be written.

        Raises `StoreUnavailable` as `open` does if it cannot even be read.
        """
        try:
            return cls.open(directory)
        except StoreUnavailable as error:
            with suppress(StoreUnavailable):
                return cls(directory, Database.open_to_read(directory / "gluv.db"))
            raise error

    def close(self) -> None:
        """Write what was only noted and close the database; closing twice is fine."""
        self.changes.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def now(self) -> float:
        """The store's time, in seconds since the epoch."""
        return self._database.now()

    def damage(self) -> tuple[str, ...]:
        """What is wrong with the database itself, a sentence each."""
        return self._database.damage()

    def copy_database(self, target: Path) -> None:
        """Copy the database as it is at one moment, whoever writes to it meanwhile."""
        self._database.copy(target)

    def sizes(self) -> Sizes:
        """How much it holds."""
        return read_sizes(self.directory, self._database)

    def delete_package(self, package_id: int) -> None:
        """Remove a package, its files, and of their content what nothing else names."""
        with self.blobs.removing() as remove:
            for sha256 in self.packages.delete(package_id):
                remove(sha256)

    def delete_package_file(self, file_id: int) -> None:
        """Remove a file of a package, and its content if nothing else names it."""
        with self.blobs.removing() as remove:
            for sha256 in self.packages.delete_file(file_id):
                remove(sha256)

    def create_pipeline(
        self,
        *,
        source: str,
        ref: str,
        tag: bool,
        sha: str,
        name: str | None,
        parent_job: int | None = None,
        project_id: int | None = None,
        before_sha: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> PipelineRow:
        """Begin a pipeline; its status is `running`. `parent_job` is the bridge that starts it.

        Without `project_id` it is one of the home project. `variables` are pipeline variables.
        """
        return self._pipelines.create(
            source=source,
            ref=ref,
            tag=tag,
            sha=sha,
            name=name,
            parent_job=parent_job,
            project_id=self.projects.home_id() if project_id is None else project_id,
            before_sha=before_sha,
            variables=variables,
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

    def pipelines(
        self, limit: int = 20, *, project_id: int | None = None
    ) -> tuple[PipelineRow, ...]:
        """The last pipelines that people started, newest first, of all projects or of one."""
        return self._pipelines.newest(limit, project_id)

    def running_pipelines(self, ref: str, *, tag: bool) -> tuple[PipelineRow, ...]:
        """The pipelines of a ref under way that people started, oldest first."""
        return self._pipelines.running(ref, tag=tag)

    def search_pipelines(self, project_id: int, wanted: Wanted) -> Sequence[PipelineRow]:
        """The pipelines of a project that are wanted; child pipelines only by their source."""
        return self._pipelines.search(project_id, wanted)

    def jobs_of_project(
        self, project_id: int, statuses: Sequence[str] | None = None
    ) -> Sequence[JobRow]:
        """The jobs of a project, no bridges, the newest first; None means of every status."""
        return self._pipelines.jobs_of_project(project_id, statuses)

    def artifacts_of(self, job_id: int) -> Artifacts | None:
        """What a job left, None if that is nothing."""
        return read_artifacts(self.directory, job_id)

    def downstream_of(self, job_id: int) -> PipelineRow | None:
        """The pipeline that a bridge job started."""
        return self._pipelines.downstream_of(job_id)

    def set_fingerprint(self, job_id: int, fingerprint: str) -> None:
        """Remember what a job's result depends on."""
        self._pipelines.set_fingerprint(job_id, fingerprint)

    def good_jobs(self, name: str, fingerprint: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded with this fingerprint, newest first."""
        return self._pipelines.good_jobs(name, fingerprint)

    def good_jobs_of_ref(self, name: str, ref: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded at a branch or tag, newest last."""
        return self._pipelines.good_jobs_of_ref(name, ref)

    def close_abandoned(self) -> None:
        """End what a killed gluv left open."""
        self._pipelines.close_abandoned()

    def create_job(
        self,
        *,
        pipeline_id: int,
        name: str,
        stage: str,
        allow_failure: bool = False,
        when: str = "on_success",
        needs: Sequence[str] | None = None,
        bridge: bool = False,
    ) -> JobRow:
        """Add a job of status `created`; `needs` is None where its stage decides."""
        job = NewJob(
            name=name,
            stage=stage,
            allow_failure=allow_failure,
            when=when,
            needs=None if needs is None else tuple(needs),
            bridge=bridge,
        )
        return self._pipelines.create_job(pipeline_id, job)

    def create_jobs(self, pipeline_id: int, jobs: Iterable[NewJob]) -> tuple[int, ...]:
        """Add jobs of status `created`; their ids."""
        return self._pipelines.create_jobs(pipeline_id, jobs)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """While this runs, ends of jobs are only noted, and written by what comes next or `flush`.

        This object tells of them at once, others once they are written.
        """
        with self._database.gathering():
            yield

    def flush(self) -> None:
        """Write what was only noted."""
        self._database.flush()

    def hold_job(self, job_id: int, *, waiting: bool) -> None:
        """Set a job `waiting_for_resource`, or `pending` once it has that."""
        self._pipelines.hold_job(job_id, waiting=waiting)

    def start_job(self, job_id: int, token: str) -> None:
        """Set a job `running`. Only a hash of `token` is stored; it is valid while the job runs."""
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
        coverage: float | None = None,
        allow_failure: bool | None = None,
        artifacts_expire_at: float | None = None,
    ) -> None:
        """End a job and with it its token; `duration` in seconds, `coverage` in percent.

        `allow_failure` is what its exit code made of it, None if that changed nothing.
        """
        self._pipelines.finish_job(
            job_id,
            status=status,
            exit_code=exit_code,
            reason=reason,
            duration=duration,
            notes=notes,
            coverage=coverage,
            allow_failure=allow_failure,
            artifacts_expire_at=artifacts_expire_at,
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
