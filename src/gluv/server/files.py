"""Files of the disk as answers: whole or in part, read while they are sent."""

import os
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gluv.server.conditions import choose_part
from gluv.server.threads import in_thread

FILE_TYPE = "application/octet-stream"
"""What a file is to clients that shall keep it and not show it."""

CHUNK = 256 * 1024
"""Bytes that are read at a time."""


def send_file(
    request: Request,
    path: Path,
    *,
    name: str,
    etag: str,
    media_type: str = FILE_TYPE,
    headers: Mapping[str, str] | None = None,
) -> Response | None:
    """A file under its download name; None if it is not there. `etag` comes with its quotes.

    The file is opened at once: whoever removes it afterwards does not disturb.
    """
    try:
        file = path.open("rb", buffering=0)
    except OSError:
        return None
    stat = os.fstat(file.fileno())
    modified = float(int(stat.st_mtime))
    part = choose_part(request.headers, etag=etag, modified=modified, size=stat.st_size)
    told = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(name),
        "ETag": etag,
        "Last-Modified": formatdate(modified, usegmt=True),
        "X-Content-Type-Options": "nosniff",
        **(headers or {}),
    }
    match part.status:
        case 200 | 206:
            if part.status == 206:
                told["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{stat.st_size}"
            told["Content-Length"] = str(part.end - part.start)
            return _Sent(file, part.start, part.end, part.status, told, media_type)
        case 416:
            told["Content-Range"] = f"bytes */{stat.st_size}"
    file.close()
    return Response(None, part.status, told)


def disposition(name: str) -> str:
    """`Content-Disposition` of a download, the name also for clients that know only ASCII."""
    plain = "".join(char if " " <= char < "\x7f" and char not in '"\\%' else "?" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


class _Sent(Response):
    """Some bytes of an open file; closes it."""

    def __init__(
        self,
        file: BinaryIO,
        start: int,
        end: int,
        status: int,
        headers: dict[str, str],
        media_type: str,
    ) -> None:
        super().__init__(None, status, headers, media_type)
        self._file, self._start, self._end = file, start, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and close the file."""
        with self._file as file:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            at, end = self._start, self._start if scope["method"] == "HEAD" else self._end
            if at < end and "http.response.zerocopysend" in scope.get("extensions", ()):
                message = {"type": "http.response.zerocopysend", "file": file}
                await send({**message, "offset": at, "count": end - at})
                return
            file.seek(at)
            while at < end:
                chunk = await in_thread(file.read, min(CHUNK, end - at))
                if not chunk:
                    # Cut short on the disk: the client sees the missing bytes, and so a fault.
                    raise OSError(f"{file.name} has become shorter")
                at += len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": at < end})
            if self._start == end:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
