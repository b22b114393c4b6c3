"""Rows as pages list them: filtered, a page at a time, and everything of a page at once."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from gluv.store.database import Database
from gluv.store.packages import read_package
from gluv.store.pipelines import read_job, read_pipeline
from gluv.store.rows import JobRow, PackageRow, PipelineRow, UserRow, read_flags

_LISTED = "(SELECT value FROM json_each(?))"

_NOT_A_CHILD = (
    "NOT EXISTS (SELECT 1 FROM jobs j JOIN pipelines u ON u.id = j.pipeline_id"
    " WHERE j.id = p.parent_job AND u.project_id = p.project_id)"
)
"""A child pipeline is shown below its parent; one that another project started is not a child."""


class PackageGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A package of a project with all its versions, in the order of creation."""

    project_id: int
    normalised: str
    versions: tuple[PackageRow, ...]


class Listings:
    """The lists of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pipelines(
        self, project_id: int, *, status: str, ref: str, limit: int, offset: int
    ) -> tuple[tuple[PipelineRow, ...], int]:
        """A project's pipelines, newest first, and how many there are; empty words do not filter.

        Child pipelines are not among them.
        """
        where = (
            f"FROM pipelines p WHERE p.project_id = ? AND {_NOT_A_CHILD}"
            " AND (? = '' OR p.status = ?) AND (? = '' OR p.ref = ?)"
        )
        bound = (project_id, status, status, ref, ref)
        counted = self._database.rows(f"SELECT count(*) AS count {where}", *bound)
        rows = self._database.rows(
            f"SELECT p.* {where} ORDER BY p.id DESC LIMIT ? OFFSET ?", *bound, limit, offset
        )
        return tuple(map(read_pipeline, rows)), int(counted[0]["count"])

    def refs(self, project_id: int, limit: int) -> tuple[str, ...]:
        """The branches and tags that a project's pipelines ran for, the latest first."""
        rows = self._database.rows(
            "SELECT ref FROM pipelines WHERE project_id = ? GROUP BY ref"
            " ORDER BY max(id) DESC LIMIT ?",
            project_id,
            limit,
        )
        return tuple(row["ref"] for row in rows)

    def jobs(self, pipeline_ids: Iterable[int]) -> dict[int, tuple[JobRow, ...]]:
        """The jobs of some pipelines in the order they were created, by pipeline."""
        rows = self._database.rows(
            f"SELECT * FROM jobs WHERE pipeline_id IN {_LISTED} ORDER BY id", _json(pipeline_ids)
        )
        found: dict[int, list[JobRow]] = defaultdict(list)
        for row in rows:
            found[row["pipeline_id"]].append(read_job(row))
        return {key: tuple(jobs) for key, jobs in found.items()}

    def downstream(self, job_ids: Iterable[int]) -> dict[int, PipelineRow]:
        """The pipelines that some jobs started, by job."""
        rows = self._database.rows(
            f"SELECT * FROM pipelines WHERE parent_job IN {_LISTED} ORDER BY id", _json(job_ids)
        )
        return {row["parent_job"]: read_pipeline(row) for row in rows}

    def users(self, user_ids: Iterable[int]) -> dict[int, UserRow]:
        """Some users by id."""
        rows = self._database.rows(f"SELECT * FROM users WHERE id IN {_LISTED}", _json(user_ids))
        return {row["id"]: read_flags(row, UserRow, "bot", "admin") for row in rows}

    def packages(
        self, project_ids: Iterable[int], *, search: str, newest: bool, limit: int, offset: int
    ) -> tuple[tuple[PackageGroup, ...], int]:
        """The packages of some projects by name or the newest upload first, and how many there are.

        `search` is a part of a normalised name.
        """
        # The index by name has all that is asked here; the plus keeps SQLite from another one, with
        # which it would read every row and its description.
        where = (
            f"FROM packages WHERE +project_id IN {_LISTED}"
            " AND (? = '' OR instr(normalised, ?) > 0) GROUP BY normalised, project_id"
        )
        bound = (_json(project_ids), search, search)
        counted = self._database.rows(f"SELECT count(*) AS count FROM (SELECT 1 {where})", *bound)
        order = "max(id) DESC" if newest else "normalised, project_id"
        keys = self._database.rows(
            f"SELECT project_id, normalised {where} ORDER BY {order} LIMIT ? OFFSET ?",
            *bound,
            limit,
            offset,
        )
        rows = self._database.rows(
            f"SELECT * FROM packages WHERE normalised IN {_LISTED}"
            f" AND project_id IN {_LISTED} ORDER BY id",
            msgspec.json.encode([key["normalised"] for key in keys]).decode(),
            bound[0],
        )
        found: dict[tuple[int, str], list[PackageRow]] = defaultdict(list)
        for row in rows:
            found[row["project_id"], row["normalised"]].append(read_package(row))
        groups = tuple(
            PackageGroup(project_id=key[0], normalised=key[1], versions=tuple(found[tuple(key)]))
            for key in keys
        )
        return groups, int(counted[0]["count"])

    def versions(self, project_id: int, normalised: str) -> tuple[PackageRow, ...]:
        """All versions of a package of a project, in the order of creation."""
        rows = self._database.rows(
            "SELECT * FROM packages WHERE normalised = ? AND project_id = ? ORDER BY id",
            normalised,
            project_id,
        )
        return tuple(map(read_package, rows))


def _json(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(tuple(numbers)).decode()
