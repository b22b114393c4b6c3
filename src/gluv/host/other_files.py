"""The paths of other projects and refs, for `rules:exists:project`."""

from collections.abc import Callable

from gluv.config.fetch import FetchFailed
from gluv.host.fetch import HostFetcher
from gluv.host.git import Git


def files_elsewhere(
    own: str, git: Git, fetcher: Callable[[], HostFetcher]
) -> Callable[[str, str | None], tuple[str, ...]]:
    """Every path of a project at a ref; `own` is the path of the project that `git` is of.

    Other projects come from their checkout (`[tool.gluv.projects]`) or from GitLab, as includes do.
    The result raises `FetchFailed` for what is not there or cannot be had.
    """
    found: list[HostFetcher] = []

    def files(project: str, ref: str | None) -> tuple[str, ...]:
        if project == own:
            named = ref or "HEAD"
            sha = git.commit_of(f"refs/remotes/origin/{named}") or git.commit_of(named)
            if sha is None:
                raise FetchFailed(f"Project `{project}` reference `{ref}` does not exist!")
            listed = git("ls-tree", "-r", "-z", "--name-only", sha).stdout
            return tuple(path for path in listed.split("\0") if path)
        if not found:
            found.append(fetcher())
        return found[0].project_files(project, ref)

    return files
