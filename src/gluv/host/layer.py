"""A tree that is laid into the directories of jobs, and which state of it that is."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gluv.host.status import identity, stamp

AS_MADE = -1
"""The mode of a directory that is to be what the umask gives it."""


class SourceChanged(OSError):
    """A file of a layer is not what it was when the layer was made or read."""


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """Files below `top`, named by their paths in a job's directory, where they stand below `below`.

    `files` maps each file or link to its version: the `stamp` of its status, or, where files are
    shared by hard links (`linked`), its `identity`. `directories` maps each directory to its mode,
    those above before those below. Two layers of one `serial` are the same. `size` is that of all
    files, in bytes.
    """

    serial: str
    top: str
    below: str
    files: Mapping[str, int]
    directories: Mapping[str, int]
    size: int = 0
    linked: bool = False

    def version(self, status: os.stat_result) -> int:
        """The version of a file of this layer."""
        return identity(status) if self.linked else stamp(status)

    def source(self, path: str) -> str:
        """Where the file is that stands at `path` in a job's directory."""
        return self.top + path[len(self.below) :]


def read_layer(
    top: str | Path,
    *,
    below: str,
    serial: str,
    linked: bool = False,
    noted: Mapping[str, tuple[int, int]] | None = None,
) -> Layer:
    """The tree `top`, to be laid into the directory `below` of a job.

    `noted` is what its files must be: size and time of change in nanoseconds of each path below
    `top`. Raises `SourceChanged` with the name of one that is not, or is gone.
    """
    size, version = 0, identity if linked else stamp
    files: dict[str, int] = {}
    directories: dict[str, int] = {below: stat.S_IMODE(os.lstat(top).st_mode)}
    waiting = [str(top)]
    start = len(str(top))
    while waiting:
        place = waiting.pop()
        prefix = f"{below}{place[start:]}/"
        with os.scandir(place) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                kind = stat.S_IFMT(status.st_mode)
                if kind == stat.S_IFDIR:
                    directories[prefix + entry.name] = stat.S_IMODE(status.st_mode)
                    waiting.append(entry.path)
                elif kind in (stat.S_IFREG, stat.S_IFLNK):
                    files[prefix + entry.name] = version(status)
                    size += status.st_size
                    if noted is not None:
                        path = (prefix + entry.name)[len(below) + 1 :]
                        if noted.get(path) != (status.st_size, status.st_mtime_ns):
                            raise SourceChanged(f"{path} was changed since it was saved")
    if noted is not None and len(noted) > len(files):
        gone = next(path for path in noted if f"{below}/{path}" not in files)
        raise SourceChanged(f"{gone} was removed since it was saved")
    return Layer(
        serial=serial,
        top=str(top),
        below=below,
        files=files,
        directories=directories,
        size=size,
        linked=linked,
    )


def own_files(top: str, name: str) -> tuple[dict[str, os.stat_result], list[str]]:
    """The files below a directory that are no links of either kind, and the directories.

    `name` is that of the directory below `top`, and all paths begin with it; it comes first.
    """
    files: dict[str, os.stat_result] = {}
    directories = [name]
    for place in directories:
        with os.scandir(f"{top}/{place}") as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    directories.append(f"{place}/{entry.name}")
                elif not stat.S_ISLNK(status.st_mode) and status.st_nlink == 1:
                    files[f"{place}/{entry.name}"] = status
    return files, directories
