"""The files that gluv writes for its caller: no change, and no part of the work tree."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from gluv.host.process import run
from gluv.host.workspace_git import git_environment


class OwnOutputs(msgspec.Struct, frozen=True):
    """Where results go: files and folders by their names, open files by what they are."""

    places: frozenset[Path] = frozenset()
    files: frozenset[tuple[int, int]] = frozenset()

    def holds(self, path: Path) -> bool:
        """Whether gluv writes what is at an absolute path, or into it; links are not followed."""
        if not self.places.isdisjoint((path, *path.parents)):
            return True
        if not self.files:
            return False
        try:
            status = os.lstat(path)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) in self.files

    def untracked(self, root: Path, found: Mapping[str, os.stat_result]) -> set[str]:
        """Those of a work tree's files that gluv writes and git does not track."""
        top = root.resolve()
        folders = tuple(
            f"{place.relative_to(top).as_posix()}/"
            for place in self.places
            if place.is_relative_to(top)
        )
        if not (folders or self.files):
            return set()
        mine = {
            path
            for path, status in found.items()
            if f"{path}/".startswith(folders) or (status.st_dev, status.st_ino) in self.files
        }
        return {path for path in mine if not _is_tracked(root, path)}


NOTHING = OwnOutputs()


def find_outputs(places: Iterable[Path], handles: Iterable[int]) -> OwnOutputs:
    """The outputs at some places, which need not be there yet, and the open files of handles."""
    files: set[tuple[int, int]] = set()
    for handle in handles:
        try:
            status = os.fstat(handle)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            files.add((status.st_dev, status.st_ino))
    return OwnOutputs(frozenset(place.resolve() for place in places), frozenset(files))


def _is_tracked(root: Path, path: str) -> bool:
    asked = ["git", "--literal-pathspecs", "ls-files", "--error-unmatch", "--", path]
    return run(asked, cwd=root, env=git_environment()).code == 0
