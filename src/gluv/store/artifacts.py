"""What jobs left: `.gluv/artifacts/<job id>/`, the archive, the reports, and a note about them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from gluv.host.files import write_whole

_NOTE = "artifacts.json"


class Sidecar(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts.json` beside the files: the archive's name, its end, and the reports' files.

    `expire_at` in seconds since the epoch, None for never.
    """

    name: str
    expire_at: float | None
    reports: dict[str, tuple[str, ...]]


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


class Artifacts:
    """The artifacts of a store. Nothing here follows a symbolic link."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def place(self, job_id: int) -> Path:
        """Where a job's artifacts are, or would be."""
        return self._directory / str(job_id)

    def archive(self, job_id: int) -> Path:
        """Where a job's `paths` and `untracked` files are."""
        return self.place(job_id) / "archive"

    def report(self, job_id: int, kind: str) -> Path:
        """Where a job's reports of a kind are."""
        return self.place(job_id) / "reports" / kind

    def about(self, job_id: int) -> Sidecar | None:
        """What a job left, None if it left nothing."""
        try:
            raw = (self.place(job_id) / _NOTE).read_bytes()
            return msgspec.json.decode(raw, type=Sidecar)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return None

    def has_archive(self, job_id: int) -> bool:
        """Whether a job has files to browse."""
        return self.about(job_id) is not None and self.archive(job_id).is_dir()

    def list(self, job_id: int, path: str = "") -> tuple[Entry, ...]:
        """A directory of a job's archive: directories first, then by name.

        Raises `FileNotFoundError` if there is no such directory.
        """
        handle = _opened(self.archive(job_id), path, os.O_DIRECTORY)
        try:
            found = [_entry(handle, name, path) for name in os.listdir(handle)]
        finally:
            os.close(handle)
        return tuple(sorted(found, key=lambda one: (one.kind != "directory", one.name)))

    def walk(self, job_id: int, path: str = "") -> Iterator[Entry]:
        """Everything below a directory of a job's archive, directories before what they hold."""
        left = [path]
        while left:
            for entry in self.list(job_id, left.pop()):
                yield entry
                if entry.kind == "directory":
                    left.append(entry.path)

    def open(self, job_id: int, path: str) -> BinaryIO:
        """A regular file of a job's archive. Raises `FileNotFoundError`."""
        # A pipe or a device that somebody left must not block or act when it is opened.
        handle = _opened(self.archive(job_id), path, os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise FileNotFoundError(path)
        return os.fdopen(handle, "rb")


def write_sidecar(place: Path, sidecar: Sidecar) -> None:
    """Note what a job left at `place`, once all of it is there."""
    write_whole(place / _NOTE, msgspec.json.encode(sidecar))


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
