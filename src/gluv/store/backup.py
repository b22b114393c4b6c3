"""A copy of a store that is in use, as one tar file: `gluv serve --backup`."""

import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from gluv.host.files import sync_directory
from gluv.store.database import speaking
from gluv.store.store import Store

KEPT = (".gitignore", "port", "logs", "artifacts")
"""What is copied beside the database and the files; caches come back by themselves."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A backup: its size in bytes, and the hashes of contents that were not there to be copied."""

    size: int
    missing: tuple[str, ...]


def back_up(store: Store, target: IO[bytes]) -> Written:
    """Write the tar file. It holds the store of one moment; what comes later is not in it.

    Raises `StoreUnavailable`, and `OSError` when `target` cannot be written.
    """
    missing = []
    with (
        store.blobs.claiming(),
        tempfile.TemporaryDirectory(prefix="gluv-backup-") as scratch,
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        copy = Path(scratch) / "gluv.db"
        store.copy_database(copy)
        with Store.open(Path(scratch)) as copied:
            hashes = copied.packages.hashes()
        tar.add(copy, "gluv.db", filter=_plain)
        for sha256 in hashes:
            path = store.blobs.path(sha256)
            if path.is_file():
                tar.add(path, str(path.relative_to(store.directory)), filter=_plain)
            else:
                missing.append(sha256)
        for name in KEPT:
            _add(tar, store.directory / name, name)
        size = tar.offset
    target.flush()
    return Written(size=size, missing=tuple(missing))


@contextmanager
def writing_private(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner reads, and that has its name only once it is whole."""
    with speaking(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
            sync_directory(path.parent)
        except BaseException:
            os.unlink(name)
            raise


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file, or a directory with what is in it; what goes away meanwhile is left out."""
    try:
        if not path.is_dir() or path.is_symlink():
            tar.add(path, name, recursive=False, filter=_plain)
            return
        tar.add(path, name, recursive=False, filter=_plain)
        for entry in sorted(os.listdir(path)):
            _add(tar, path / entry, f"{name}/{entry}")
    except FileNotFoundError:
        return


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode &= 0o700
    return member
