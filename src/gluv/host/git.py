"""Running git, and reading what a repository is."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.process import Completed, run, run_together
from gluv.plan.context import Commit

ZEROS = "0" * 40

# Variables by which a caller (a git hook, an editor) could point git at another repository, and
# the ones that would change how git prints.
_IGNORED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")


class GitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository is: where, at which commit, on which branch, from which project.

    `branch` is None when HEAD is detached. `project` is the full path `group/name`, from the remote
    or `local/<directory>`; `gitlab` the host of the remote, None without one. `refs` are the full
    names of branches, tags and remote branches with the object each is, `upstreams` the full name
    of what a branch follows.
    """

    root: Path
    sha: str
    branch: str | None
    default_branch: str
    remote: str | None
    project: str
    gitlab: str | None
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    user_name: str
    user_email: str
    refs: dict[str, str] = {}
    upstreams: dict[str, str] = {}


class Git:
    """git in one directory. Each call is one process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *args: str, stdin: str | None = None) -> Completed:
        """Run git. Raises `RepositoryUnusable` if it is not installed."""
        try:
            return run(["git", *args], cwd=self.directory, env=_environment(), stdin=stdin)
        except FileNotFoundError as error:
            raise self._missing() from error

    def together(self, *commands: tuple[str, ...]) -> list[Completed]:
        """Run several commands at the same time; raises as a single one does."""
        full = [("git", *command) for command in commands]
        try:
            return run_together(full, cwd=self.directory, env=_environment())
        except FileNotFoundError as error:
            raise self._missing() from error

    def _missing(self) -> RepositoryUnusable:
        if not self.directory.is_dir():
            return RepositoryUnusable(
                f"there is no directory {self.directory}", hint="check -C DIR"
            )
        return RepositoryUnusable(
            "git is not installed, or not on PATH",
            hint="install git; gluv reads the commit, the branch and the tags with it",
        )

    def ask(self, *args: str) -> str | None:
        """What git prints, without the last newline; None if it fails."""
        done = self(*args)
        return done.stdout.removesuffix("\n") if done.code == 0 else None

    def commit_of(self, revision: str) -> str | None:
        """The id of the commit that a revision names, or None."""
        if revision.startswith("-"):
            return None
        return self.ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def read_repository(directory: Path) -> GitFacts:
    """Read the repository that holds the directory.

    Raises `RepositoryUnusable`: git not installed, not a repository, one that git distrusts, a bare
    one, or one without commits.
    """
    git = Git(directory)
    head, listed, settings = git.together(
        ("rev-parse", "--show-toplevel", "HEAD^{commit}", "--symbolic-full-name", "HEAD"),
        ("for-each-ref", f"--format={_REF}", "refs/heads", "refs/tags", "refs/remotes"),
        ("config", "--list", "-z", "--includes"),
    )
    if head.code != 0:
        raise _unusable(git, head)
    top, sha, full_name = head.stdout.removesuffix("\n").rsplit("\n", 2)
    root = Path(top)
    branch = full_name.removeprefix("refs/heads/") if full_name.startswith("refs/heads/") else None
    refs, symbolic, upstreams = _refs(listed.stdout)
    branches, tags = (
        tuple(name.removeprefix(kind) for name in refs if name.startswith(kind))
        for kind in ("refs/heads/", "refs/tags/")
    )
    config = _config(settings.stdout)
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
        upstreams=upstreams,
    )


def read_commit(root: Path, revision: str, *, before_sha: str = ZEROS) -> Commit:
    """One commit, its message as written. Raises `RepositoryUnusable` if there is none."""
    commit, _ = read_commit_and_parents(root, revision)
    return msgspec.structs.replace(commit, before_sha=before_sha)


def read_commit_and_parents(root: Path, revision: str) -> tuple[Commit, tuple[str, ...]]:
    """One commit and the ids of its parents. Raises `RepositoryUnusable` if there is none."""
    shown = Git(root).ask(
        "log", "-1", "--no-show-signature", "--encoding=UTF-8",
        "--format=%H%x00%P%x00%an <%ae>%x00%cI%x00%B", revision, "--",
    )  # fmt: skip
    if shown is None:
        raise RepositoryUnusable(
            f"there is no commit {revision}", hint="`git log` shows the commits of this repository"
        )
    sha, parents, author, timestamp, message = shown.split("\0", 4)
    commit = Commit(sha=sha, before_sha=ZEROS, author=author, timestamp=timestamp, message=message)
    return commit, tuple(parents.split())


def read_tag_message(root: Path, tag: str) -> str:
    """The message of an annotated tag, without a signature; empty for a lightweight one."""
    form = "%(objecttype)%00%(contents:subject)%00%(contents:body)"
    shown = Git(root).ask("for-each-ref", f"--format={form}", f"refs/tags/{tag}")
    if not shown:
        return ""
    kind, subject, body = shown.split("\0", 2)
    if kind != "tag":
        return ""
    body = body.rstrip("\n")
    return f"{subject}\n\n{body}" if body else subject


def parse_remote(url: str) -> tuple[str | None, str | None]:
    """Host and project path of a remote: `https://`, `ssh://`, `git@host:group/name.git`.

    (None, None) for a path on this machine and for a URL without two path segments.
    """
    scp = re.fullmatch(r"(?:[^@/:]+@)?(\[[^\]]+\]|[^:/]+):(?!//)(.+)", url)
    if "://" in url:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return None, None
        host, path = parts.hostname, parts.path
    elif scp and len(scp[1]) > 1:  # one letter is a drive
        host, path = scp[1], scp[2]
    else:
        return None, None
    path = path.strip("/").removesuffix(".git").strip("/")
    return (host, path) if host and "/" in path else (None, None)


def directory_slug(name: str) -> str:
    """A directory's name as GitLab would accept it for a project's path."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")
    return slug.removesuffix(".git").removesuffix(".atom").lower() or "project"


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _IGNORED}
    return kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _unusable(git: Git, done: Completed) -> RepositoryUnusable:
    """Why `rev-parse` failed: it prints the top folder before it looks for the commit."""
    said = done.stderr.strip()
    top = done.stdout.removesuffix("\n").removesuffix("\nHEAD^{commit}")
    if top:
        return RepositoryUnusable(
            f"the git repository {top} has no commits",
            hint='make the first one: `git add . && git commit -m "Start"`',
        )
    if "dubious ownership" in said:
        return RepositoryUnusable(
            f"git does not trust {git.directory}: it belongs to another user",
            hint=f"git config --global --add safe.directory {git.directory}",
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


_REF = "%(refname)%00%(objectname)%00%(symref)%00%(upstream)"


def _refs(listed: str) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Refs with their objects, symbolic refs with their targets, branches with their upstreams."""
    refs: dict[str, str] = {}
    symbolic: dict[str, str] = {}
    upstreams: dict[str, str] = {}
    for line in listed.split("\n")[:-1]:  # a name may hold what Unicode calls a line break
        name, sha, target, upstream = line.split("\0")
        refs[name] = sha
        if target:
            symbolic[name] = target
        if upstream:
            upstreams[name.removeprefix("refs/heads/")] = upstream
    return refs, symbolic, upstreams


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
