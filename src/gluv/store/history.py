"""What becomes of old runs: their artifacts expire, and in the end they are forgotten."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from gluv.host.copy import remove_tree
from gluv.store.database import Database

SLACK = 10
"""A tenth more runs than asked for are kept, so that not every run has to tidy up."""

_SAME = (
    "p2.project_id = p.project_id AND p2.ref = p.ref AND p2.tag = p.tag"
    " AND j2.name = j.name AND j2.id > j.id"
    " AND (p2.source = 'merge_request_event') = (p.source = 'merge_request_event')"
    " AND coalesce((SELECT name FROM jobs WHERE id = p2.parent_job), '')"
    " = coalesce((SELECT name FROM jobs WHERE id = p.parent_job), '')"
)
"""A newer job of the same name and ref, in a pipeline of the same kind."""

_NEWER = f"SELECT 1 FROM jobs j2 JOIN pipelines p2 ON p2.id = j2.pipeline_id WHERE {_SAME}"

_EXPIRED = (
    "SELECT j.id FROM jobs j JOIN pipelines p ON p.id = j.pipeline_id"
    " WHERE j.artifacts_expire_at <= ? AND j.artifacts_removed_at IS NULL"
    f" AND p.status != 'running' AND EXISTS ({_NEWER})"
    f" AND (p.status != 'success' OR EXISTS ({_NEWER} AND p2.status = 'success'))"
)


class History:
    """The end of runs and of what they left. Processes may tidy up at the same time."""

    def __init__(self, directory: Path, database: Database) -> None:
        self._directory = directory
        self._database = database

    def tidy(self, runs: int) -> None:
        """After a run: remove expired artifacts, and forget all but the newest `runs`."""
        self.expire()
        self.keep(runs)

    def expire(self) -> int:
        """Remove artifacts whose time is over; of how many jobs.

        As on GitLab those of the latest run of a branch or tag are kept, and those of the latest
        that succeeded. A run here may be a part of the pipeline, so that the latest is asked job by
        job.
        """
        now = self._database.now()
        jobs = [row["id"] for row in self._database.rows(_EXPIRED, now)]
        if jobs:
            self._remove_artifacts(jobs)
            with self._database.writing() as connection:
                connection.executemany(
                    "UPDATE jobs SET artifacts_removed_at = ? WHERE id = ?",
                    [(now, job) for job in jobs],
                )
        return len(jobs)

    def is_kept(self, job_id: int) -> bool:
        """Whether the artifacts of a job may be had although their time is over."""
        found = self._database.row(f"{_EXPIRED} AND j.id = ?", self._database.now(), job_id)
        return found is None

    def keep(self, runs: int) -> int:
        """Forget all but the newest runs, if there are clearly more; how many it forgot."""
        count = self._database.row("SELECT count(*) AS n FROM pipelines WHERE parent_job IS NULL")
        if count is None or count["n"] <= runs + runs // SLACK:
            return 0
        return self.forget_but(runs)

    def forget_but(self, runs: int) -> int:
        """Forget all but the newest runs and those under way; how many it forgot."""
        return self.forget(self._all_but(runs))

    def count_but(self, runs: int) -> int:
        """How many `forget_but` would forget."""
        return len(self._all_but(runs))

    def _all_but(self, runs: int) -> list[int]:
        rows = self._database.rows(
            "SELECT id FROM pipelines WHERE parent_job IS NULL AND status != 'running'"
            " AND id NOT IN (SELECT id FROM pipelines WHERE parent_job IS NULL"
            " ORDER BY id DESC LIMIT ?)",
            runs,
        )
        return [row["id"] for row in rows]

    def forget(self, pipelines: Iterable[int]) -> int:
        """Forget runs with their downstream pipelines, jobs, logs and artifacts; how many runs."""
        forgotten = list(pipelines)
        found, left = list(forgotten), list(forgotten)
        jobs: list[int] = []
        while left:
            own = [
                row["id"]
                for row in self._database.rows(
                    "SELECT id FROM jobs WHERE pipeline_id = ?", left.pop()
                )
            ]
            jobs += own
            for job in own:
                below = self._database.rows("SELECT id FROM pipelines WHERE parent_job = ?", job)
                left += (row["id"] for row in below)
                found += (row["id"] for row in below)
        self._forget_files(jobs)
        with self._database.writing() as connection:
            connection.executemany("DELETE FROM pipelines WHERE id = ?", [(one,) for one in found])
        return len(forgotten)

    def forget_job(self, job: int) -> None:
        """Forget one job of a run."""
        self._forget_files([job])
        with self._database.writing() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job,))

    def _forget_files(self, jobs: Iterable[int]) -> None:
        jobs = list(jobs)
        self._remove_artifacts(jobs)
        for job in jobs:
            with contextlib.suppress(OSError):
                (self._directory / "logs" / f"{job}.log").unlink()

    def _remove_artifacts(self, jobs: Iterable[int]) -> None:
        """Remove directories of artifacts; one that a later job links to becomes that job's."""
        top = self._directory / "artifacts"
        gone = {str(job) for job in jobs}
        heirs: dict[str, list[str]] = {}
        with contextlib.suppress(FileNotFoundError), os.scandir(top) as entries:
            for entry in entries:
                if entry.is_symlink() and entry.name not in gone:
                    heirs.setdefault(os.readlink(entry.path), []).append(entry.name)
        for name in gone:
            with contextlib.suppress(OSError):
                if (top / name).is_symlink():
                    (top / name).unlink()
                elif name in heirs:
                    first, *others = sorted(heirs[name], key=int)
                    (top / first).unlink()
                    (top / name).rename(top / first)
                    for other in others:
                        (top / other).unlink()
                        (top / other).symlink_to(first, target_is_directory=True)
                else:
                    remove_tree(top / name)
