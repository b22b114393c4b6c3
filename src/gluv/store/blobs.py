"""Content-addressed files: `files/ab/cdef...`, named by the SHA-256 of what they hold."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from gluv.host.files import sync_directory
from gluv.store.database import speaking
from gluv.store.owner import is_alive, this_process


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is kept: its SHA-256 in lower-case hex and its size in bytes."""

    sha256: str
    size: int


class Blobs:
    """The files below one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._partial = directory / "partial"
        self._settled: set[Path] = set()

    def path(self, sha256: str) -> Path:
        """Where the file with this hash is, or would be."""
        return self.directory / sha256[:2] / sha256[2:]

    def writer(self) -> "BlobWriter":
        """Start a file; use it as a context manager and call `keep` when it is complete."""
        with speaking(self._partial):
            self._partial.mkdir(parents=True, exist_ok=True)
            name = f"{this_process().replace('/', '_')}.{os.urandom(8).hex()}"
            return BlobWriter(self, self._partial / name)

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Hold this from `keep` until the row is there that names the content.

        Nothing is removed meanwhile, by whatever process: another upload of the same bytes may
        just have been deleted.
        """
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def removing(self) -> Iterator[Callable[[str], None]]:
        """Hold this from the moment when rows go; yields what removes the content of a hash."""
        with self._locked(fcntl.LOCK_EX):
            yield lambda sha256: self.path(sha256).unlink(missing_ok=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        with speaking(self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, how)
            yield
        finally:
            os.close(lock)

    def hashes(self) -> Iterator[str]:
        """The hashes of all contents that are there, named by a row or not."""
        for directory in sorted(self.directory.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(directory.iterdir()):
                yield directory.name + path.name

    def settle(self, directory: Path) -> None:
        """Make a directory for contents whose name, and those above it, are on the disk.

        That it is there says little: whoever made it may not have come to flushing it yet.
        """
        if directory in self._settled:
            return
        if directory != self.directory:
            self.settle(directory.parent)
        directory.mkdir(exist_ok=True)
        sync_directory(directory.parent)
        self._settled.add(directory)

    def sweep(self) -> None:
        """Remove what killed processes left half-written."""
        if not self._partial.is_dir():
            return
        for left in self._partial.iterdir():
            if not is_alive(left.name.rpartition(".")[0].replace("_", "/")):
                left.unlink(missing_ok=True)


class BlobWriter:
    """A file being written: invisible until `keep`, gone if that is never called."""

    def __init__(self, blobs: Blobs, path: Path) -> None:
        self._blobs = blobs
        import hashlib  # it loads OpenSSL, which most commands have no use for

        self._path = path
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def write(self, chunk: bytes) -> None:
        """Append bytes. Raises `StoreUnavailable` when the disk refuses them."""
        with speaking(self._path):
            self._file.write(chunk)
        self._hash.update(chunk)
        self._size += len(chunk)

    @property
    def sha256(self) -> str:
        """The hash of what was written so far."""
        return self._hash.hexdigest()

    def keep(self) -> Blob:
        """Flush to the disk, then rename into place; the file is now there, whole, for good."""
        target = self._blobs.path(self.sha256)
        with speaking(target):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._blobs.settle(target.parent)
            os.chmod(self._path, 0o444)
            os.replace(self._path, target)
            sync_directory(target.parent)
        return Blob(sha256=self.sha256, size=self._size)

    def discard(self) -> None:
        """Drop the file unless it was kept."""
        # On a full disk even closing fails, over the bytes that are still in memory.
        with suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)
