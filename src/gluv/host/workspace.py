"""The files of a run: one snapshot of the work tree or of a commit, one copy of it per job."""

import contextlib
import os
import stat
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.copy import copy_paths, copy_tree, remove_tree
from gluv.host.git_reading import Reading
from gluv.host.process import run
from gluv.host.workspace_git import (
    GitSource,
    git,
    git_environment,
    read_source,
    write_git_directory,
    write_mirror,
)
from gluv.host.workspace_reuse import Laid, TooDifferent


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How the work tree differs from the commit: paths changed or new, and what was left out."""

    paths: int = 0
    left_out: tuple[str, ...] = ()


class Snapshot:
    """What every job of a run starts from. Threads may share it."""

    def __init__(
        self, directory: Path, source: GitSource, sha: str, refs: dict[str, str], changes: Changes
    ) -> None:
        self._directory = directory
        self._source = source
        self._sha = sha
        self._refs = refs
        self._lock = threading.Lock()
        self._laid: dict[Path, tuple[int, Laid]] = {}
        self._spare: list[tuple[int, Laid, Path]] = []
        self.changes = changes

    @classmethod
    def take(
        cls,
        repository: Path,
        directory: Path,
        *,
        sha: str,
        refs: dict[str, str],
        commit: bool,
        reading: Reading | None = None,
    ) -> "Snapshot":
        """Copy the work tree, or with `commit` the tree of `sha`, into `directory`.

        The work tree means its tracked files as they are now and the untracked ones that git does
        not ignore; it is used only while `sha` is its HEAD. Files get the present time, as a
        checkout gives them. `refs` are what GitLab
        Runner would have fetched. `reading` is the repository being read already. Raises
        `RepositoryUnusable`.
        """
        directory.mkdir(parents=True)
        source = read_source(reading or Reading(repository, files=True))
        commit = commit or source.head != sha
        mirrored = {
            name.replace("refs/remotes/origin/", "refs/heads/"): target
            for name, target in refs.items()
        }
        write_mirror(directory / "origin.git", source, mirrored)
        made = directory / "git"
        write_git_directory(
            made, source, sha=sha, refs=refs, depth=0, origin=directory / "origin.git"
        )
        tree = directory / "tree"
        tree.mkdir()
        base = ("--git-dir", made, "--work-tree", tree)
        git(*base, "read-tree", sha, cwd=tree)
        if commit:
            git(*base, "checkout-index", "--all", "--force", cwd=tree)
            _make_submodules(tree, base)
            changes = Changes()
        else:
            left_out = _copy_work_tree(source, tree)
            changes = Changes(left_out=left_out)
        _touch(tree, time.time() - 10)
        if commit:
            run(["git", *base, "update-index", "-q", "--refresh"], cwd=tree, env=git_environment())
        else:
            # It writes what it finds of the files' status into the index, which saves a process.
            changed = git(
                *base, "status", "--porcelain", "-z", "--untracked-files=all", cwd=tree, locks=True
            )
            changes = Changes(paths=changed.count("\0"), left_out=changes.left_out)
        return cls(directory, source, sha, refs, changes)

    @cached_property
    def tree_id(self) -> str:
        """The git id of the tree of these files: the same for the same files. Slow the first time.

        Raises `RepositoryUnusable`.
        """
        index = self._directory / f"index-{os.urandom(8).hex()}"
        index.write_bytes((self._directory / "git" / "index").read_bytes())
        env = git_environment() | {"GIT_INDEX_FILE": str(index)}
        tree = self._directory / "tree"
        base = ("git", "--git-dir", self._directory / "git", "--work-tree", tree)
        run([*base, "add", "--all", "--force", "."], cwd=tree, env=env)
        written = run([*base, "write-tree"], cwd=tree, env=env)
        if written.code:
            raise RepositoryUnusable(f"git write-tree: {written.stderr.strip()}")
        return written.stdout.strip()

    @property
    def shared(self) -> tuple[tuple[Path, bool], ...]:
        """What a job's `.git` needs beside it, by its own path: each with whether jobs write it."""
        stores, found = [self._source.objects], dict[Path, bool]()
        while stores:
            store = stores.pop()
            if store in found or not store.is_dir():
                continue
            found[store] = False
            listed = store / "info" / "alternates"
            lines = listed.read_text().splitlines() if listed.is_file() else []
            stores += [(store / line).resolve() for line in lines if line[:1] not in ("", "#")]
        return (*found.items(), (self._directory / "origin.git", True))

    def copy_to(self, project: Path, *, depth: int, checkout: bool = True) -> None:
        """Give a job its own files and its own `.git` in the empty or missing `project`.

        `depth` is the length of the history (`GIT_DEPTH`), 0 for all of it.
        """
        made = self._git_directory(depth)
        tree = self._directory / "tree"
        if not checkout:
            project.mkdir(parents=True, exist_ok=True)
            copy_tree(made, project / ".git")
            return
        if self._reuse(project, depth):
            return
        is_alone = not project.exists() or not any(project.iterdir())
        copy_tree(tree, project)
        copy_tree(made, project / ".git")
        if is_alone and sys.platform == "linux":
            with self._lock:
                self._laid[project] = (depth, Laid(project, {"": tree, ".git": made}))

    def take_back(self, project: Path) -> None:
        """The job is over and no process of it is left: the next job may have what it left alone.

        Only Linux can tell that no process is left.
        """
        with self._lock:
            laid = self._laid.pop(project, None)
        if laid is None or not laid[1].is_at(project):
            return
        place = self._directory / f"spare-{os.urandom(8).hex()}"
        try:
            project.rename(place)
        except OSError:
            return
        with self._lock:
            self._spare.append((*laid, place))

    def _reuse(self, project: Path, depth: int) -> bool:
        """Give `project` the workspace of a job that has ended, if there is one and it pays."""
        with self._lock:
            found = next((one for one in reversed(self._spare) if one[0] == depth), None)
            if found is None:
                return False
            self._spare.remove(found)
        _, laid, place = found
        try:
            laid.restore(place)
            if project.exists():
                project.rmdir()
            project.parent.mkdir(parents=True, exist_ok=True)
            place.rename(project)
        except (OSError, TooDifferent):
            with contextlib.suppress(OSError):
                remove_tree(place)
            return False
        with self._lock:
            self._laid[project] = (depth, laid)
        return True

    def _git_directory(self, depth: int) -> Path:
        """The prepared `.git` of a depth; made once."""
        made = self._directory / "git"
        if depth <= 0:
            return made
        place = self._directory / f"git-{depth}"
        with self._lock:
            if not place.exists():
                fresh = self._directory / f"git-{depth}.new"
                write_git_directory(
                    fresh,
                    self._source,
                    sha=self._sha,
                    refs=self._refs,
                    depth=depth,
                    origin=self._directory / "origin.git",
                )
                (fresh / "index").write_bytes((made / "index").read_bytes())
                fresh.rename(place)
        return place


