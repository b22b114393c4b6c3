"""A workspace that one job has left, made equal to its sources again for the next job.

Most jobs leave most files alone, and a look at a file is much cheaper than a copy of it. A file is
taken as untouched only if its status is the very one it had before the job began; that includes
the time of its last change of any kind, which no program can set.
"""

import os
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from gluv.host.copy import copy_file, remove_tree

_COARSE_NS = 20_000_000
"""Nanoseconds by which the time of a change may lag behind the clock (a tick of the kernel)."""

Status = tuple[int, ...]


class TooDifferent(Exception):
    """So much has changed that a fresh copy is cheaper."""


class Laid:
    """A workspace as it was handed out. One thread at a time."""

    def __init__(self, project: Path, sources: Mapping[str, Path]) -> None:
        """Take note of `project`, which is a copy of `sources` (by first folder, "" the rest)."""
        self._sources = dict(sources)
        self._files: dict[str, Status] = {}
        self._directories: dict[str, tuple[Status, tuple[str, ...]]] = {}
        self._top = _rights(os.lstat(project)), _attributes(str(project))
        for path, place in _walk(str(project)):
            self._note(path, place)
        self._safe_before = time.time_ns() - _COARSE_NS

    def is_at(self, project: Path) -> bool:
        """Whether `project` is the directory that was handed out, not one put in its place."""
        try:
            return self._top == (_rights(os.lstat(project)), _attributes(str(project)))
        except OSError:
            return False

    def restore(self, project: Path) -> None:
        """Make a workspace that a job has changed equal to its sources again.

        Nothing may write there any more. Raises `TooDifferent` where that does not pay, and
        `OSError`; the workspace is of no use then.
        """
        found = set(self._clean(str(project)))
        missing = [path for path in (*self._directories, *self._files) if path not in found]
        if len(missing) * 2 > len(self._files) + len(self._directories) + 20:
            raise TooDifferent
        for path in missing:
            source, place = self._source(path), os.path.join(project, path)
            if path in self._directories:
                os.mkdir(place)
                os.chmod(place, stat.S_IMODE(os.lstat(source).st_mode) | stat.S_IRWXU)
            elif os.path.islink(source):
                os.symlink(os.readlink(source), place)
            else:
                copy_file(source, place)
        for path in missing:
            self._note(path, os.path.join(project, path))
        self._safe_before = time.time_ns() - _COARSE_NS

    def _source(self, path: str) -> str:
        first, _, rest = path.partition("/")
        if first in self._sources:
            return os.path.join(self._sources[first], rest)
        return os.path.join(self._sources[""], path)

    def _note(self, path: str, place: str) -> None:
        status = os.lstat(place)
        if stat.S_ISDIR(status.st_mode):
            self._directories[path] = (_rights(status), _attributes(place))
        else:
            self._files[path] = _status(status)

    def _clean(self, top: str, below: str = "") -> Iterator[str]:
        """Remove what does not belong here; the paths that are as they were."""
        with os.scandir(os.path.join(top, below)) as entries:
            for entry in list(entries):
                path = f"{below}/{entry.name}" if below else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    status = _status(entry.stat(follow_symlinks=False))
                    if self._files.get(path) == status and status[-1] < self._safe_before:
                        yield path
                    else:
                        os.unlink(entry.path)
                    continue
                rights = _rights(entry.stat(follow_symlinks=False))
                if self._directories.get(path) == (rights, _attributes(entry.path)):
                    yield path
                    yield from self._clean(top, path)
                else:
                    remove_tree(entry.path)


def _walk(top: str, below: str = "") -> Iterator[tuple[str, str]]:
    """All paths below a directory, parents first."""
    with os.scandir(os.path.join(top, below)) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            yield path, entry.path
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(top, path)


def _status(status: os.stat_result) -> Status:
    return (
        status.st_mode,
        status.st_uid,
        status.st_gid,
        status.st_dev,
        status.st_ino,
        status.st_nlink,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def _rights(status: os.stat_result) -> Status:
    return status.st_mode, status.st_uid, status.st_gid, status.st_dev, status.st_ino


def _attributes(place: str) -> tuple[str, ...]:
    """The names of extended attributes, access lists among them."""
    if sys.platform != "linux":
        return ()
    try:
        return tuple(sorted(os.listxattr(place, follow_symlinks=False)))
    except OSError:
        return ()
