"""Running git, and reading what a repository is."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.process import Completed, run
from gluv.plan.context import Commit

ZEROS = "0" * 40

# Variables by which a caller (a git hook, an editor) could point git at another repository, and
# the ones that would change how git prints.
_IGNORED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")


class GitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository is: where, at which commit, on which branch, from which project.

    `branch` is None when HEAD is detached. `project` is the full path `group/name`, from the remote
    or `local/<directory>`; `gitlab` the host of the remote, None without one.
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


class Git:
    """git in one directory. Each call is one process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *args: str, stdin: str | None = None) -> Completed:
        """Run git. Raises `RepositoryUnusable` if it is not installed."""
        env = {key: value for key, value in os.environ.items() if key not in _IGNORED}
        env |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        try:
            return run(["git", *args], cwd=self.directory, env=env, stdin=stdin)
        except FileNotFoundError as error:
            if not self.directory.is_dir():
                raise RepositoryUnusable(
                    f"there is no directory {self.directory}", hint="check -C DIR"
                ) from error
            raise RepositoryUnusable(
                "git is not installed, or not on PATH",
                hint="install git; gluv reads the commit, the branch and the tags with it",
            ) from error

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
    root = Path(_root(git))
    git = Git(root)
    sha = git.ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if sha is None:
        raise RepositoryUnusable(
            f"the git repository {root} has no commits",
            hint='make the first one: `git add . && git commit -m "Start"`',
        )
    branch = git.ask("symbolic-ref", "--quiet", "--short", "HEAD")
    branches, tags = _refs(git)
    config = _config(git)
    remote_name = _remote(config, branch)
    remote = config.get(f"remote.{remote_name}.url") if remote_name else None
    host, path = parse_remote(remote) if remote else (None, None)
    return GitFacts(
        root=root,
        sha=sha,
        branch=branch,
        default_branch=_default_branch(git, remote_name, branches, branch),
        remote=remote,
        project=path or f"local/{directory_slug(root.name)}",
        gitlab=host,
        branches=branches,
        tags=tags,
        user_name=config.get("user.name", ""),
        user_email=config.get("user.email", ""),
    )


def read_commit(root: Path, revision: str, *, before_sha: str = ZEROS) -> Commit:
    """One commit, its message as written. Raises `RepositoryUnusable` if there is none."""
    git = Git(root)
    shown = git.ask(
        "log", "-1", "--no-show-signature", "--encoding=UTF-8",
        "--format=%H%x00%an <%ae>%x00%cI%x00%B", revision, "--",
    )  # fmt: skip
    if shown is None:
        raise RepositoryUnusable(
            f"there is no commit {revision}", hint="`git log` shows the commits of this repository"
        )
    sha, author, timestamp, message = shown.split("\0", 3)
    return Commit(
        sha=sha,
        before_sha=before_sha,
        author=author,
        timestamp=timestamp,
        message=message,
    )


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


def _root(git: Git) -> str:
    done = git("rev-parse", "--show-toplevel")
    if done.code == 0:
        return done.stdout.removesuffix("\n")
    said = done.stderr.strip()
    if "dubious ownership" in said:
        raise RepositoryUnusable(
            f"git does not trust {git.directory}: it belongs to another user",
            hint=f"git config --global --add safe.directory {git.directory}",
        )
    if "must be run in a work tree" in said:
        raise RepositoryUnusable(
            f"{git.directory} is a bare repository, without a working tree",
            hint="clone it, and run gluv in the clone",
        )
    if "not a git repository" in said:
        raise RepositoryUnusable(
            f"{git.directory} is not in a git repository",
            hint='`git init && git add . && git commit -m "Start"` makes one; '
            "or say where the project is: -C DIR",
        )
    raise RepositoryUnusable(f"git cannot read {git.directory}: {said}", hint="`git status`")


def _refs(git: Git) -> tuple[tuple[str, ...], tuple[str, ...]]:
    shown = git.ask("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags") or ""
    names = shown.splitlines()
    return (
        tuple(name.removeprefix("refs/heads/") for name in names if name.startswith("refs/heads/")),
        tuple(name.removeprefix("refs/tags/") for name in names if name.startswith("refs/tags/")),
    )


def _config(git: Git) -> dict[str, str]:
    """Every setting, the last value of each key; git writes keys in lower case but for names."""
    shown = git.ask("config", "--list", "-z", "--includes") or ""
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
    git: Git, remote: str | None, branches: tuple[str, ...], branch: str | None
) -> str:
    """The remote's HEAD, else `main` or `master` if there is one, else the current branch."""
    if remote is not None:
        head = git.ask("symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
        if head is not None:
            return head.removeprefix(f"{remote}/")
    for name in ("main", "master"):
        if name in branches:
            return name
    return branch or "main"
