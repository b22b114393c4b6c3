"""Everything about a pipeline that is not in its YAML."""

from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

RefKind = Literal["branch", "tag", "merge_request"]

SOURCES = (
    "push",
    "web",
    "trigger",
    "schedule",
    "api",
    "external",
    "pipeline",
    "chat",
    "webide",
    "merge_request_event",
    "external_pull_request_event",
    "parent_pipeline",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "security_orchestration_policy",
    "container_registry_push",
)
"""What `CI_PIPELINE_SOURCE` can be."""


class Repository(Protocol):
    """What rules and cache keys ask of git, always at the pipeline's commit."""

    def files(self) -> tuple[str, ...]:
        """Every path of the tree, with `/`, for `rules:exists`."""
        ...

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        """Paths that differ from the pipeline's base (or `compare_to`); None when unknowable.

        Raises `LookupError` when `compare_to` names nothing.
        """
        ...

    def blob_id(self, path: str) -> str | None:
        """The git object id of a file, or None if the tree has no such file."""
        ...

    def last_commit(self, path: str) -> str | None:
        """The id of the last commit that touched a path (`cache:key:files_commits`)."""
        ...


FilesElsewhere = Callable[[str, str | None], tuple[str, ...]]
"""Project and ref to paths. Raises `gluv.config.fetch.FetchFailed`."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """The commit of the pipeline; `timestamp` in ISO 8601, `author` as `Name <mail>`."""

    sha: str
    before_sha: str = "0" * 40
    message: str = ""
    author: str = ""
    timestamp: str = ""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """The project on the (embedded) GitLab; `path` is the full path `group/sub/name`."""

    path: str
    id: int = 1
    namespace_id: int = 2
    title: str = ""
    description: str = ""
    visibility: str = "public"
    default_branch: str = "main"


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """The GitLab that jobs talk to, `url` without a trailing slash."""

    url: str = "http://127.0.0.1"
    version: str = "19.4.0"
    revision: str = "gluv"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Who started the pipeline."""

    id: int = 1
    login: str = "root"
    name: str = "Administrator"
    email: str = ""


class SettingVariable(msgspec.Struct, frozen=True, kw_only=True):
    """A variable from the settings of the instance, a group or the project (not from YAML).

    `group` is the full path of the group whose setting it is; an inner group beats an outer one.
    """

    key: str
    value: str
    scope: Literal["instance", "group", "project"] = "project"
    group: str = ""
    masked: bool = False
    protected: bool = False
    file: bool = False
    raw: bool = False
    environment_scope: str = "*"


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The merge request of a `merge_request_event` pipeline."""

    target: str
    source: str
    iid: int = 1
    title: str = ""
    diff_base_sha: str = ""
    event_type: str = "detached"
    target_protected: bool = False


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """The event a pipeline answers: what was pushed, where, by whom.

    `variables` are pipeline variables (`--var`), which beat YAML and settings. `protected` is
    whether the ref is protected. `created_at` is ISO 8601 UTC. `files_elsewhere` are the paths of
    another project, or of this one at a ref; None where nobody can look.
    """

    source: str
    ref: str
    ref_kind: RefKind
    commit: Commit
    project: Project
    server: Server = Server()
    user: User = User()
    repository: Repository
    protected: bool = False
    tag_message: str = ""
    merge_request: MergeRequest | None = None
    schedule_description: str = ""
    variables: dict[str, str] = {}
    settings: tuple[SettingVariable, ...] = ()
    cache_clear_count: int = 0
    pipeline_iid: int = 1
    created_at: str = ""
    config_path: str = ".gitlab-ci.yml"
    default_timeout: int = 3600
    files_elsewhere: FilesElsewhere | None = None
