"""A job's archive as a zip that is made while it is sent: nothing is kept, memory stays small."""

import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gluv.store.archives import Entry, open_in_archive, walk_archive

_BLOCK = 256 * 1024
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can tell; the time of a build is nobody's business."""


class _Pipe:
    """Takes what `zipfile` writes and hands it on; it cannot seek, so none is asked for."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def zip_of(tree: Path) -> Iterator[bytes]:
    """The bytes of the zip. Links are kept as links; what is no file, directory or link is not."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for entry in walk_archive(tree):
            info = _info(entry)
            match entry.kind:
                case "directory":
                    archive.writestr(info, b"")
                case "link":
                    archive.writestr(info, entry.target.encode("utf-8", "surrogateescape"))
                case "file":
                    # It may have gone since it was listed.
                    with suppress(FileNotFoundError):
                        yield from _copied(archive, info, tree, entry, pipe)
                case _:
                    continue
            yield pipe.take()
    yield pipe.take()


def _copied(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    tree: Path,
    entry: Entry,
    pipe: _Pipe,
) -> Iterator[bytes]:
    with open_in_archive(tree, entry.path) as source:
        large = entry.size > 2**31 - 1
        with archive.open(info, "w", force_zip64=large) as target:
            while block := source.read(_BLOCK):
                target.write(block)
                yield pipe.take()


def _info(entry: Entry) -> zipfile.ZipInfo:
    # A zip holds names as text: bytes that are no UTF-8 become the sign for that.
    name = entry.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    kinds = {"directory": stat.S_IFDIR, "link": stat.S_IFLNK, "file": stat.S_IFREG, "other": 0}
    info = zipfile.ZipInfo(f"{name}/" if entry.kind == "directory" else name, _DATE)
    info.external_attr = (kinds[entry.kind] | entry.mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
