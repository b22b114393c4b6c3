"""What git knows, where there is git: the remote, the tags here, the time, the commits."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from gluv.errors import RepositoryUnusable
from gluv.host.git import Git
from gluv.release.api import ApiError, GitlabApi, encode
from gluv.release.gitlab import Gitlab
from gluv.release.notes import Notes, from_commits
from gluv.release.tag import TagRead


class History:
    """A repository, asked gently: without git, or outside a repository, every answer is None."""

    def __init__(self, root: Path) -> None:
        self._git = Git(root)

    def remote(self) -> str | None:
        """The URL of `origin`, else of the first remote."""
        names = (self._ask("remote") or "").split()
        if not names:
            return None
        return self._ask("remote", "get-url", "origin" if "origin" in names else names[0])

    def tags_here(self) -> list[str]:
        """The tags of the checked-out commit."""
        return (self._ask("tag", "--points-at", "HEAD") or "").split()

    def commit(self, revision: str = "HEAD") -> str | None:
        """The id of a commit."""
        return self._ask("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")

    def changed(self) -> list[str]:
        """Tracked files that differ from the commit."""
        return (self._ask("diff", "--name-only", "HEAD") or "").splitlines()

    def epoch(self, environ: Mapping[str, str]) -> int | None:
        """The time of the commit in seconds: the job's CI_COMMIT_TIMESTAMP, else git's."""
        stamp = environ.get("CI_COMMIT_TIMESTAMP", "")
        try:
            return int(datetime.fromisoformat(stamp).timestamp())
        except ValueError:
            shown = self._ask("log", "-1", "--no-show-signature", "--format=%ct")
            return int(shown) if shown and shown.isdecimal() else None

    def subjects(self, read: TagRead) -> Notes | None:
        """The titles since the last tag of the same kind; None if the clone is too shallow."""
        end = read.tag if self.commit(f"refs/tags/{read.tag}") else "HEAD"
        last = self._ask(
            "describe", "--tags", "--abbrev=0", f"--match={_glob(read.before)}[0-9]*", f"{end}^"
        )
        if last is None and self._ask("rev-parse", "--is-shallow-repository") != "false":
            return None
        if last is None and read.before:
            # In a repository of several packages all commits would be the others' too.
            last = self._ask("describe", "--tags", "--abbrev=0", f"{end}^")
        span = f"{last}..{end}" if last else end
        shown = self._ask("log", "--no-merges", "--no-show-signature", "--format=%s", span, "--")
        return None if shown is None else from_commits(shown.splitlines(), since=last)

    def _ask(self, *args: str) -> str | None:
        try:
            return self._git.ask(*args)
        except RepositoryUnusable:
            return None


def read_commits(
    history: History, read: TagRead, api: GitlabApi | None, gitlab: Gitlab | None, message: str
) -> Notes:
    """The commits since the last tag: from git, else from GitLab, else the tag's own message.

    GitLab compares commits for access tokens only; a job token may merely list tags.
    """
    found = history.subjects(read)
    if found is not None and found.text:
        return found
    if api is not None and gitlab is not None:
        compared = _quietly(lambda: _compare(api, gitlab, read))
        if compared is not None:
            return compared
    if message.strip():
        return Notes(text=message.strip(), origin="the tag's message")
    return Notes(text="", origin="nothing: no git history here (GIT_DEPTH: 0), no changelog")


def _compare(api: GitlabApi, gitlab: Gitlab, read: TagRead) -> Notes | None:
    tags = api.get(f"{gitlab.path}/repository/tags?per_page=100")
    last = previous_tag([str(tag["name"]) for tag in tags], read)
    if last is None:
        return None
    query = f"from={encode(last)}&to={encode(read.tag)}"
    compared: dict[str, Any] = api.get(f"{gitlab.path}/repository/compare?{query}")
    titles = [
        str(commit["title"])
        for commit in reversed(compared["commits"])
        if len(commit.get("parent_ids", [])) < 2
    ]
    return from_commits(titles, since=last) if titles else None


def previous_tag(tags: list[str], read: TagRead) -> str | None:
    """The tag of the next lower version with the same text in front of it."""
    below: list[tuple[Version, str]] = []
    for tag in tags:
        try:
            version = Version(tag.removeprefix(read.before))
        except InvalidVersion:
            continue
        if tag.startswith(read.before) and version < Version(read.version):
            below.append((version, tag))
    return max(below)[1] if below else None


def _quietly(ask: Callable[[], Notes | None]) -> Notes | None:
    try:
        return ask()
    except (ApiError, KeyError, TypeError):
        return None


def _glob(text: str) -> str:
    """A text that git's pattern takes literally."""
    return "".join(f"\\{char}" if char in "*?[]\\" else char for char in text)
