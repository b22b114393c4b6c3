"""The rows of the database as the rest of gluv sees them; times are seconds since the epoch."""

import sqlite3
from typing import Any, Literal, TypeVar

import msgspec

from gluv.settings import protects

Visibility = Literal["public", "internal", "private"]
Forwarding = Literal["forward", "warn", "off"]
TokenKind = Literal["personal", "project", "group", "deploy"]

Row = TypeVar("Row", bound=msgspec.Struct)


def read_row(row: sqlite3.Row, kind: type[Row], **changed: Any) -> Row:
    """A row of the database as a struct: columns by name, `changed` ones already converted."""
    return kind(
        **{name: changed[name] if name in changed else row[name] for name in kind.__struct_fields__}
    )


def read_flags(row: sqlite3.Row, kind: type[Row], *flags: str) -> Row:
    """The same; `flags` are columns that hold 0 or 1 and mean false or true."""
    return read_row(row, kind, **{flag: bool(row[flag]) for flag in flags})


class NamespaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A group, or the personal namespace of a user; `path` is the full path.

    `forwarding` is its own package forwarding, None to take that of the group above or of the
    instance; with `forwarding_locked` groups below cannot have another.
    """

    id: int
    path: str
    kind: Literal["group", "user"]
    forwarding: Forwarding | None
    forwarding_locked: bool
    created_at: float

    @property
    def name(self) -> str:
        """What people call it: the last part of its path."""
        return self.path.rpartition("/")[2]


class ProjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """A project; `path` is the full path `group/sub/name`.

    `checkout` is its work tree on this machine, empty if there is none. `is_home` says that the
    store lies in that work tree. `registry_public` opens the packages of a private project to
    everybody; with `job_token_scope` jobs of other projects need to be on its allowlist.
    `protected` are patterns of branches and tags.
    """

    id: int
    path: str
    namespace_id: int
    title: str
    description: str
    visibility: Visibility
    default_branch: str
    checkout: str
    is_home: bool
    registry_public: bool
    job_token_scope: bool
    created_at: float
    protected: tuple[str, ...] = ()

    def protects(self, ref: str) -> bool:
        """Whether a branch or tag is protected."""
        return protects(self.protected, ref)

    @property
    def slug(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def namespace(self) -> str:
        """The full path of the group or user it belongs to."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The display name."""
        return self.title or self.slug


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person, or the bot that a project or group token acts as."""

    id: int
    username: str
    name: str
    email: str
    bot: bool
    admin: bool
    created_at: float


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """That a user has a role in a project or in a group, and so in all below it."""

    user_id: int
    namespace_id: int | None
    project_id: int | None
    access_level: int
    created_at: float


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, of which only a hash is kept; `username` is that of a deploy token.

    `user_id` is whom it acts as, None for deploy tokens. `project_id` or `namespace_id` is what it
    was made for, None for personal ones.
    """

    id: int
    kind: TokenKind
    name: str
    scopes: tuple[str, ...]
    user_id: int | None
    username: str
    namespace_id: int | None
    project_id: int | None
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    description: str = ""

    def is_active(self, now: float) -> bool:
        """Whether it still opens doors."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """Something the server saw that the person who runs it should hear of."""

    id: int
    kind: str
    what: str
    created_at: float


class PipelineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a pipeline; `iid` counts from 1 within the project, `duration` in seconds.

    `parent_job` is the bridge job of a downstream pipeline, None for one that a person started.
    `variables` are those it was started with.
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
    project_id: int = 1
    parent_job: int | None = None
    before_sha: str = ""
    user_id: int = 1
    variables: dict[str, str] = {}


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One job of a pipeline; `status` and `reason` are GitLab's words.

    `fingerprint` is the same for a job of which nothing has changed, empty where nobody asked.
    `needs` are names of jobs, None where the stage decides. A `bridge` starts another pipeline.
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
    allow_failure: bool = False
    coverage: float | None = None
    when: str = "on_success"
    needs: tuple[str, ...] | None = None
    bridge: bool = False
    artifacts_expire_at: float | None = None
    artifacts_removed_at: float | None = None


class PackageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A name and a version, exactly as uploaded: GitLab's package row.

    `normalised` is the PEP 503 form of `name`, by which the simple index finds it.
    """

    id: int
    project_id: int
    name: str
    version: str
    normalised: str
    requires_python: str
    summary: str
    metadata: dict[str, str]
    created_at: float


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded file of a package; `size` in bytes, `sha256` also finds its content.

    `md5` is what the client said, empty if nothing.
    """

    id: int
    package_id: int
    name: str
    sha256: str
    size: int
    requires_python: str
    job_id: int | None
    created_at: float
    md5: str = ""


class PageRow(msgspec.Struct, frozen=True, gc=False):
    """A file on the page of a package: the package's names, the file's name and hash."""

    package: str
    normalised: str
    name: str
    sha256: str
    requires_python: str


class ContentRow(msgspec.Struct, frozen=True, gc=False):
    """A file of a package with its content, and whose it is: `project` is a full path."""

    project: str
    package: str
    version: str
    name: str
    sha256: str
    size: int


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release, named by its tag; `sha` is the commit the tag points to."""

    id: int
    project_id: int
    tag: str
    name: str
    description: str
    sha: str
    author: str
    job_id: int | None
    created_at: float
    released_at: float
    updated_at: float


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
