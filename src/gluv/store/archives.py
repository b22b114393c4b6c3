"""The files of an archive of artifacts, looked at so that no symbolic link leads anywhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Something in an archive; `path` is below its top, `size` in bytes.

    Names may hold bytes that are no UTF-8, as surrogates (PEP 383). `target` is where a link leads.
    """

    path: str
    kind: Literal["file", "directory", "link", "other"]
    size: int
    mode: int
    target: str = ""

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


def list_archive(tree: Path, path: str = "") -> tuple[Entry, ...]:
    """A directory of an archive: directories first, then by name.

    Raises `FileNotFoundError` if there is no such directory.
    """
    handle = _opened(tree, path, os.O_DIRECTORY)
    try:
        found = [_entry(handle, name, path) for name in os.listdir(handle)]
    finally:
        os.close(handle)
    return tuple(sorted(found, key=lambda one: (one.kind != "directory", one.name)))


def walk_archive(tree: Path) -> Iterator[Entry]:
    """Everything in an archive, directories before what they hold."""
    left = [""]
    while left:
        for entry in list_archive(tree, left.pop()):
            yield entry
            if entry.kind == "directory":
                left.append(entry.path)


def open_in_archive(tree: Path, path: str) -> BinaryIO:
    """A regular file of an archive. Raises `FileNotFoundError`."""
    # A pipe or a device that somebody left must not block or act when it is opened.
    handle = _opened(tree, path, os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise FileNotFoundError(path)
    return os.fdopen(handle, "rb")


def _opened(top: Path, path: str, flags: int) -> int:
    """Open a path below `top`, part by part, so that no link leads anywhere."""
    base = os.O_RDONLY | os.O_CLOEXEC
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise FileNotFoundError(path)
    handle = os.open(top, base | os.O_DIRECTORY | (0 if parts else flags))
    for place, part in enumerate(parts, 1):
        wanted = flags if place == len(parts) else os.O_DIRECTORY
        try:
            inner = os.open(part, base | os.O_NOFOLLOW | wanted, dir_fd=handle)
        except OSError as error:
            raise FileNotFoundError(path) from error
        finally:
            os.close(handle)
        handle = inner
    return handle


def _entry(handle: int, name: str, below: str) -> Entry:
    status = os.lstat(name, dir_fd=handle)
    mode, target = status.st_mode, ""
    kind: Literal["file", "directory", "link", "other"] = "other"
    if stat.S_ISLNK(mode):
        kind, target = "link", os.readlink(name, dir_fd=handle)
    elif stat.S_ISDIR(mode):
        kind = "directory"
    elif stat.S_ISREG(mode):
        kind = "file"
    path = f"{below}/{name}" if below else name
    return Entry(path=path, kind=kind, size=status.st_size, mode=stat.S_IMODE(mode), target=target)
