"""Pipelines and jobs: what ran, how it ended, and which job a token belongs to."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from gluv.store.database import Database
from gluv.store.digest import digest
from gluv.store.found import Found
from gluv.store.owner import is_alive, this_process
from gluv.store.rows import JobRow, PipelineRow, read_row

_UPDATED = (
    "coalesce(created_at + duration, (SELECT max(coalesce(j.finished_at, j.started_at,"
    " j.created_at)) FROM jobs j WHERE j.pipeline_id = pipelines.id), created_at)"
)
"""When something last happened to a pipeline."""

_UNFINISHED = "('created', 'waiting_for_resource', 'pending', 'preparing', 'running')"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which pipelines are looked for, None for any; times in seconds since the epoch."""

    statuses: tuple[str, ...] | None = None
    ref: str | None = None
    sha: str | None = None
    source: str | None = None
    name: str | None = None
    user_id: int | None = None
    newest_of: Literal["branches", "tags"] | None = None
    created_before: float | None = None
    created_after: float | None = None
    updated_before: float | None = None
    updated_after: float | None = None
    order: Literal["id", "status", "ref", "updated_at", "user_id"] = "id"
    descending: bool = True

    def conditions(self) -> tuple[list[str], list[Any]]:
        """The conditions in SQL, and what is bound to them."""
        tests: list[tuple[str, Any]] = [
            ("ref = ?", self.ref),
            ("sha = ?", self.sha),
            ("source = ?", self.source),
            ("name = ?", self.name),
            ("user_id = ?", self.user_id),
            ("created_at < ?", self.created_before),
            ("created_at > ?", self.created_after),
            (f"{_UPDATED} < ?", self.updated_before),
            (f"{_UPDATED} > ?", self.updated_after),
        ]
        parts = [sql for sql, value in tests if value is not None]
        bound = [value for _, value in tests if value is not None]
        if self.source is None:
            parts.append("source <> 'parent_pipeline'")
        if self.statuses is not None:
            parts.append("status IN (SELECT value FROM json_each(?))")
            bound.append(msgspec.json.encode(self.statuses).decode())
        if self.newest_of is not None:
            parts.append(
                "id IN (SELECT max(id) FROM pipelines p WHERE p.project_id = pipelines.project_id"
                " AND p.tag = ? AND p.source <> 'parent_pipeline' GROUP BY p.ref)"
            )
            bound.append(int(self.newest_of == "tags"))
        return parts, bound


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is to be; `needs` is None where its stage decides."""

    name: str
    stage: str
    allow_failure: bool = False
    when: str = "on_success"
    needs: tuple[str, ...] | None = None
    bridge: bool = False


class Pipelines:
    """The pipelines and jobs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._owner = this_process()

    def create(
        self,
        *,
        source: str,
        ref: str,
        tag: bool,
        sha: str,
        name: str | None,
        parent_job: int | None = None,
        project_id: int,
        before_sha: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> PipelineRow:
        """Begin a pipeline; its status is `running`. `iid` counts within its project."""
        with self._database.writing() as connection:
            row = connection.execute(
                "INSERT INTO pipelines (iid, source, ref, tag, sha, name, status, owner,"
                " created_at, parent_job, project_id, before_sha, variables)"
                " SELECT coalesce(max(iid), 0) + 1, ?, ?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?"
                " FROM pipelines WHERE project_id = ? RETURNING *",
                (
                    source,
                    ref,
                    int(tag),
                    sha,
                    name,
                    self._owner,
                    self._database.now(),
                    parent_job,
                    project_id,
                    before_sha,
                    msgspec.json.encode(dict(variables or {})).decode(),
                    project_id,
                ),
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

    def newest(self, limit: int, project_id: int | None = None) -> tuple[PipelineRow, ...]:
        """The last pipelines that people started, newest first, of all projects or of one."""
        rows = self._database.rows(
            "SELECT * FROM pipelines WHERE parent_job IS NULL AND project_id = coalesce(?,"
            " project_id) ORDER BY id DESC LIMIT ?",
            project_id,
            limit,
        )
        return tuple(map(_pipeline, rows))

    def running(self, ref: str, *, tag: bool) -> tuple[PipelineRow, ...]:
        """The pipelines of a ref under way that people started, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM pipelines WHERE status = 'running' AND parent_job IS NULL"
            " AND ref = ? AND tag = ? ORDER BY id",
            ref,
            int(tag),
        )
        return tuple(map(_pipeline, rows))

    def search(self, project_id: int, wanted: Wanted) -> Sequence[PipelineRow]:
        """The pipelines of a project that are wanted; child pipelines only by their source."""
        parts, bound = wanted.conditions()
        columns = {"updated_at": _UPDATED, "user_id": "user_id", "ref": "ref", "status": "status"}
        direction = "DESC" if wanted.descending else "ASC"
        return Found(
            self._database,
            "*",
            " AND ".join(["pipelines WHERE project_id = ?", *parts]),
            f"{columns.get(wanted.order, 'id')} {direction}, id {direction}",
            (project_id, *bound),
            _pipeline,
        )

    def jobs_of_project(
        self, project_id: int, statuses: Sequence[str] | None = None
    ) -> Sequence[JobRow]:
        """The jobs of a project, no bridges, the newest first; None means of every status."""
        chosen = "" if statuses is None else " AND status IN (SELECT value FROM json_each(?))"
        return Found(
            self._database,
            "*",
            "jobs WHERE NOT bridge AND pipeline_id IN (SELECT id FROM pipelines WHERE"
            f" project_id = ?){chosen}",
            "id DESC",
            (project_id, *(() if statuses is None else (msgspec.json.encode(statuses).decode(),))),
            _job,
        )

    def downstream_of(self, job_id: int) -> PipelineRow | None:
        """The pipeline that a bridge job started."""
        row = self._database.row(
            "SELECT * FROM pipelines WHERE parent_job = ? ORDER BY id DESC LIMIT 1", job_id
        )
        return None if row is None else _pipeline(row)

    def set_fingerprint(self, job_id: int, fingerprint: str) -> None:
        """Remember what a job's result depends on."""
        self._database.later("UPDATE jobs SET fingerprint = ? WHERE id = ?", fingerprint, job_id)

    def good_jobs(self, name: str, fingerprint: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded with this fingerprint, newest first."""
        rows = self._database.rows(
            "SELECT * FROM jobs WHERE name = ? AND fingerprint = ? AND fingerprint != ''"
            " AND status = 'success' ORDER BY id DESC",
            name,
            fingerprint,
        )
        return tuple(map(_job, rows))

    def good_jobs_of_ref(self, name: str, ref: str) -> tuple[JobRow, ...]:
        """The jobs of this name that succeeded at a branch or tag, newest last."""
        rows = self._database.rows(
            "SELECT j.* FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id"
            " WHERE j.name = ? AND p.ref = ? AND j.status = 'success'"
            " AND j.artifacts_removed_at IS NULL ORDER BY j.id",
            name,
            ref,
        )
        return tuple(map(_job, rows))

    def create_job(self, pipeline_id: int, job: NewJob) -> JobRow:
        """Add a job of status `created`."""
        (job_id,) = self.create_jobs(pipeline_id, (job,))
        made = self.job(job_id)
        assert made is not None
        return made

    def create_jobs(self, pipeline_id: int, jobs: Iterable[NewJob]) -> tuple[int, ...]:
        """Add jobs of status `created`; their ids."""
        now = self._database.now()
        with self._database.writing() as connection:
            return tuple(self._insert(connection, pipeline_id, job, now) for job in jobs)

    def _insert(
        self, connection: sqlite3.Connection, pipeline_id: int, job: NewJob, now: float
    ) -> int:
        needs = None if job.needs is None else msgspec.json.encode(job.needs).decode()
        return (
            connection.execute(
                "INSERT INTO jobs (pipeline_id, name, stage, status, owner, created_at,"
                ' allow_failure, "when", needs, bridge)'
                " VALUES (?, ?, ?, 'created', ?, ?, ?, ?, ?, ?)",
                (
                    *(pipeline_id, job.name, job.stage, self._owner, now),
                    *(int(job.allow_failure), job.when, needs, int(job.bridge)),
                ),
            ).lastrowid
            or 0
        )

    def hold_job(self, job_id: int, *, waiting: bool) -> None:
        """Set a job `waiting_for_resource`: another run has its resource group; else `pending`."""
        status = "waiting_for_resource" if waiting else "pending"
        with self._database.writing() as connection:
            connection.execute("UPDATE jobs SET status = ? WHERE id = ?", (status, job_id))

    def start_job(self, job_id: int, token: str) -> None:
        """Set a job `running`; from now until it finishes, `token` speaks for it.

        It is written at once: the server that the job asks may be another process.
        """
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE jobs SET status = 'running', token_hash = ?, started_at = ?, owner = ?"
                " WHERE id = ?",
                (digest(token), self._database.now(), self._owner, job_id),
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
        coverage: float | None = None,
        allow_failure: bool | None = None,
        artifacts_expire_at: float | None = None,
    ) -> None:
        """End a job and with it its token; `duration` in seconds, `coverage` in percent.

        `allow_failure` is what its exit code made of it, None if that changed nothing.
        """
        self._database.later(
            "UPDATE jobs SET status = ?, exit_code = ?, reason = ?, duration = ?, notes = ?,"
            " coverage = ?, allow_failure = coalesce(?, allow_failure), token_hash = NULL,"
            " finished_at = ?, artifacts_expire_at = ? WHERE id = ?",
            status,
            exit_code,
            reason,
            duration,
            msgspec.json.encode(notes).decode(),
            coverage,
            None if allow_failure is None else int(allow_failure),
            self._database.now(),
            artifacts_expire_at,
            job_id,
        )

    def job(self, job_id: int) -> JobRow | None:
        """The job with this id."""
        row = self._database.row("SELECT * FROM jobs WHERE id = ?", job_id)
        return None if row is None else _job(row)

    def job_by_token(self, token: str) -> JobRow | None:
        """The running job that this token speaks for."""
        row = self._database.row(
            "SELECT * FROM jobs WHERE token_hash = ? AND status = 'running'", digest(token)
        )
        return None if row is None else _job(row)

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
                    "UPDATE jobs SET status = 'failed', reason = 'runner_system_failure',"
                    " token_hash = NULL WHERE owner = ? AND status IN ('preparing', 'running')",
                    (owner,),
                )
                connection.execute(
                    "UPDATE jobs SET status = 'skipped' WHERE owner = ?"
                    " AND status IN ('created', 'waiting_for_resource', 'pending')",
                    (owner,),
                )
                connection.execute(
                    "UPDATE pipelines SET status = 'failed' WHERE owner = ? AND status = 'running'",
                    (owner,),
                )


def _pipeline(row: sqlite3.Row) -> PipelineRow:
    variables = msgspec.json.decode(row["variables"], type=dict[str, str])
    return read_row(row, PipelineRow, tag=bool(row["tag"]), variables=variables)


def _job(row: sqlite3.Row) -> JobRow:
    needs = row["needs"]
    return read_row(
        row,
        JobRow,
        notes=msgspec.json.decode(row["notes"], type=tuple[str, ...]),
        needs=None if needs is None else msgspec.json.decode(needs, type=tuple[str, ...]),
        allow_failure=bool(row["allow_failure"]),
        bridge=bool(row["bridge"]),
    )


read_pipeline, read_job = _pipeline, _job
"""Rows of these tables as structs, for other questions than those above."""
