"""Saving a cache that a job restored: what it left alone is not copied again."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from gluv.host.copy import copy_paths

_COARSE_NS = 20_000_000
"""Nanoseconds by which the time of a change may lag behind the clock (a tick of the kernel)."""

_CHUNK = 1 << 20

Status = tuple[int, ...]


class Restored:
    """One generation of a cache as it was laid over a project."""

    def __init__(self, generation: Path, project: Path) -> None:
        """Take note of the files right after they were copied, before the job can touch them."""
        self.generation = generation
        self._project = project
        self._known: dict[str, Status] = {}
        for directory, directories, files in os.walk(generation):
            below = os.path.relpath(directory, generation)
            for name in (*directories, *files):
                path = name if below == "." else f"{below}/{name}"
                self._known[path] = _status(os.path.join(project, path))
        self._safe_before = time.time_ns() - _COARSE_NS

    def covers(self, paths: Sequence[str]) -> bool:
        """Whether the generation already is what these paths of the project mean now."""
        return len(paths) == len(self._known) and all(map(self._is_unchanged, paths))

    def save(self, paths: Sequence[str], target: Path) -> None:
        """Lay the paths into a new generation.

        Generations share files by hard links: jobs only ever get copies of them, and nothing
        writes into a generation once it is whole.
        """
        changed: list[str] = []
        made: set[str] = set()
        for path in paths:
            source, place = self.generation / path, target / path
            if not source.is_file() or source.is_symlink() or not self._is_unchanged(path):
                changed.append(path)
                continue
            parent = os.path.dirname(path)
            if parent not in made:
                os.makedirs(target / parent, exist_ok=True)
                made.add(parent)
            try:
                os.link(source, place, follow_symlinks=False)
            except OSError:
                changed.append(path)
        copy_paths(self._project, changed, target)

    def _is_unchanged(self, path: str) -> bool:
        known = self._known.get(path)
        try:
            if known is None or _status(os.path.join(self._project, path)) != known:
                return False
            if known[-1] < self._safe_before or not stat.S_ISREG(known[0]):
                return True
            # Changed and restored within one tick of the clock would look the same.
            return _same(self._project / path, self.generation / path)
        except OSError:
            return False


def _same(one: Path, other: Path) -> bool:
    with one.open("rb") as first, other.open("rb") as second:
        while chunk := first.read(_CHUNK):
            if second.read(_CHUNK) != chunk:
                return False
        return not second.read(1)


def _status(place: str) -> Status:
    status = os.lstat(place)
    if stat.S_ISDIR(status.st_mode):
        return status.st_mode, status.st_uid, status.st_gid
    return (
        status.st_mode,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