def _copy_work_tree(source: GitSource, tree: Path) -> tuple[str, ...]:
    left_out: list[str] = []
    copy_paths(source.repository, _present(source.repository, source.files, left_out), tree)
    return tuple(left_out)


def _present(repository: Path, listed: Iterable[str], left_out: list[str]) -> Iterator[str]:
    """The listed paths that are files, links or submodules of the work tree.

    Not those that are deleted, not those behind a symbolic link that has taken the place of a
    directory, not the other repositories that lie around untracked.
    """
    real: dict[str, bool] = {"": True}

    def is_real(directory: str) -> bool:
        if directory not in real:
            above = is_real(os.path.dirname(directory))
            try:
                mode = os.lstat(repository / directory).st_mode
            except OSError:
                mode = 0
            real[directory] = above and stat.S_ISDIR(mode)
        return real[directory]

    for path in dict.fromkeys(listed):
        if path.endswith("/"):
            left_out.append(path)
        elif path and is_real(os.path.dirname(path)):
            yield path


def _make_submodules(tree: Path, base: tuple[str | Path, ...]) -> None:
    """Submodules are empty directories until somebody updates them."""
    for line in git(*base, "ls-files", "-z", "--stage", cwd=tree).split("\0"):
        if line.startswith("160000 "):
            (tree / line.split("\t", 1)[1]).mkdir(parents=True, exist_ok=True)


def _touch(tree: Path, at: float) -> None:
    for directory, names, files in os.walk(tree):
        for name in (*names, *files):
            os.utime(os.path.join(directory, name), (at, at), follow_symlinks=False)
