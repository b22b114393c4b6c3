"""Files of other projects, by git: the refs first, then one commit, kept for the next time."""

import re

from gluv.config.fetch import FetchFailed
from gluv.host.fetch_versions import Found, find_ref, parse_ls_remote
from gluv.host.git import Git
from gluv.host.git_objects import ask_server, read_blob
from gluv.host.include_cache import IncludeCache, Revision

_PROJECT = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.-]*)*")


class ProjectFetcher:
    """Reads projects of one GitLab through git, with the caller's own credentials.

    `base` is what a project's path and `.git` are put after: `https://host/`, `git@host:`, a
    folder.
    """

    def __init__(self, base: str, cache: IncludeCache) -> None:
        self._base = base
        self._cache = cache

    def revision(self, project: str, ref: str | None, *, versions: bool = False) -> Revision | None:
        """The commit that `ref` (None: the default branch) is, fetched; None if there is none.

        Raises `FetchFailed` if the project cannot be had.
        """
        if not _is_project(project):
            raise FetchFailed(_denied(project))
        name = ref or "HEAD"
        kept = self._cache.read_revision(project, name)
        if kept is not None and self._cache.is_fresh(kept.asked, fixed=kept.fixed):
            return kept
        if self._cache.offline:
            raise FetchFailed(
                f"Project `{project}` reference `{name}` was never fetched, and gluv is offline",
                hint=f"run once without --offline, or {_mapping(project)}",
            )
        with self._cache.locked(project):
            try:
                return self._ask(project, ref, versions=versions)
            except FetchFailed:
                if kept is None:
                    raise
                return kept  # the network is away; what was known yesterday is better than nothing

    def read(self, project: str, sha: str, path: str) -> bytes | None:
        """A file of a fetched commit, None if it has no such file."""
        return read_blob(self._cache.repository(project), sha, path)

    def files(self, project: str, sha: str) -> tuple[str, ...]:
        """Every path of a fetched commit."""
        listed = Git(self._cache.repository(project)).ask("ls-tree", "-r", "-z", "--name-only", sha)
        return tuple(path for path in (listed or "").split("\0") if path)

    def _ask(self, project: str, ref: str | None, *, versions: bool) -> Revision | None:
        url = f"{self._base}{project}.git"
        code, listing, words = ask_server("ls-remote", "--", url)
        if code != 0:
            raise FetchFailed(_denied(project), hint=f"git: {words}; or {_mapping(project)}")
        found = find_ref(parse_ls_remote(listing), ref, versions=versions)
        repository = self._cache.repository(project)
        if not (repository / "HEAD").exists():
            Git(self._cache.directory)("init", "--quiet", "--bare", str(repository))
        git = Git(repository)
        if found is None:
            found = self._short_commit(git, url, ref)
        if found is None:
            return None
        if git.commit_of(found.sha) is None:
            code, _, words = ask_server(
                "fetch", "--quiet", "--no-tags", "--depth=1", "--", url, found.sha, at=repository
            )
            if code != 0 and self._everything(git, url).commit_of(found.sha) is None:
                return None
        return self._cache.write_revision(project, ref or "HEAD", found)

    def _short_commit(self, git: Git, url: str, ref: str | None) -> Found | None:
        """A shortened commit id is in no list: it takes the whole history to find it."""
        if ref is None or not re.fullmatch(r"[0-9a-f]{7,39}", ref):
            return None
        sha = self._everything(git, url).commit_of(ref)
        return Found(sha=sha, version=ref, fixed=True) if sha is not None else None

    def _everything(self, git: Git, url: str) -> Git:
        if (git.directory / "shallow").exists():
            ask_server("fetch", "--quiet", "--unshallow", "--", url, at=git.directory)
        ask_server("fetch", "--quiet", "--", url, "+refs/*:refs/gluv/*", at=git.directory)
        return git


def clone_base(gitlab: str | None, remote: str | None) -> str:
    """What to put before a project's path: from `[tool.gluv] gitlab`, else from the git remote.

    A remote on the same host keeps its protocol and user, and with them the credentials that work.
    """
    host = _host(gitlab) if gitlab else None
    if remote is not None:
        scp = re.fullmatch(r"((?:[^@/:]+@)?(\[[^\]]+\]|[^:/]+):)(?!//).+", remote)
        url = re.fullmatch(r"((?:https?|ssh|git)://(?:[^@/]*@)?([^/:]+)(?::\d+)?/).+", remote)
        match = url or scp
        if match is not None and host in (None, match[2]):
            return match[1]
    if gitlab is None:
        return "https://gitlab.com/"
    base = gitlab if "://" in gitlab or gitlab.startswith("/") else f"https://{gitlab}"
    return base.rstrip("/") + "/"


def _host(gitlab: str) -> str:
    return re.sub(r"^[a-z]+://", "", gitlab).partition("/")[0].partition(":")[0]


def _is_project(project: str) -> bool:
    return _PROJECT.fullmatch(project) is not None and ".." not in project.split("/")


def _denied(project: str) -> str:
    return (
        f"Project `{project}` not found or access denied! Make sure any includes in the pipeline "
        "configuration are correctly defined."
    )


def _mapping(project: str) -> str:
    return f'map it to a checkout: [tool.gluv.projects] "{project}" = "../{project.split("/")[-1]}"'
