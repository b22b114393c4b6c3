"""A repository, the settings and the command line's context options to a `Context`."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from gluv.errors import RepositoryUnusable, UsageWrong
from gluv.expr.durations import parse_duration
from gluv.expr.slug import slug
from gluv.host.git import ZEROS, Git, GitFacts, read_commit_and_parents, read_tag_message
from gluv.host.repository import Assumed, GitRepository
from gluv.plan.context import (
    SOURCES,
    Context,
    MergeRequest,
    Project,
    RefKind,
    Repository,
    Server,
    SettingVariable,
    User,
)
from gluv.settings import Settings, protects


class ContextOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`--branch`, `--tag`, `--mr`, `--source`, `--var` and `--commit`, as given.

    A named context can say more: `schedule` is the description of a pipeline schedule, `protected`
    whether the ref is protected (None: as `[tool.gluv] protected` says), `changes` the paths to
    take as changed. With `virtual` the refs need not exist: the checked-out commit stands in.
    """

    branch: str | None = None
    tag: str | None = None
    mr: str | None = None
    source: str | None = None
    variables: Mapping[str, str] = {}
    commit: bool = False
    schedule: str | None = None
    protected: bool | None = None
    changes: tuple[str, ...] | None = None
    virtual: bool = False


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
    source = options.source or _source(options)
    kind: RefKind = "branch"
    request, base, before, tag_message, pushing = None, None, ZEROS, "", False
    if options.tag is not None:
        kind, ref = "tag", options.tag
        sha = facts.sha if options.virtual else _tag_commit(git, facts, options.tag)
        tag_message = read_tag_message(facts.root, options.tag)
    else:
        ref = options.branch or facts.branch or _detached(facts, options)
        sha = facts.sha if options.virtual else _branch_commit(git, facts, ref)
        if options.mr is not None:
            kind = "merge_request"
            base = _merge_base(git, options, sha)
            protected = _is_protected(options.mr, settings)
            request = _merge_request(git, ref, options.mr, sha, base, protected=protected)
        elif source == "push":
            pushing = True
    known = facts.head if sha == facts.sha else None
    commit, parents = known or read_commit_and_parents(facts.root, sha)
    if pushing:
        base = _push_base(git, facts, ref, sha, parents)
        before = base or ZEROS
    worktree = not options.commit and sha == facts.sha and (options.tag is None or options.virtual)
    repository: Repository = GitRepository(facts.root, sha, base=base, worktree=worktree)
    if options.changes is not None:
        repository = Assumed(repository, options.changes)
    if variables is None:
        # Reads YAML, which a server has no use for.
        from gluv.host.setting_variables import read_setting_variables

        path = settings.project or facts.project
        variables = read_setting_variables(facts.root, settings, project=path, host=facts.gitlab)
    return Context(
        source=source,
        ref=ref,
        ref_kind=kind,
        commit=msgspec.structs.replace(commit, before_sha=before),
        project=build_project(facts, settings),
        server=server,
        user=build_user(facts),
        repository=repository,
        protected=_is_protected(ref, settings) if options.protected is None else options.protected,
        tag_message=tag_message,
        merge_request=request,
        schedule_description=options.schedule or "",
        variables=dict(options.variables),
        settings=variables,
        pipeline_iid=pipeline_iid,
        created_at=(now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        config_path=config_path,
        default_timeout=_default_timeout(settings),
    )


def _default_timeout(settings: Settings) -> int:
    """Seconds. Raises `UsageWrong`."""
    seconds = parse_duration(settings.timeout)
    if seconds is None:
        raise UsageWrong(
            f"[tool.gluv] timeout: {settings.timeout!r} is not a duration",
            hint='write it as GitLab does: timeout = "1h 30m"',
        )
    return int(seconds)


def config_commit(facts: GitFacts, options: ContextOptions) -> str | None:
    """The commit whose `.gitlab-ci.yml` and local includes count; None for the working tree.

    The working tree while the pipeline's commit is checked out, so that a change can be tried
    before it is committed; else, and with `--commit`, the commit, as on GitLab. Raises like
    `build_context`.
    """
    _check(options)
    if options.virtual:
        sha = facts.sha
    elif options.tag is not None:
        sha = _tag_commit(Git(facts.root), facts, options.tag)
    elif options.branch is not None:
        sha = _branch_commit(Git(facts.root), facts, options.branch)
    else:
        sha = facts.sha
    return sha if options.commit or sha != facts.sha else None


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
    if options.schedule is not None and (
        options.mr is not None or source not in (None, "schedule")
    ):
        raise UsageWrong(
            "a schedule's pipeline is of a branch or a tag, and its source is 'schedule'",
            hint="leave out the merge request and the source",
        )
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


def _source(options: ContextOptions) -> str:
    if options.schedule is not None:
        return "schedule"
    return "merge_request_event" if options.mr is not None else "push"


def _is_protected(ref: str, settings: Settings) -> bool:
    return protects(settings.protected, ref)


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


def _detached(facts: GitFacts, options: ContextOptions) -> str:
    if options.virtual:
        return facts.default_branch
    branches = facts.branches
    named = facts.default_branch if facts.default_branch in branches else next(iter(branches), "")
    ways = [f"--branch {named}"] if named else []
    ways += [f"--tag {facts.tags[-1]}"] if facts.tags else []
    say = f"say which one: {' or '.join(ways)}; or " if ways else ""
    switch = "git switch" if named else "git switch -c NAME"
    raise RepositoryUnusable(
        f"HEAD is detached at {facts.sha[:8]}: there is no current branch to run a pipeline for",
        hint=f"{say}`{switch}` to a branch",
    )


def _push_base(
    git: Git, facts: GitFacts, branch: str, sha: str, parents: tuple[str, ...]
) -> str | None:
    """`CI_COMMIT_BEFORE_SHA`: what the remote has of the branch, which a push would replace."""
    upstream = None
    followed = facts.upstreams.get(branch)
    if followed is not None:
        upstream = facts.refs.get(followed) or git.commit_of(followed)
    if upstream is None and facts.remote is not None:
        upstream = facts.refs.get(f"refs/remotes/origin/{branch}")
        if upstream is None:
            return None  # a new branch: GitLab has nothing to compare with
    if upstream is not None and upstream != sha:
        return upstream
    return parents[0] if parents else None


def _target_commit(git: Git, target: str) -> str:
    for revision in (f"refs/remotes/origin/{target}", f"refs/heads/{target}"):
        sha = git.commit_of(revision)
        if sha is not None:
            return sha
    raise RepositoryUnusable(
        f"there is no branch '{target}' to merge into",
        hint=f"`git branch -a` lists the branches; `git fetch origin {target}` may bring it",
    )


def _merge_base(git: Git, options: ContextOptions, sha: str) -> str | None:
    """Where source and target parted. A virtual request brings at least the last commit."""
    assert options.mr is not None
    try:
        base = git.ask("merge-base", _target_commit(git, options.mr), sha) or None
    except RepositoryUnusable:
        if not options.virtual:
            raise
        base = None
    if options.virtual and base in (None, sha):
        return git.commit_of(f"{sha}^")
    return base


def _merge_request(
    git: Git, source: str, target: str, sha: str, base: str | None, *, protected: bool
) -> MergeRequest:
    title = git.ask("log", "-1", "--format=%s", sha) or source
    return MergeRequest(
        target=target,
        source=source,
        title=title,
        diff_base_sha=base or "",
        target_protected=protected,
    )


def build_user(facts: GitFacts) -> User:
    """The user is who git says: the login is the mail's local part."""
    login = slug(facts.user_email.partition("@")[0]) or "root"
    return User(login=login, name=facts.user_name or "Administrator", email=facts.user_email)
