"""The rows of the database as the rest of gluv sees them; times are seconds since the epoch."""

import sqlite3
from typing import Any, TypeVar

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)


def read_row(row: sqlite3.Row, kind: type[Row], **changed: Any) -> Row:
    """A row of the database as a struct: columns by name, `changed` ones already converted."""
    return kind(
        **{name: changed[name] if name in changed else row[name] for name in kind.__struct_fields__}
    )


class PipelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a pipeline; `iid` counts from 1 within the project, `duration` in seconds.

    `parent_job` is the bridge job of a downstream pipeline, None for one that a person started.
    """

    id: int
    iid: int
    source: str
    ref: str
    tag: bool
    sha: str
    name: str | None
    status: str
    duration: float | None
    created_at: float
    parent_job: int | None = None


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a pipeline; `status` and `reason` are GitLab's words.

    `fingerprint` is the same for a job of which nothing has changed, empty where nobody asked.
    `artifacts_expire_at` is None without artifacts, and for those that stay for ever.
    """

    id: int
    pipeline_id: int
    name: str
    stage: str
    status: str
    exit_code: int | None
    reason: str
    duration: float | None
    notes: tuple[str, ...]
    created_at: float
    started_at: float | None
    finished_at: float | None
    fingerprint: str = ""
    artifacts_expire_at: float | None = None
    artifacts_removed_at: float | None = None


class PackageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A name and a version, exactly as uploaded: GitLab's package row.

    `normalised` is the PEP 503 form of `name`, by which the simple index finds it.
    """

    id: int
    name: str
    version: str
    normalised: str
    requires_python: str
    summary: str
    metadata: dict[str, str]
    created_at: float


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded file of a package; `size` in bytes, `sha256` also finds its content."""

    id: int
    package_id: int
    name: str
    sha256: str
    size: int
    requires_python: str
    job_id: int | None
    created_at: float


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release, named by its tag; `sha` is the commit the tag points to."""

    id: int
    tag: str
    name: str
    description: str
    sha: str
    author: str
    job_id: int | None
    created_at: float
    released_at: float


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release link; `filepath` is its direct asset path, with the leading slash."""

    id: int
    release_id: int
    name: str
    url: str
    filepath: str | None
    link_type: str
    created_at: float


class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that a release created here; the user's git repository is never written."""

    name: str
    sha: str
    message: str
    created_at: float
