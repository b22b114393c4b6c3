"""Reading what a repository is: everything asked of git at the same time."""

import os
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from gluv.errors import RepositoryUnusable
from gluv.host.git import LOG, Git, GitFacts, directory_slug, parse_commit, parse_remote
from gluv.host.process import Completed
from gluv.plan.context import Commit


class Reading:
    """git being asked, all at once, what the repository around a directory is.

    Whoever has something else to do meanwhile does it before asking for an answer. With `files` it
    is also asked for the files of the work tree. Raises `RepositoryUnusable` without git.
    """

    def __init__(self, directory: Path, *, files: bool = False) -> None:
        self._git = git = Git(directory)
        self._head = git.begin(
            *("rev-parse", "--show-toplevel", "HEAD^{commit}", "--symbolic-full-name", "HEAD"),
            *("--git-path", "objects", "--git-path", "shallow", "--show-object-format"),
        )
        self._refs = git.begin(
            "for-each-ref", f"--format={_REF}", "refs/heads", "refs/tags", "refs/remotes"
        )
        self._config = git.begin("config", "--list", "-z", "--includes")
        self._commit = git.begin(*LOG, "HEAD", "--")
        self._files = git.begin(*_FILES) if files else None

    @cached_property
    def facts(self) -> GitFacts:
        """What the repository is.

        Raises `RepositoryUnusable`: not a repository, one that git distrusts, a bare one, or one
        without commits.
        """
        head = self._head.wait()
        listed, settings, commit = (
            one.wait().text for one in (self._refs, self._config, self._commit)
        )
        if head.code != 0:
            raise _unusable(self._git, head.text, _refs(listed.stdout)[0])
        printed = head.text.stdout.removesuffix("\n")
        top, sha, full_name, objects, shallow, form = printed.rsplit("\n", 5)
        if not head.stdout.startswith(top.encode()):
            raise RepositoryUnusable(
                f"the path of the repository is not UTF-8 text: {top}",
                hint="rename its folder, or the one above that is not",
            )
        refs, symbolic, upstreams, peeled = _refs(listed.stdout)
        config = _config(settings.stdout)
        head_commit = _commit(commit)
        if head_commit is not None and head_commit[0].sha != sha:
            head_commit = None  # it moved meanwhile
        return _facts(
            Path(top),
            sha,
            full_name,
            refs,
            symbolic,
            config,
            upstreams=upstreams,
            peeled=peeled,
            objects=(self._git.directory / objects).resolve(),
            shallow=(self._git.directory / shallow).resolve(),
            object_format=form,
            head=head_commit,
        )

    def ask_files(self) -> None:
        """Begin to look for the files too, unless that has begun."""
        self._files = self._files or self._git.begin(*_FILES)

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The paths of the work tree that git does not ignore; a repository inside of it ends
        with a slash. Raises `RepositoryUnusable`."""
        self.ask_files()
        assert self._files is not None
        listed = self._files.wait()
        if listed.code:
            raise RepositoryUnusable(f"git ls-files failed: {listed.text.stderr.strip()}")
        return tuple(os.fsdecode(listed.stdout).split("\0"))

    def close(self) -> None:
        """End what nobody waits for any more."""
        for one in (self._head, self._refs, self._config, self._commit, self._files):
            if one is not None:
                one.end()


_FILES = (
    *("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
    *("--full-name", "--", ":/"),
)


def read_repository(directory: Path) -> GitFacts:
    """Read the repository that holds the directory. Raises `RepositoryUnusable` as `Reading`."""
    with closing(Reading(directory)) as reading:
        return reading.facts


def _commit(done: Completed) -> tuple[Commit, tuple[str, ...]] | None:
    return parse_commit(done.stdout.removesuffix("\n")) if done.code == 0 else None


def _facts(
    root: Path,
    sha: str,
    full_name: str,
    refs: dict[str, str],
    symbolic: dict[str, str],
    config: dict[str, str],
    **more: Any,
) -> GitFacts:
    branch = full_name.removeprefix("refs/heads/") if full_name.startswith("refs/heads/") else None
    branches, tags = (
        tuple(name.removeprefix(kind) for name in refs if name.startswith(kind))
        for kind in ("refs/heads/", "refs/tags/")
    )
    remote_name = _remote(config, branch)
    remote = config.get(f"remote.{remote_name}.url") if remote_name else None
    host, path = parse_remote(remote) if remote else (None, None)
    return GitFacts(
        root=root,
        sha=sha,
        branch=branch,
        default_branch=_default_branch(symbolic, remote_name, branches, branch),
        remote=remote,
        project=path or f"local/{directory_slug(root.name)}",
        gitlab=host,
        branches=branches,
        tags=tags,
        user_name=config.get("user.name", ""),
        user_email=config.get("user.email", ""),
        refs=refs,
        **more,
    )


def _unusable(git: Git, done: Completed, refs: Iterable[str]) -> RepositoryUnusable:
    """Why `rev-parse` failed: it prints the top folder before it looks for the commit."""
    said = done.stderr.strip()
    top = done.stdout.removesuffix("\n").removesuffix("\nHEAD^{commit}")
    if top:
        for ref in refs:
            kind, _, name = ref.removeprefix("refs/").partition("/")
            if kind in ("heads", "remotes"):
                other = name.partition("/")[2] if kind == "remotes" else name
                return RepositoryUnusable(
                    f"the current branch of {top} has no commits",
                    hint=f"`git switch {other}` to a branch that has",
                )
        return RepositoryUnusable(
            f"the git repository {top} has no commits",
            hint='make the first one: `git add . && git commit -m "Start"`',
        )
    if "dubious ownership" in said:
        # git says itself which path it wants to be told.
        advice = "git config --global --add safe.directory "
        told = [line.strip() for line in said.splitlines() if line.strip().startswith(advice)]
        return RepositoryUnusable(
            f"git does not trust {git.directory.absolute()}: it belongs to another user",
            hint=told[0] if told else f"{advice}{git.directory.absolute()}",
        )
    if "must be run in a work tree" in said:
        return RepositoryUnusable(
            f"{git.directory} is a bare repository, without a working tree",
            hint="clone it, and run gluv in the clone",
        )
    if "not a git repository" in said:
        return RepositoryUnusable(
            f"{git.directory} is not in a git repository",
            hint='`git init && git add . && git commit -m "Start"` makes one; '
            "or say where the project is: -C DIR",
        )
    return RepositoryUnusable(f"git cannot read {git.directory}: {said}", hint="`git status`")


_REF = "%(refname)%00%(objectname)%00%(symref)%00%(upstream)%00%(*objectname)"


def _refs(
    listed: str,
) -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    """Refs with their objects, symbolic refs with their targets, branches with their upstreams,
    annotated tags with what they are of."""
    refs: dict[str, str] = {}
    symbolic: dict[str, str] = {}
    upstreams: dict[str, str] = {}
    peeled: dict[str, str] = {}
    for line in listed.split("\n")[:-1]:  # a name may hold what Unicode calls a line break
        name, sha, target, upstream, of = line.split("\0")
        refs[name] = sha
        if target:
            symbolic[name] = target
        if upstream:
            upstreams[name.removeprefix("refs/heads/")] = upstream
        if of:
            peeled[name] = of
    return refs, symbolic, upstreams, peeled


def _config(shown: str) -> dict[str, str]:
    """Every setting, the last value of each key; git writes keys in lower case but for names."""
    pairs = (entry.partition("\n") for entry in shown.split("\0") if entry)
    return {key: value for key, _, value in pairs}


def _remote(config: dict[str, str], branch: str | None) -> str | None:
    """The branch's own remote, else `origin`, else the only or first one."""
    names = [
        key.removeprefix("remote.").removesuffix(".url")
        for key in config
        if key.startswith("remote.") and key.endswith(".url")
    ]
    own = config.get(f"branch.{branch}.remote") if branch else None
    for name in (own, "origin", *names):
        if name in names:
            return name
    return None


def _default_branch(
    symbolic: Mapping[str, str],
    remote: str | None,
    branches: tuple[str, ...],
    branch: str | None,
) -> str:
    """The remote's HEAD, else `main` or `master` if there is one, else the current branch."""
    head = symbolic.get(f"refs/remotes/{remote}/HEAD")
    if head is not None:
        return head.removeprefix(f"refs/remotes/{remote}/")
    for name in ("main", "master"):
        if name in branches:
            return name
    return branch or "main"
