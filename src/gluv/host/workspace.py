"""The files of a run: one snapshot of the work tree or of a commit, which every job starts from."""

import os
import threading
import time
from pathlib import Path

import msgspec

from gluv.errors import RepositoryUnusable
from gluv.host.copy import remove_tree
from gluv.host.git_reading import Reading
from gluv.host.laid import Laid
from gluv.host.layer import Layer, read_layer
from gluv.host.own_outputs import NOTHING, OwnOutputs
from gluv.host.process import run
from gluv.host.status import stamp
from gluv.host.workspace_git import (
    GitSource,
    History,
    git,
    git_environment,
    git_files,
    mirror_files,
    prepare_git,
    read_history,
    read_source,
)
from gluv.host.workspace_tree import Taken, take_tree


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """How the work tree differs from the commit: paths changed or new, and what was left out."""

    paths: int = 0
    left_out: tuple[str, ...] = ()


class Remembered(msgspec.Struct, kw_only=True):
    """What a snapshot is, for the next run to bring it up to date.

    `made_for` is what must be the same for that; `index` the status of git's index; `histories`
    are those of `sha` by their depth; `tree_id` is empty until somebody asks.
    """

    made_for: tuple[str, ...]
    sha: str
    shallow: frozenset[str]
    taken: Taken
    index: int
    changes: Changes
    histories: dict[int, History] = {}
    tree_id: str = ""


class Snapshot:
    """What every job of a run starts from. Threads may share it."""

    def __init__(
        self,
        directory: Path,
        source: GitSource,
        refs: dict[str, str],
        remembered: Remembered,
    ) -> None:
        self._directory = directory
        self._source = source
        self._refs = refs
        self._lock = threading.Lock()
        self._git: dict[int, Layer] = {}
        self.remembered = remembered

    @property
    def changes(self) -> Changes:
        """How the work tree differs from the commit."""
        return self.remembered.changes

    @classmethod
    def take(
        cls,
        repository: Path,
        directory: Path,
        *,
        sha: str,
        refs: dict[str, str],
        commit: bool,
        below: str = "project",
        reading: Reading | None = None,
        before: Remembered | None = None,
        outputs: OwnOutputs = NOTHING,
    ) -> "Snapshot":
        """Copy the work tree, or with `commit` the tree of `sha`, into `directory`.

        The work tree means its tracked files as they are now and the untracked ones that git does
        not ignore; it is used only while `sha` is its HEAD. Files get the present time, as a
        checkout gives them. `refs` are what GitLab Runner would have fetched. `below` is the
        project in the directory of a job. `reading` is the repository being read already. `before`
        is what the directory holds from the last run, of which only what has changed is done again.
        `outputs` are files of gluv's own, which are no part of the work tree.
        Raises `RepositoryUnusable` and `OSError`.
        """
        source = read_source(reading or Reading(repository, files=True))
        commit = commit or source.head != sha
        made_for = (str(repository), below, source.format, sha if commit else "the work tree")
        origin, made, tree = (directory / name for name in ("origin.git", "git", "tree"))
        if before is not None:
            before = _moved(before, tree)
            if before.taken.at > time.time() - 5:
                before = None  # runs in so quick a row that git could not tell their files apart
        if before is None or before.made_for != made_for or not _is_whole(made, before):
            remove_tree(directory)
            before = None
        directory.mkdir(parents=True, exist_ok=True)
        mirrored = {
            name.replace("refs/remotes/origin/", "refs/heads/"): target
            for name, target in refs.items()
        }
        prepare_git(origin, mirror_files(source, mirrored))
        same_history = before is not None and (before.sha, before.shallow) == (sha, source.shallow)
        files = git_files(source, sha=sha, refs=refs, history=None, origin=origin)
        tree.mkdir(exist_ok=True)
        base = ("--git-dir", made, "--work-tree", tree)
        prepare_git(made, files)
        if before is None or not same_history:
            git(*base, "read-tree", *(("-m", "-i") if before else ()), sha, cwd=tree)
        if commit:
            if before is None:
                git(*base, "checkout-index", "--all", "--force", cwd=tree)
                _make_submodules(tree, base)
                _touch(tree)
                refresh: list[str | Path] = ["git", *base, "update-index", "-q", "--refresh"]
                run(refresh, cwd=tree, env=git_environment())
            taken = before.taken if before else _take_commit(tree, below)
            changes = Changes()
        else:
            taken = take_tree(
                *(source.repository, source.files, tree, below),
                *(before.taken if before else None, outputs),
            )
            changes = Changes(paths=before.changes.paths if before else 0, left_out=taken.left_out)
            if before is None or taken is not before.taken or not same_history:
                # It writes what it finds of the files' status into the index: a process less.
                listed = git(
                    *(*base, "status", "--porcelain", "-z", "--untracked-files=all"),
                    cwd=tree,
                    locks=True,
                )
                changes = Changes(paths=listed.count("\0"), left_out=taken.left_out)
        remembered = Remembered(
            made_for=made_for,
            sha=sha,
            shallow=source.shallow,
            taken=taken,
            index=stamp(os.lstat(made / "index")),
            changes=changes,
            histories=before.histories if before and same_history else {},
            tree_id=before.tree_id if before and same_history and taken is before.taken else "",
        )
        return cls(directory, source, refs, remembered)

    @property
    def tree_id(self) -> str:
        """The git id of the tree of these files: the same for the same files. Slow the first time.

        Raises `RepositoryUnusable`.
        """
        if not self.remembered.tree_id:
            self.remembered.tree_id = self._find_tree_id()
        return self.remembered.tree_id

    def _find_tree_id(self) -> str:
        index = self._directory / f"index-{os.urandom(8).hex()}"
        index.write_bytes((self._directory / "git" / "index").read_bytes())
        env = git_environment() | {"GIT_INDEX_FILE": str(index)}
        tree = self._directory / "tree"
        base = ("git", "--git-dir", self._directory / "git", "--work-tree", tree)
        try:
            run([*base, "add", "--all", "--force", "."], cwd=tree, env=env)
            written = run([*base, "write-tree"], cwd=tree, env=env)
        finally:
            index.unlink(missing_ok=True)
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

    def copy_to(self, laid: Laid, *, depth: int, checkout: bool = True) -> None:
        """Give a job its own files and its own `.git`.

        `depth` is the length of the history (`GIT_DEPTH`), 0 for all of it. Raises `OSError`.
        """
        if checkout:
            laid.lay("tree", self.remembered.taken.layer)
        laid.lay("git", self._git_layer(max(depth, 0)))

    def _git_layer(self, depth: int) -> Layer:
        """The prepared `.git` of a depth; made once."""
        with self._lock:
            if depth not in self._git:
                self._git[depth] = self._prepare_git(depth)
            return self._git[depth]

    def _prepare_git(self, depth: int) -> Layer:
        known = self.remembered
        histories = known.histories
        if depth and depth not in histories:
            histories[depth] = read_history(self._source, known.sha, depth)
        place = self._directory / f"git-{depth}"
        files = git_files(
            self._source,
            sha=known.sha,
            refs=self._refs,
            history=histories[depth] if depth else None,
            origin=self._directory / "origin.git",
        )
        prepare_git(place, files, index=self._directory / "git" / "index")
        layer = read_layer(place, below=f"{known.taken.layer.below}/.git", serial="")
        serial = " ".join(f"{path}={version}" for path, version in sorted(layer.files.items()))
        return msgspec.structs.replace(layer, serial=serial)


