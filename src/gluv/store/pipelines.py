"""Pipelines and jobs: what ran, how it ended, and which job a token belongs to."""

import sqlite3
from collections.abc import Iterable

import msgspec

from gluv.store.database import Database
from gluv.store.owner import is_alive, this_process
from gluv.store.rows import JobRow, PipelineRow, read_row

_UNFINISHED = "('created', 'pending', 'preparing', 'running')"


class Pipelines:
    """The pipelines and jobs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = this_process()
        self._tokens: dict[int, str] = {}

    def create(
        self,
        *,
        source: str,
        ref: str,
        tag: bool,
        sha: str,
        name: str | None,
        parent_job: int | None = None,
    ) -> PipelineRow:
        """Begin a pipeline; its status is `running`."""
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO pipelines"
                " (iid, source, ref, tag, sha, name, status, owner, created_at, parent_job)"
                " SELECT coalesce(max(iid), 0) + 1, ?, ?, ?, ?, ?, 'running', ?, ?, ?"
                " FROM pipelines RETURNING *",
                (source, ref, int(tag), sha, name, self._owner, self._database.now(), parent_job),
            ).fetchone()
        return _pipeline(row)

    def finish(self, pipeline_id: int, status: str, duration: float) -> None:
        """End a pipeline; `duration` in seconds."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE pipelines SET status = ?, duration = ? WHERE id = ?",
                (status, duration, pipeline_id),
            )

    def find(self, pipeline_id: int) -> PipelineRow | None:
        """The pipeline with this id."""
        row = self._database.row("SELECT * FROM pipelines WHERE id = ?", pipeline_id)
        return None if row is None else _pipeline(row)

    def newest(self, limit: int) -> tuple[PipelineRow, ...]:
        """The last pipelines that people started, newest first."""
        rows = self._database.rows(
            "SELECT * FROM pipelines WHERE parent_job IS NULL ORDER BY id DESC LIMIT ?", limit
        )
        return tuple(map(_pipeline, rows))

    def downstream_of(self, job_id: int) -> PipelineRow | None:
        """The pipeline that a bridge job started."""
        row = self._database.row(
            "SELECT * FROM pipelines WHERE parent_job = ? ORDER BY id DESC LIMIT 1", job_id
        )
        return None if row is None else _pipeline(row)

    def set_fingerprint(self, job_id: int, fingerprint: str) -> None:
        """Remember what a job's result depends on."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET fingerprint = ? WHERE id = ?", (fingerprint, job_id)
            )

    def good_jobs(self, name: str, fingerprint: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded with this fingerprint, newest first."""
        rows = self._database.rows(
            "SELECT * FROM jobs WHERE name = ? AND fingerprint = ? AND fingerprint != ''"
            " AND status = 'success' ORDER BY id DESC",
            name,
            fingerprint,
        )
        return tuple(map(_job, rows))

    def create_job(self, *, pipeline_id: int, name: str, stage: str) -> JobRow:
        """Add a job of status `created`."""
        (job_id,) = self.create_jobs(pipeline_id, ((name, stage),))
        job = self.job(job_id)
        assert job is not None
        return job

    def create_jobs(self, pipeline_id: int, jobs: Iterable[tuple[str, str]]) -> tuple[int, ...]:
        """Add jobs of status `created`, given as name and stage; their ids."""
        now = self._database.now()
        with self._database.writing() as connection:
            return tuple(
                connection.execute(
                    "INSERT INTO jobs (pipeline_id, name, stage, status, owner, created_at)"
                    " VALUES (?, ?, ?, 'created', ?, ?)",
                    (pipeline_id, name, stage, self._owner, now),
                ).lastrowid
                or 0
                for name, stage in jobs
            )

    def start_job(self, job_id: int, token: str) -> None:
        """Set a job `running`; from now until it finishes, `token` speaks for it."""
        self._tokens[job_id] = token
        self._database.later(
            "UPDATE jobs SET status = 'running', started_at = ?, owner = ? WHERE id = ?",
            self._database.now(),
            self._owner,
            job_id,
        )

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
        self._tokens.pop(job_id, None)
        self._database.later(
            "UPDATE jobs SET status = ?, exit_code = ?, reason = ?, duration = ?, notes = ?,"
            " finished_at = ? WHERE id = ?",
            status,
            exit_code,
            reason,
            duration,
            msgspec.json.encode(notes).decode(),
            self._database.now(),
            job_id,
        )

    def job(self, job_id: int) -> JobRow | None:
        """The job with this id."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        return None if row is None else _job(row)

    def job_by_token(self, token: str) -> JobRow | None:
        """The running job that this token speaks for."""
        for job_id, known in tuple(self._tokens.items()):
            if known == token:
                job = self.job(job_id)
                return job if job is not None and job.status == "running" else None
        return None

    def jobs_of(self, pipeline_id: int) -> tuple[JobRow, ...]:
        """The jobs of a pipeline in the order they were created."""
        rows = self._database.rows(
            "SELECT * FROM jobs WHERE pipeline_id = ? ORDER BY id", pipeline_id
        )
        return tuple(map(_job, rows))

    def close_abandoned(self) -> None:
        """End what a killed gluv left open: running jobs failed, the rest never ran.

        GitLab calls the failure `runner_system_failure`.
        """
        owners = self._database.rows(
            f"SELECT owner FROM jobs WHERE status IN {_UNFINISHED}"
            " UNION SELECT owner FROM pipelines WHERE status = 'running'"
        )
        gone = [row["owner"] for row in owners if not is_alive(row["owner"])]
        if not gone:
            return
        with self._database.writing() as connection:
            for owner in gone:
                connection.execute(
                    "UPDATE jobs SET status = 'failed', reason = 'runner_system_failure'"
                    " WHERE owner = ? AND status IN ('preparing', 'running')",
                    (owner,),
                )
                connection.execute(
                    "UPDATE jobs SET status = 'skipped' WHERE owner = ?"
                    " AND status IN ('created', 'pending')",
                    (owner,),
                )
                connection.execute(
                    "UPDATE pipelines SET status = 'failed' WHERE owner = ? AND status = 'running'",
                    (owner,),
                )


def _pipeline(row: sqlite3.Row) -> PipelineRow:
    return read_row(row, PipelineRow, tag=bool(row["tag"]))


def _job(row: sqlite3.Row) -> JobRow:
    notes = msgspec.json.decode(row["notes"], type=tuple[str, ...])
    return read_row(row, JobRow, notes=notes)
