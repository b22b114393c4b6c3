"""A repository, the settings and the command line's context options to a `Context`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NoReturn

import msgspec

from gluv.errors import RepositoryUnusable, UsageWrong
from gluv.expr.slug import slug
from gluv.host.git import ZEROS, Git, GitFacts, read_commit, read_tag_message
from gluv.host.repository import GitRepository
from gluv.host.setting_variables import read_setting_variables
from gluv.plan.context import (
    Context,
    MergeRequest,
    Project,
    RefKind,
    Server,
    SettingVariable,
    User,
)
from gluv.settings import Settings

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


class ContextOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`--branch`, `--tag`, `--mr`, `--source`, `--var` and `--commit`, as given."""

    branch: str | None = None
    tag: str | None = None
    mr: str | None = None
    source: str | None = None
    variables: Mapping[str, str] = {}
    commit: bool = False


def build_context(
    facts: GitFacts,
    settings: Settings,
    options: ContextOptions,
    server: Server = Server(),  # noqa: B008 - frozen
    *,
    variables: tuple[SettingVariable, ...] | None = None,
    pipeline_iid: int = 1,
    config_path: str = ".gitlab-ci.yml",
    now: datetime | None = None,
) -> Context:
    """The event that the options describe; by default the push of the current branch.

    `variables` are those of the instance, the groups and the project; None reads them from where
    `gluv.host.setting_variables` finds them. A branch pipeline compares
    with the branch's upstream, which is what a push would do; if everything is pushed, with the
    parent commit; and a branch that the remote does not have yet with nothing, as on GitLab.

    A ref is protected only if `[tool.gluv] protected` lists it (names, `*` any text): on GitLab
    the default branch usually is, so that its caches end in `-protected`.

    Raises `UsageWrong` for options that exclude each other or name no source, and
    `RepositoryUnusable` for a branch or tag that does not exist and for a detached HEAD.
    """
    _check(options)
    git = Git(facts.root)
    source = options.source or ("merge_request_event" if options.mr is not None else "push")
    kind: RefKind = "branch"
    request, base, before, tag_message = None, None, ZEROS, ""
    if options.tag is not None:
        kind, ref = "tag", options.tag
        sha = _tag_commit(git, facts, options.tag)
        tag_message = read_tag_message(facts.root, options.tag)
    else:
        ref = options.branch or facts.branch or _detached(facts)
        sha = _branch_commit(git, facts, ref)
        if options.mr is not None:
            kind = "merge_request"
            base = _merge_base(git, options.mr, sha)
            request = _merge_request(git, ref, options.mr, sha, base)
        elif source == "push":
            base = _push_base(git, facts, ref, sha)
            before = base or ZEROS
    worktree = not options.commit and options.tag is None and sha == facts.sha
    return Context(
        source=source,
        ref=ref,
        ref_kind=kind,
        commit=read_commit(facts.root, sha, before_sha=before),
        project=build_project(facts, settings),
        server=server,
        user=build_user(facts),
        repository=GitRepository(facts.root, sha, base=base, worktree=worktree),
        protected=any(fnmatchcase(ref, pattern) for pattern in settings.protected),
        tag_message=tag_message,
        merge_request=request,
        variables=dict(options.variables),
        settings=read_setting_variables(facts.root, settings) if variables is None else variables,
        pipeline_iid=pipeline_iid,
        created_at=(now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        config_path=config_path,
    )


def build_project(facts: GitFacts, settings: Settings) -> Project:
    """The project as the embedded GitLab has it."""
    return Project(
        path=settings.project or facts.project,
        visibility=settings.visibility,
        default_branch=settings.default_branch or facts.default_branch,
    )


def _check(options: ContextOptions) -> None:
    if options.tag is not None and (options.branch is not None or options.mr is not None):
        raise UsageWrong(
            "a pipeline runs for a tag, or for a branch or merge request, not for both",
            hint="give --tag alone",
        )
    source = options.source
    if source is not None and source not in SOURCES:
        raise UsageWrong(
            f"there is no pipeline source '{source}'", hint=f"the sources are: {', '.join(SOURCES)}"
        )
    if source == "merge_request_event" and options.mr is None:
        raise UsageWrong(
            "a merge request needs a target branch", hint="give --mr TARGET, for example --mr main"
        )
    if options.mr is not None and source not in (None, "merge_request_event"):
        raise UsageWrong(
            f"--mr makes a merge request pipeline, whose source is not '{source}'",
            hint="leave out --source",
        )


def _tag_commit(git: Git, facts: GitFacts, tag: str) -> str:
    if tag in facts.tags:
        sha = git.commit_of(f"refs/tags/{tag}")
        if sha is not None:
            return sha
        raise RepositoryUnusable(
            f"the tag '{tag}' is not of a commit", hint=f"git tag {tag}-commit COMMIT"
        )
    raise RepositoryUnusable(f"there is no tag '{tag}'", hint=f"make it: git tag {tag}")


def _branch_commit(git: Git, facts: GitFacts, branch: str) -> str:
    """HEAD for the current branch, else the branch's own commit, here or on the remote."""
    if branch == facts.branch:
        return facts.sha
    for revision in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}"):
        sha = git.commit_of(revision)
        if sha is not None:
            return sha
    known = ", ".join(facts.branches[:10]) or "none"
    raise RepositoryUnusable(
        f"there is no branch '{branch}'",
        hint=f"the branches are: {known}; `git branch {branch}` makes it",
    )


def _detached(facts: GitFacts) -> NoReturn:
    tag = f" or --tag {facts.tags[-1]}" if facts.tags else ""
    raise RepositoryUnusable(
        f"HEAD is detached at {facts.sha[:8]}: there is no current branch to run a pipeline for",
        hint=f"say which one: --branch {facts.default_branch}{tag}; or `git switch` to a branch",
    )


def _push_base(git: Git, facts: GitFacts, branch: str, sha: str) -> str | None:
    """`CI_COMMIT_BEFORE_SHA`: what the remote has of the branch, which a push would replace."""
    upstream = git.commit_of(f"{branch}@{{upstream}}")
    if upstream is None and facts.remote is not None:
        upstream = git.commit_of(f"refs/remotes/origin/{branch}")
        if upstream is None:
            return None  # a new branch: GitLab has nothing to compare with
    if upstream is not None and upstream != sha:
        return upstream
    return git.commit_of(f"{sha}^")


def _target_commit(git: Git, target: str) -> str:
    for revision in (f"refs/remotes/origin/{target}", f"refs/heads/{target}"):
        sha = git.commit_of(revision)
        if sha is not None:
            return sha
    raise RepositoryUnusable(
        f"there is no branch '{target}' to merge into",
        hint=f"`git branch -a` lists the branches; `git fetch origin {target}` may bring it",
    )


def _merge_base(git: Git, target: str, sha: str) -> str | None:
    return git.ask("merge-base", _target_commit(git, target), sha) or None


def _merge_request(git: Git, source: str, target: str, sha: str, base: str | None) -> MergeRequest:
    title = git.ask("log", "-1", "--format=%s", sha) or source
    return MergeRequest(target=target, source=source, title=title, diff_base_sha=base or "")


def build_user(facts: GitFacts) -> User:
    """The user is who git says: the login is the mail's local part."""
    login = slug(facts.user_email.partition("@")[0]) or "root"
    return User(login=login, name=facts.user_name or "Administrator", email=facts.user_email)
