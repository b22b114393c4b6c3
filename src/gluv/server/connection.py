"""One HTTP/1.1 connection: its requests are read, answered in their order, and kept within bounds.

RFC 9112. The parser is that of Node (llhttp, through httptools).
"""

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import httptools

from gluv.server.exchange import Exchange
from gluv.server.listen import MOST_HEAD, MOST_WAITING

if TYPE_CHECKING:
    from gluv.server.site import Site

FRAMING = 16
"""Bytes around a byte of a body that are taken; a chunk of one byte has five."""

Headers = list[tuple[bytes, bytes]]


class Connection(asyncio.Protocol):
    """What asyncio calls when bytes come and go. Lives in the event loop's thread."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.transport: asyncio.Transport = cast(asyncio.Transport, None)
        self.client: tuple[str, int] | None = None
        self.server: tuple[str, int] | None = None
        self.deadline = math.inf
        """When the client has waited too long, in the loop's time."""
        self.idle = True
        """Whether nothing of a request is here yet."""
        self.since = 0.0
        """When it became idle, in the loop's time."""
        self._parser: httptools.HttpRequestParser = httptools.HttpRequestParser(self)
        self._target = b""
        self._headers: Headers = []
        self._head = 0
        self._came = 0
        self._receiving: Exchange | None = None
        self._current: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._reads = True
        self._writable: asyncio.Future[None] | None = None
        self._unsent = 0
        self._over = False
        self._last = False

    # What asyncio says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self.transport = cast(asyncio.Transport, transport)
        self.client = _address(transport.get_extra_info("peername"))
        self.server = _address(transport.get_extra_info("sockname"))
        self.since = self.site.now()
        self.deadline = self.since + self.site.patience.head
        self.site.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or we have sent it away."""
        self._over = True
        self.site.connections.discard(self)
        self.resume_writing()
        for exchange in (self._current, self._receiving, *self._waiting):
            if exchange is not None:
                exchange.lose()
        self._waiting.clear()
        # The parser holds this object, and this object the parser.
        del self._parser

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable = self.site.loop.create_future()
        self.expect_progress()

    def resume_writing(self) -> None:
        """It has caught up."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)
            self._wait()

    def eof_received(self) -> bool:
        """The client sends nothing more; whether it still gets an answer to what it has sent."""
        waits = self._current is not None and not self._current.endless and not self._over
        if not waits or self._receiving is not None:
            return False
        self._end_after_answer()
        return True

    def data_received(self, data: bytes) -> None:
        """Some bytes of requests."""
        if self._over or self._last:
            return
        if self._receiving is not None and not self._receiving.answered:
            self._came += len(data)
            if self._came >= self.site.patience.least:
                self._wait()
        self._head += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # Nothing here speaks another protocol: the answer is plain, and then it is over.
            self._end_after_answer()
        except httptools.HttpParserError:
            self._reject()
        else:
            if self._head > MOST_HEAD and not self._over:
                self._refuse(b"431 Request Header Fields Too Large")

    # What the parser says

    def on_message_begin(self) -> None:
        """A request begins."""
        self.idle = False
        if self._current is None:
            self._wait()
        self._target = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """A piece of its target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers; what follows a body is none, whatever its name (RFC 9110, 6.5.1)."""
        if self._receiving is None:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Its head is here; the answer may begin."""
        if self._over or self._last:
            return
        if len(self._waiting) >= MOST_WAITING:
            # Clients send again what was not answered (RFC 9112, 9.3.2).
            self._end_after_answer()
            return
        version, method = self._parser.get_http_version(), self._parser.get_method().decode()
        if _is_odd(version, self._headers, upgrades=self._parser.should_upgrade()):
            self._reject()
            return
        keeps = version == "1.1" and self._parser.should_keep_alive() and not self.site.stopping
        quick = self._current is None and not self._waiting and self._writable is None
        if quick and self.site.answer_quickly(
            self, method, self._target, self._headers, keeps=keeps
        ):
            return
        exchange = Exchange(self, method, self._target, self._headers, version=version, keeps=keeps)
        self._receiving = exchange
        self._wait()
        if self._current is None:
            self._begin(exchange)
        else:
            self._waiting.append(exchange)
            self.pause_reading()

    def on_body(self, body: bytes) -> None:
        """Some bytes of its body."""
        # What is left counts as head: extensions of chunks and trailers must not be endless either.
        self._head -= len(body) * FRAMING
        if self._receiving is not None:
            self._receiving.feed(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        if self._over:
            return
        exchange, self._receiving = self._receiving, None
        self._head = 0
        self.idle, self.since = True, self.site.now()
        if exchange is not None:
            exchange.feed_end()
        if exchange is not None and exchange.answered:
            # The answer came before the end of the body, which was only listened to.
            self.rest(exchange.keeps)
        else:
            self._wait()

    # What exchanges say

    def pause_reading(self) -> None:
        """Take no more for now: what is here has to be used first."""
        if self._reads and not self._over and not self.transport.is_closing():
            self._reads = False
            self._wait()
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Take more."""
        if self._reads or self._over or self._waiting or self.transport.is_closing():
            return
        self._reads = True
        self._wait()
        self.transport.resume_reading()

    async def drain(self) -> None:
        """Wait until the client has read enough of what was written."""
        if self._writable is not None:
            await self._writable

    def answered(self, exchange: Exchange) -> None:
        """An exchange has its answer, or never will."""
        if self._current is exchange:
            self._current = None
        if self._over:
            return
        if exchange.broken or exchange.unasked:
            self.close()
        elif exchange is self._receiving:
            # The rest of its body is still to come; nobody wants it, but the client must not be
            # cut off while it sends: it would not see the answer.
            exchange.discard()
            if not exchange.keeps:
                self._linger(self.site.patience.turn)
                return
            self.resume_reading()
            self._wait()
        else:
            self.rest(exchange.keeps)

    def rest(self, keeps: bool) -> None:
        """Turn to the next request, which may be here already."""
        if not keeps:
            self.close()
        elif self._waiting:
            self._begin(self._waiting.popleft())
        else:
            self.resume_reading()
            self._wait()

    def close(self) -> None:
        """Send what was written, then end."""
        self._over = True
        self.expect_progress()
        self.transport.close()

    def take(self, exchange: Exchange) -> None:
        """Wait for an exchange that another has begun."""
        self._current = exchange

    def expect_progress(self) -> None:
        """The client must take something within its turn."""
        self.deadline = self.site.now() + self.site.patience.turn

    # What the site says

    @property
    def waits(self) -> bool:
        """Whether all answers are out: a request, or the rest of one, is still to come."""
        unsent = self.transport.get_write_buffer_size()
        return self._current is None and not unsent and not self.transport.is_closing()

    def drop(self) -> None:
        """End at once; nothing is under way."""
        if self._over:
            self.transport.abort()
        self._over = True
        self.transport.close()

    def stop(self) -> None:
        """Finish what is being answered, then end."""
        exchange = self._current
        if exchange is None:
            self.close()
            return
        exchange.keeps = False
        for other in self._waiting:
            other.lose()
        self._waiting.clear()
        if exchange.endless:
            exchange.cancel()

    def expire(self, now: float) -> None:
        """End what took too long: a head, a body, or a client that does not read."""
        unsent = self.transport.get_write_buffer_size()
        if self._current is not None and self._current.sends_file:
            self._current.cancel()
            self.deadline = math.inf
        elif unsent:
            if unsent != self._unsent:
                self._unsent = unsent
                self.deadline = now + self.site.patience.turn
                return
            self.transport.abort()
        elif self._over or self.idle:
            self.close()
        else:
            self._refuse(b"408 Request Timeout")

    def _wait(self) -> None:
        """Set the deadline for what is to come next."""
        self._came, limits = 0, self.site.patience
        if self._writable is not None or (self._receiving is not None and self._reads):
            patience = limits.turn
        elif self._current is not None or self._receiving is not None:
            patience = math.inf
        else:
            patience = limits.idle if self.idle else limits.head
        self.deadline = self.site.now() + patience

    def _begin(self, exchange: Exchange) -> None:
        self._current = exchange
        exchange.start(self.site)

    def _end_after_answer(self) -> None:
        """Answer what came so far, then end."""
        self._last = True
        last = self._waiting[-1] if self._waiting else self._current
        if last is None:
            self.close()
        else:
            last.keeps = False
            self.pause_reading()

    def _reject(self) -> None:
        """Refuse what is no request; what came before it was good, and gets its answer."""
        if self._current is None or self._current is self._receiving:
            self._refuse(b"400 Bad Request")
        else:
            self._end_after_answer()

    def _refuse(self, status: bytes) -> None:
        """End with a status of our own, unless an answer is on its way already."""
        exchange = self._current
        if exchange is None or not exchange.started:
            self.transport.write(
                b"HTTP/1.1 %b\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n"
                b"connection: close\r\n\r\n%b\n" % (status, len(status) + 1, status)
            )
        self.site.traffic.refused(self.client[0] if self.client else "", int(status[:3]))
        self._linger(self.site.patience.linger)
        if exchange is not None:
            exchange.lose()

    def _linger(self, seconds: float) -> None:
        """Say that this is all, and let the client finish: else it would not see what was said."""
        self._over = True
        self.transport.write_eof()
        if not self._reads:
            self.transport.resume_reading()
        self.deadline = self.site.now() + seconds


def _is_odd(version: str, headers: Headers, *, upgrades: bool) -> bool:
    """Whether others may read a head differently, or it asks for what is not spoken here.

    An encoding of the body other than chunks, or in HTTP/1.0, which has none; not one `Host`
    (RFC 9112, 3.2); a body before another protocol, which the parser would take for that.
    """
    names = [name for name, _ in headers]
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    hosts = names.count(b"host")
    return (
        version not in ("1.0", "1.1")
        or (bool(codings) and (codings != [b"chunked"] or version == "1.0"))
        or hosts > 1
        or (hosts == 0 and version == "1.1")
        or (upgrades and (bool(codings) or b"content-length" in names))
    )


def _address(name: Any) -> tuple[str, int] | None:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
