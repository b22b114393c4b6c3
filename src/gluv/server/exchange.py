"""One request and its answer, as the ASGI app sees them: https://asgi.readthedocs.io."""

import asyncio
import logging
import os
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httptools

from gluv.server.sending import send_file

if TYPE_CHECKING:
    from gluv.server.connection import Connection
    from gluv.server.site import App, Site

_AHEAD = 64 * 1024
"""Bytes of a body that wait for the app before the client is told to wait, and that it gets."""

_EXTENSIONS: dict[str, dict[object, object]] = {"http.response.zerocopysend": {}}

_log = logging.getLogger("gluv.server")


class Exchange:
    """What one request needs until it is answered. Lives in the event loop's thread."""

    def __init__(
        self,
        connection: "Connection",
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        *,
        version: str,
        keeps: bool,
    ) -> None:
        path, query = split_target(target)
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "method": method,
            "scheme": "http",
            "path": unquote(path.decode("latin-1")),
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": headers,
            "client": connection.site.proxies.client(connection.client, headers),
            "server": connection.server,
            "extensions": _EXTENSIONS,
            "gluv.is_closing": lambda: connection.site.stopping,
            "gluv.traffic": connection.site.traffic,
        }
        self.keeps = keeps
        """Whether the connection goes on after the answer."""
        self.started = False
        """Whether the answer's head is written."""
        self.answered = False
        """Whether all of the answer is written."""
        self.broken = False
        """Whether it never will be."""
        self.endless = False
        """Whether it is a stream of events, which ends when the server does."""
        self.sends_file = False
        """Whether a file is on its way, which only a cancellation stops."""
        self.status = 0
        self.received = 0
        self.sent = 0
        self._connection = connection
        self._task: asyncio.Task[None] | None = None
        self._begun = 0.0
        self._body = bytearray()
        self._complete = False
        self._lost = False
        self._news = asyncio.Event()
        self._continue = version == "1.1" and any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in headers
        )
        self._chunked = False
        self._head = b""
        self._left: int | None = None

    # What the connection says

    def start(self, site: "Site") -> None:
        """Let the app answer."""
        self._begun = site.now()
        self._task = site.run(self._run(site, site.app))

    def go_on(self, site: "Site", file: int, offset: int, count: int) -> None:
        """Send the rest of a file, of which the head and the beginning are written; closes it."""

        async def rest(scope: Any, receive: Any, send: Any) -> None:
            try:
                await self._write_file(file, offset, count)
            finally:
                os.close(file)
            if not self._lost:
                self._finish()

        self.started, self.status, self._complete = True, 200, True
        self._left, self.sent = count, offset
        self._begun = site.now()
        self._task = site.run(self._run(site, rest))

    def feed(self, body: bytes) -> None:
        """Some bytes of the body."""
        self.received += len(body)
        if self.answered:
            return
        self._body += body
        if len(self._body) >= _AHEAD:
            self._connection.pause_reading()
        self._news.set()

    def feed_end(self) -> None:
        """The body is complete."""
        self._complete = True
        self._news.set()

    def lose(self) -> None:
        """The client is gone."""
        self._lost = True
        self._news.set()
        if self.endless:
            self.cancel()

    @property
    def unasked(self) -> bool:
        """Whether the client still waits to be told to send its body."""
        return self._continue

    def discard(self) -> None:
        """Nobody takes the rest of the body."""
        self._body.clear()

    def cancel(self) -> None:
        """End the answer where it is."""
        if self._task is not None:
            self._task.cancel()

    # What the app says

    async def receive(self) -> dict[str, Any]:
        """ASGI's `receive`."""
        if self._continue and not self._lost and not self.started:
            self._continue = False
            self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self._body and not self._lost and not self.answered:
            self._connection.resume_reading()
            await self._news.wait()
        self._news.clear()
        if self._lost or self.answered:
            return {"type": "http.disconnect"}
        # An app holds what it was given last while it waits for more.
        body = bytes(self._body[:_AHEAD])
        del self._body[:_AHEAD]
        more = bool(self._body) or not self._complete
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """ASGI's `send`, with the extensions that hand over files."""
        await self._connection.drain()
        if self._lost:
            return
        match message["type"]:
            case "http.response.start" if not self.started:
                self._write_head(message["status"], list(message.get("headers", ())))
            case "http.response.body" if self.started and not self.answered:
                self._write_body(message.get("body", b""))
                if not message.get("more_body", False):
                    self._finish()
            case "http.response.zerocopysend" if self.started and not self.answered:
                await self._write_file(
                    message["file"].fileno(), message["offset"], message["count"]
                )
                if not message.get("more_body", False) and not self._lost:
                    self._finish()
            case other:
                raise RuntimeError(f"{other} does not come now")

    async def _run(self, site: "Site", app: "App") -> None:
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            # A stream that is told to end ends well; any other answer breaks off.
            if site.stopping and self.endless and not self.answered and not self._lost:
                self._finish()
        except Exception as error:
            _log.error("%s %s: %r", self.scope["method"], self.scope["path"], error)
            _log.debug("the traceback", exc_info=True)
            self._fail()
        else:
            self._fail()
        finally:
            self.broken = not self.answered
            site.traffic.saw(self, site.now() - self._begun)
            self._connection.answered(self)

    def _fail(self) -> None:
        """Say something to a client that would else wait for nothing."""
        if not self.started and not self._lost:
            self._write_head(500, [(b"content-length", b"0"), (b"connection", b"close")])
            self._finish()

    def _write_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        site = self._connection.site
        lines = [status_line(status), site.date]
        length: int | None = None
        for key, value in headers:
            if b"\r" in value or b"\n" in value or b"\0" in value:
                raise RuntimeError(f"a header {key!r} has a line break")
            name = key.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                self.keeps = self.keeps and value.lower() != b"close"
                continue
            elif name == b"content-type":
                self.endless = value.startswith(b"text/event-stream")
            lines += (name, b": ", value, b"\r\n")
        if self.scope["method"] == "HEAD" or status in (204, 304):
            length = 0
        elif length is None:
            self._chunked = self.scope["http_version"] == "1.1"
            self.keeps = self.keeps and self._chunked
            lines += (b"transfer-encoding: chunked\r\n",) if self._chunked else ()
        self._left = length
        # A client that was never told to go on may send its body, or another request.
        self.keeps = self.keeps and not self._continue
        lines += (b"\r\n",) if self.keeps else (b"connection: close\r\n\r\n",)
        self.started, self.status = True, status
        if self.endless and site.stopping:
            self.cancel()
        # It goes out together with the beginning of the body: one packet for most answers.
        self._head = b"".join(lines)

    def _write_body(self, body: bytes) -> None:
        if self.scope["method"] == "HEAD":
            body = b""
        self.sent += len(body)
        if self._chunked and body:
            body = b"%x\r\n%b\r\n" % (len(body), body)
        elif body:
            self._count(len(body))
        self._write(body)

    def _write(self, data: bytes) -> None:
        head, self._head = self._head, b""
        self._connection.transport.write(head + data if head else data)

    async def _write_file(self, file: int, offset: int, count: int) -> None:
        if self.scope["method"] == "HEAD":
            return
        self._count(count)
        self._write(b"")
        self.sent += count
        self.sends_file = True
        try:
            whole = await send_file(self._connection, file, offset, count)
        finally:
            self.sends_file = False
        if not whole:
            self._lost = True
            self._connection.transport.abort()

    def _count(self, size: int) -> None:
        """Hold the app to the length that it promised, if it did."""
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise RuntimeError("the answer is longer than its content-length")

    def _finish(self) -> None:
        if self._left:
            raise RuntimeError("the answer is shorter than its content-length")
        self._write(b"0\r\n\r\n" if self._chunked else b"")
        self.answered = True
        self._news.set()


_STATUS_LINES: dict[int, bytes] = {}


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    if status not in _STATUS_LINES:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = ""
        _STATUS_LINES[status] = f"HTTP/1.1 {status} {phrase}\r\n".encode()
    return _STATUS_LINES[status]


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """The path and the query of a request's target; a proxy's form has the host before it."""
    if not target.startswith(b"/") and b"://" in target:
        try:
            parsed = httptools.parse_url(target)
        except httptools.HttpParserInvalidURLError:
            return b"/", b""
        return parsed.path or b"/", parsed.query or b""
    path, _, query = target.partition(b"?")
    return path.partition(b"#")[0], query
