"""The event loop's side of a server: its sockets, its connections, and how it ends."""

import asyncio
import logging
import os
import resource
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from gluv.server.connection import Connection
from gluv.server.exchange import Exchange
from gluv.server.listen import AT_ONCE, BACKLOG, MOST_CONNECTIONS, SENDERS, THREADS
from gluv.server.patience import Patience
from gluv.server.proxies import Proxies
from gluv.server.sending import send_now
from gluv.server.traffic import Answered, Traffic

if TYPE_CHECKING:
    from gluv.server.known import Kept

_log = logging.getLogger("gluv.server")

App = Callable[[Any, Any, Any], Awaitable[None]]


class Site:
    """What all connections of a server share."""

    def __init__(self, app: App, traffic: Traffic, proxies: Proxies, patience: Patience) -> None:
        self.app = app
        self.proxies = proxies
        self.patience = patience
        self.traffic = traffic
        self.connections: set[Connection] = set()
        self.date = b""
        """The `Date` header of this second."""
        self.stopping = False
        self.forced = False
        """Whether it was told to end at once."""
        self.cut_off = 0
        """How many answers were not finished when it ended."""
        self.loop: asyncio.AbstractEventLoop
        self.senders: ThreadPoolExecutor
        """The threads that send large files."""
        self.now: Callable[[], float] = time.monotonic
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop: asyncio.Event
        self._most = _most_connections()
        self._silent: dict[str, float] = {}
        traffic.connections = lambda: len(self.connections)
        traffic.busy = lambda: len(self._tasks)
        # An app may know some answers without being asked again; a plain one does not.
        self._known: Callable[..., Kept | None] | None = getattr(app, "known", None)

    async def serve(
        self,
        sockets: Sequence[socket.socket],
        *,
        finish: float,
        ready: Callable[["Site"], None],
    ) -> None:
        """Answer on bound sockets until `stop`; then finish for at most `finish` seconds."""
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(self._tell)
        self.now = self.loop.time
        self._stop = asyncio.Event()
        self.loop.set_default_executor(ThreadPoolExecutor(THREADS, "gluv-answer"))
        self.senders = ThreadPoolExecutor(SENDERS, "gluv-send")
        servers = [
            await self.loop.create_server(lambda: Connection(self), sock=one, backlog=AT_ONCE)
            for one in sockets
        ]
        for one in sockets:
            # To asyncio both are one number.
            one.listen(BACKLOG)
        ticking = self.loop.create_task(self._tick())
        try:
            ready(self)
            await self._stop.wait()
            self.stopping = True
            for server in servers:
                server.close()
            await self._finish(finish)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            self.senders.shutdown()

    def stop(self, *, at_once: bool = False) -> None:
        """End; from the loop's thread only."""
        self.forced = self.forced or at_once
        self._stop.set()
        if at_once:
            for task in self._tasks:
                task.cancel()

    @property
    def busy(self) -> int:
        """How many answers are on their way."""
        return len(self._tasks)

    def admit(self, connection: Connection) -> None:
        """Take a new connection; of too many the one goes whose next request is longest awaited."""
        self.connections.add(connection)
        if len(self.connections) > self._most:
            min((one for one in self.connections if one.waits), key=lambda one: one.since).drop()

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do some work on its own; it is waited for when the server ends."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def answer_quickly(
        self,
        connection: Connection,
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        *,
        keeps: bool,
    ) -> bool:
        """Whether a request could be answered at once, from what the app knows, and was."""
        if self._known is None:
            return False
        begun = self.now()
        kept = self._known(method, target, headers, connection.server)
        if kept is None:
            return False
        file, sent = -1, kept.size
        if method == "HEAD":
            sent = 0
        elif kept.path is not None:
            try:
                file = os.open(kept.path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return False
        end = b"\r\n" if keeps else b"connection: close\r\n\r\n"
        body = kept.body if sent else b""
        connection.transport.write(b"".join((kept.head, self.date, end, body)))
        if file >= 0 and not self._send_file(
            connection, file, kept, method, target, headers, keeps
        ):
            return True
        client = self.proxies.client(connection.client, headers)
        self.traffic.count(
            Answered(
                client[0] if client else "",
                kept.who,
                method,
                target,
                "1.1",
                kept.status,
                kept.route,
                0,
                sent,
                self.now() - begun,
            )
        )
        connection.rest(keeps)
        return True

    def _send_file(
        self,
        connection: Connection,
        file: int,
        kept: "Kept",
        method: str,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        keeps: bool,
    ) -> bool:
        """Send a file at once if the client takes it; else what is left becomes an exchange."""
        try:
            done = send_now(connection, file, 0, kept.size)
        except OSError:
            os.close(file)
            connection.transport.abort()
            return False
        if done == kept.size:
            os.close(file)
            return True
        exchange = Exchange(connection, method, target, headers, version="1.1", keeps=keeps)
        exchange.scope["gluv.route"], exchange.scope["gluv.who"] = kept.route, kept.who
        connection.take(exchange)
        exchange.go_on(self, file, done, kept.size - done)
        return False

    def _tell(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Say what asyncio says of faults that no request has: a line, and once a minute."""
        what = context["message"]
        if self.now() >= self._silent.get(what, 0.0):
            self._silent[what] = self.now() + 60
            _log.error("%s: %r", what, context.get("exception"))

    async def _tick(self) -> None:
        while True:
            self.date = f"date: {formatdate(usegmt=True)}\r\n".encode()
            now = self.now()
            for connection in [one for one in self.connections if one.deadline < now]:
                connection.expire(now)
            await asyncio.sleep(self.patience.pause)

    async def _finish(self, seconds: float) -> None:
        until = self.now() + seconds
        # What clients have sent already is read before their connections count as idle.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for connection in list(self.connections):
            connection.stop()
        while (self._tasks or self.connections) and self.now() < until and not self.forced:
            await asyncio.sleep(0.01)
        self.cut_off = len(self._tasks)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        for connection in list(self.connections):
            connection.transport.abort()
        await asyncio.sleep(0)


def _most_connections() -> int:
    """As many as leave room for a file each: of the descriptors that the system lets us have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(MOST_CONNECTIONS, max(8, soft // 2 - 2 * AT_ONCE))