def _moved(before: Remembered, tree: Path) -> Remembered:
    """The same with its files below `tree`."""
    layer = msgspec.structs.replace(before.taken.layer, top=str(tree))
    taken = msgspec.structs.replace(before.taken, layer=layer)
    return msgspec.structs.replace(before, taken=taken)


def _is_whole(made: Path, before: Remembered) -> bool:
    """Whether a snapshot is what it was when it was remembered."""
    layer = before.taken.layer
    try:
        if stamp(os.lstat(made / "index")) != before.index:
            return False
        for path, version in layer.files.items():
            if layer.version(os.lstat(layer.source(path))) != version:
                return False
        return all(os.path.isdir(layer.source(path)) for path in layer.directories)
    except OSError:
        return False


def _take_commit(tree: Path, below: str) -> Taken:
    return Taken(layer=read_layer(tree, below=below, serial=os.urandom(8).hex()))


def _make_submodules(tree: Path, base: tuple[str | Path, ...]) -> None:
    """Submodules are empty directories until somebody updates them."""
    for line in git(*base, "ls-files", "-z", "--stage", cwd=tree).split("\0"):
        if line.startswith("160000 "):
            (tree / line.split("\t", 1)[1]).mkdir(parents=True, exist_ok=True)


def _touch(tree: Path) -> None:
    at = time.time() - 10
    for directory, names, files in os.walk(tree):
        for name in (*names, *files):
            os.utime(os.path.join(directory, name), (at, at), follow_symlinks=False)
