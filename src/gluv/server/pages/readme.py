"""A package's README: from the metadata in its files, which is whole, else as it was uploaded.

GitLab keeps the first 4,000 characters of what a client sends. The wheel or sdist has all of it,
and may be anybody's: only so much of it is ever read or unpacked.
"""

import gzip
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from email import message_from_string
from pathlib import Path
from typing import BinaryIO

import msgspec

from gluv.registry.upload import TEXT_LIMITS
from gluv.store import FileRow, PackageRow

MAX_METADATA = 1024 * 1024
"""Bytes of METADATA or PKG-INFO that are read."""

_MAX_DIRECTORY = 8 * 1024 * 1024
_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_MEMBERS = 20_000
_END = struct.Struct("<4s4H2LH")


class Readme(msgspec.Struct, frozen=True, kw_only=True):
    """The text and its `Description-Content-Type`; `whole` is False if its end is missing."""

    text: str
    content_type: str
    whole: bool = True


def read_readme(package: PackageRow, files: Iterable[tuple[FileRow, Path]]) -> Readme:
    """The README of a package; `files` are its files and where their content is."""
    given = package.metadata.get("description", "")
    uploaded = Readme(
        text=given,
        content_type=package.metadata.get("description_content_type", ""),
        whole=len(given) < TEXT_LIMITS["description"],
    )
    if given and uploaded.whole:
        return uploaded
    for row, path in files:
        found = _from_file(row.name, path)
        if found is not None and found.text.strip():
            return found
    return uploaded


def _from_file(name: str, path: Path) -> Readme | None:
    try:
        with path.open("rb") as file:
            if name.endswith((".whl", ".zip")):
                raw = _from_zip(file)
            elif name.endswith((".tar.gz", ".tgz")):
                raw = _from_tar(file)
            else:
                return None
    except (
        *(OSError, EOFError, ValueError, NotImplementedError, RuntimeError),
        *(zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error),
    ):
        # A file that is no archive, or not one that may be unpacked, simply tells nothing.
        return None
    return None if raw is None else _parsed(raw)


def _parsed(raw: bytes) -> Readme | None:
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    message = message_from_string(head.decode("utf-8", "replace"))
    text = body.decode("utf-8", "replace")
    if not text.strip():
        # The older way: a header whose further lines are set in.
        text = str(message.get("Description", "")).replace("\n        ", "\n")
    return Readme(
        text=text,
        content_type=str(message.get("Description-Content-Type", "")),
        whole=len(raw) < MAX_METADATA,
    )


def _from_zip(file: BinaryIO) -> bytes | None:
    if not _is_modest(file):
        return None
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            top, _, name = info.filename.partition("/")
            if (top.endswith(".dist-info") and name == "METADATA") or name == "PKG-INFO":
                with archive.open(info) as member:
                    return member.read(MAX_METADATA)
    return None


def _is_modest(file: BinaryIO) -> bool:
    """Whether a zip's directory is small enough to be read at all."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return False
    _, _, _, _, members, length, _, _ = _END.unpack_from(tail, at)
    file.seek(0)
    return bool(members <= _MAX_MEMBERS and length <= _MAX_DIRECTORY)


def _from_tar(file: BinaryIO) -> bytes | None:
    with gzip.GzipFile(fileobj=file) as unpacked:
        limited = _Limited(unpacked)
        with tarfile.open(fileobj=limited, mode="r|") as archive:  # type: ignore[call-overload]
            for place, member in enumerate(archive):
                if place > _MAX_MEMBERS:
                    return None
                if member.name.count("/") == 1 and member.name.endswith("/PKG-INFO"):
                    content = archive.extractfile(member) if member.isreg() else None
                    return content.read(MAX_METADATA) if content is not None else None
    return None


class _Limited:
    """Reads at most `_MAX_UNPACKED` bytes; a bomb ends there."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source
        self._left = _MAX_UNPACKED

    def read(self, amount: int) -> bytes:
        """The next bytes. Raises `ValueError` where there are too many."""
        if self._left <= 0:
            raise ValueError("too much to unpack")
        block = self._source.read(min(amount, self._left))
        self._left -= len(block)
        return block
