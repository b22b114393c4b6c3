"""A bound socket that costs nothing until somebody connects, and the limits of connections."""

import select
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gluv.server.patience import USUAL, Patience
from gluv.server.proxies import Proxies
from gluv.server.sockets import bind, local_url

if TYPE_CHECKING:
    from gluv.server.site import Site
    from gluv.server.traffic import Answered

MOST_HEAD = 64 * 1024
"""Longest head of a request in bytes; then 431."""

MOST_WAITING = 256
"""Requests of one connection that wait for the answers before them; then no more are taken."""

MOST_CONNECTIONS = 1000
"""Connections at once; beyond it the one that was idle for the longest is closed."""

BACKLOG = 512
"""Connections that wait to be taken."""

AT_ONCE = 32
"""Connections that are taken before anything else has its turn, if so many wait."""

THREADS = 16
"""Threads that read and write the store; requests beyond them wait their turn."""

SENDERS = 4
"""Threads that send large files to clients that take them fast."""

CLOSE_SECONDS = 5.0
"""How long `close` waits for requests in flight."""

STOP_SECONDS = 60.0
"""How long `serve_forever` goes on answering what is in flight when it is told to stop."""


class Listener:
    """Bound sockets, and a thread that becomes a web server at the first connection."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int | None = None,
        *,
        sockets: Sequence[socket.socket] = (),
        patience: Patience = USUAL,
    ) -> None:
        """Bind at once; no `port` means a free one. `sockets` are bound already.

        Raises `ServerUnavailable` when the port is in use or not allowed.
        """
        self._sockets = tuple(sockets) or (bind(host, port),)
        self._patience = patience
        name = self._sockets[0].getsockname()
        self.host: str = name[0] if sockets else host
        self.port: int = name[1]
        self._woken, self._wake = socket.socketpair()
        self._lock = threading.Lock()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._site: Site | None = None
        self.failure: BaseException | None = None
        self.told: Callable[[Answered], None] | None = None
        """Hears of every answer."""
        self.proxies = Proxies()
        """Whose word about clients counts."""

    @property
    def url(self) -> str:
        """The server's URL without a trailing slash."""
        return local_url(self.host, self.port)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses it is bound to."""
        return tuple(one.getsockname()[0] for one in self._sockets)

    @property
    def cut_off(self) -> int:
        """How many answers were not finished when it ended."""
        return self._site.cut_off if self._site is not None else 0

    @property
    def forced(self) -> bool:
        """Whether it was told twice to stop."""
        return self._site.forced if self._site is not None else False

    def start(self, make_app: Callable[[], Any]) -> None:
        """Serve in a daemon thread; `make_app` and the web server load at the first connection."""
        self._thread = threading.Thread(
            target=self._serve_when_asked, args=(make_app,), name="gluv-server", daemon=True
        )
        self._thread.start()

    def serve_forever(
        self,
        make_app: Callable[[], Any],
        *,
        finish: float = STOP_SECONDS,
        ready: Callable[["Site"], None] = lambda site: None,
    ) -> None:
        """Serve in this thread until `close`, or until what `ready` is given is told to stop.

        Then no new connection is taken, and what is in flight has `finish` seconds.
        """
        self._thread = threading.current_thread()
        try:
            self._serve(make_app, finish, ready)
        finally:
            self._stopped.set()
            self.close()

    def close(self) -> None:
        """Finish what is being answered, for at most `CLOSE_SECONDS`, then stop. Twice is fine."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            if self._site is not None:
                # A loop that is closed has nothing to stop any more.
                with suppress(RuntimeError):
                    self._site.loop.call_soon_threadsafe(self._site.stop)
            self._wake.close()
        # The sockets belong to the event loop until that has ended.
        if self._thread not in (None, threading.current_thread()):
            self._stopped.wait(CLOSE_SECONDS + 2)
        for one in self._sockets:
            one.close()
        self._woken.close()

    def _serve_when_asked(self, make_app: Callable[[], Any]) -> None:
        try:
            ready, _, _ = select.select([*self._sockets, self._woken], [], [])
            if self._woken not in ready:
                self._serve(make_app, CLOSE_SECONDS, lambda site: None)
        except BaseException as error:
            # Whoever waits for an answer must see a closed connection, not silence.
            self.failure = error
            for one in self._sockets:
                one.close()
        finally:
            self._stopped.set()

    def _serve(
        self, make_app: Callable[[], Any], finish: float, ready: Callable[["Site"], None]
    ) -> None:
        import asyncio

        from gluv.server.site import Site
        from gluv.server.traffic import Traffic

        site = Site(make_app(), Traffic(self.told), self.proxies, self._patience)

        def begin(site: Site) -> None:
            with self._lock:
                if self._closing:
                    site.stop()
                self._site = site
            ready(site)

        asyncio.run(site.serve(self._sockets, finish=finish, ready=begin))
