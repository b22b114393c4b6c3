"""Running git, and reading what a repository is."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.process import Completed, Running, run
from gluv.plan.context import Commit

ZEROS = "0" * 40

# Variables by which a caller (a git hook, an editor) could point git at another repository, and
# the ones that would change how git prints.
_IGNORED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")


class GitFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository is: where, at which commit, on which branch, from which project.

    `branch` is None when HEAD is detached. `project` is the full path `group/name`, from the remote
    or `local/<directory>`; `gitlab` the host of the remote, None without one. `refs` are the full
    names of branches, tags and remote branches with the object each is, `peeled` what annotated
    tags are of, `upstreams` the full name of what a branch follows. `objects` and `shallow` are
    places in its `.git`, `object_format` the kind of its ids. `head` is the commit of HEAD with its
    parents.
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
    peeled: dict[str, str] = {}
    objects: Path = Path()
    shallow: Path = Path()
    object_format: str = "sha1"
    head: tuple[Commit, tuple[str, ...]] | None = None


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

    def begin(self, *args: str) -> Running:
        """Start git, to wait for it later. Raises as a call does."""
        try:
            return Running(["git", *args], cwd=self.directory, env=_environment())
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


LOG = (
    *("log", "-1", "--no-show-signature", "--encoding=UTF-8"),
    "--format=%H%x00%P%x00%an <%ae>%x00%cI%x00%B",
)
"""The question for one commit, which `parse_commit` reads."""


def read_commit(root: Path, revision: str, *, before_sha: str = ZEROS) -> Commit:
    """One commit, its message as written. Raises `RepositoryUnusable` if there is none."""
    commit, _ = read_commit_and_parents(root, revision)
    return msgspec.structs.replace(commit, before_sha=before_sha)


def read_commit_and_parents(root: Path, revision: str) -> tuple[Commit, tuple[str, ...]]:
    """One commit and the ids of its parents. Raises `RepositoryUnusable` if there is none."""
    shown = Git(root).ask(*LOG, revision, "--")
    if shown is None:
        raise RepositoryUnusable(
            f"there is no commit {revision}", hint="`git log` shows the commits of this repository"
        )
    return parse_commit(shown)


def parse_commit(shown: str) -> tuple[Commit, tuple[str, ...]]:
    """A commit and the ids of its parents from what `LOG` printed."""
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
