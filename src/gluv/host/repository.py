"""What rules and cache keys ask of git, at the pipeline's commit."""

from functools import cached_property
from pathlib import Path

from gluv.host.git import Git
from gluv.plan.context import Repository


class GitRepository:
    """A `gluv.plan.context.Repository` over real git; nothing is asked before it is needed.

    `sha` is the pipeline's commit. `base` is the commit that `changed()` compares with, None when
    there is nothing to compare with. With `worktree`, uncommitted changes count as changed: they
    are what the jobs will see.
    """

    def __init__(self, root: Path, sha: str, *, base: str | None, worktree: bool) -> None:
        self._git = Git(root)
        self._sha = sha
        self._base = base
        self._worktree = worktree
        self._changed: dict[tuple[str, ...], frozenset[str]] = {}

    @cached_property
    def _tree(self) -> dict[str, str]:
        """Path to blob id of every file of the commit."""
        listed = self._git("ls-tree", "-r", "-z", self._sha).stdout
        tree = {}
        for entry in listed.split("\0"):
            head, _, path = entry.partition("\t")
            if path:
                _, kind, blob = head.split(" ")
                if kind == "blob":  # a submodule is a commit
                    tree[path] = blob
        return tree

    @cached_property
    def _uncommitted(self) -> frozenset[str]:
        """Paths whose content in the working tree is not the commit's, untracked ones included."""
        listed = self._git("diff", "--name-only", "-z", "--no-renames", self._sha, "--").stdout
        others = self._git("ls-files", "--others", "--exclude-standard", "-z").stdout
        return frozenset(path for path in (listed + others).split("\0") if path)

    def files(self) -> tuple[str, ...]:
        """Every path of the tree, with `/`, sorted as git sorts them."""
        return tuple(self._tree)

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        """Paths that differ from the base (or `compare_to`); None when there is no base.

        As GitLab, from the merge base of the two commits. Raises `LookupError` when `compare_to`
        names nothing.
        """
        if compare_to is not None:
            # What this side did since the two parted; a push compares the two ends.
            between: tuple[str, ...] = (f"{self._resolve(compare_to)}...{self._sha}",)
        elif self._base is not None:
            between = (self._base, self._sha)
        else:
            return None
        if between not in self._changed:
            listed = self._git("diff", "--name-only", "-z", "--no-renames", *between, "--").stdout
            found = frozenset(path for path in listed.split("\0") if path)
            self._changed[between] = found | self._uncommitted if self._worktree else found
        return self._changed[between]

    def blob_id(self, path: str) -> str | None:
        """The git object id of a file, or None if the commit has no such file."""
        return self._tree.get(path.removeprefix("./"))

    def last_commit(self, path: str) -> str | None:
        """The id of the last commit that touched a path."""
        return self._git.ask("log", "-1", "--format=%H", self._sha, "--", path) or None

    def _resolve(self, name: str) -> str:
        """A ref as GitLab has it: the remote's branch rather than a local one that lags behind."""
        short = name.removeprefix("refs/heads/")
        for revision in (f"refs/remotes/origin/{short}", name):
            sha = self._git.commit_of(revision)
            if sha is not None:
                return sha
        raise LookupError(name)


class Assumed:
    """A repository in which these paths count as changed, whatever git says."""

    def __init__(self, real: Repository, changes: tuple[str, ...]) -> None:
        self._changes = frozenset(changes)
        self.files = real.files
        self.blob_id = real.blob_id
        self.last_commit = real.last_commit

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        """The assumed paths."""
        return self._changes
