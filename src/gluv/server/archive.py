"""A folder as a ZIP file, made while it is sent."""

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gluv.server.files import CHUNK, disposition


class Archive(StreamingResponse):
    """A folder as a download. Its length is not known before, so a HEAD does not tell it."""

    def __init__(self, tree: Path, name: str) -> None:
        headers = {"Content-Disposition": disposition(name), "X-Content-Type-Options": "nosniff"}
        super().__init__(write_zip(tree), 200, headers, "application/zip")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["method"] != "HEAD":
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def write_zip(tree: Path) -> Iterator[bytes]:
    """The bytes of a ZIP file of everything below a folder, links as links, nothing compressed."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for path, name in _walk(tree, ""):
            status = path.lstat()
            info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            if stat.S_ISLNK(status.st_mode):
                info.external_attr = (status.st_mode & 0xFFFF) << 16
                archive.writestr(info, os.fsencode(os.readlink(path)))
            elif stat.S_ISDIR(status.st_mode):
                archive.writestr(info, b"")
            else:
                with (
                    path.open("rb") as source,
                    archive.open(info, "w", force_zip64=status.st_size >= 2**31) as target,
                ):
                    while chunk := source.read(CHUNK):
                        target.write(chunk)
                        yield from sink.take()
            yield from sink.take()
    yield from sink.take()


def _walk(folder: Path, prefix: str) -> Iterator[tuple[Path, str]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        # A name that is no UTF-8 cannot be one in a ZIP file.
        name = prefix + os.fsencode(entry.name).decode("utf-8", "replace")
        if entry.is_dir(follow_symlinks=False):
            yield Path(entry.path), f"{name}/"
            yield from _walk(Path(entry.path), f"{name}/")
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            yield Path(entry.path), name


class _Sink:
    """A file that can only be written, and whose bytes are taken from it."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        return

    def take(self) -> Iterator[bytes]:
        chunks, self._chunks = self._chunks, []
        if any(chunks):
            yield b"".join(chunks)
