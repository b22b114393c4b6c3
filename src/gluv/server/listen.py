"""A loopback socket that costs nothing until somebody connects."""

import errno
import select
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gluv.errors import ServerUnavailable
from gluv.server.patience import USUAL, Patience, patient

if TYPE_CHECKING:
    import uvicorn

CLOSE_SECONDS = 5.0
"""How long `close` waits for requests in flight."""


class Listener:
    """A bound socket, and a thread that becomes a web server at the first connection."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int | None = None,
        *,
        patience: Patience = USUAL,
    ) -> None:
        """Bind at once; no `port` means a free one.

        Raises `ServerUnavailable` when the port is in use or not allowed.
        """
        self.host = host
        self._patience = patience
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._woken, self._wake = socket.socketpair()
        self._lock = threading.Lock()
        self._closing = False
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._server: uvicorn.Server | None = None
        self.failure: BaseException | None = None

    @property
    def url(self) -> str:
        """The server's URL without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self, make_app: Callable[[], Any]) -> None:
        """Serve in a daemon thread; `make_app` and the web server load at the first connection."""
        self._thread = threading.Thread(
            target=self._serve_when_asked, args=(make_app,), name="gluv-server", daemon=True
        )
        self._thread.start()

    def serve_forever(self, make_app: Callable[[], Any]) -> None:
        """Serve in this thread until Ctrl-C, SIGTERM or `close`."""
        self._thread = threading.current_thread()
        try:
            self._serve(make_app)
        except KeyboardInterrupt:
            return
        finally:
            self._stopped.set()
            self.close()

    def close(self) -> None:
        """Finish what is being answered, for at most `CLOSE_SECONDS`, then stop. Twice is fine."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
            if self._server is not None:
                self._server.should_exit = True
            self._wake.close()
        elsewhere = self._thread not in (None, threading.current_thread())
        # The socket belongs to the event loop until that has ended.
        if elsewhere and not self._stopped.wait(CLOSE_SECONDS) and self._server is not None:
            self._server.force_exit = True
            self._stopped.wait(CLOSE_SECONDS)
        self._socket.close()
        self._woken.close()

    def _serve_when_asked(self, make_app: Callable[[], Any]) -> None:
        try:
            ready, _, _ = select.select([self._socket, self._woken], [], [])
            if self._woken not in ready:
                self._serve(make_app)
        except BaseException as error:
            # Whoever waits for an answer must see a closed connection, not silence.
            self.failure = error
            self._socket.close()
        finally:
            self._stopped.set()

    def _serve(self, make_app: Callable[[], Any]) -> None:
        import uvicorn
        from uvicorn.protocols.http.h11_impl import H11Protocol

        app = make_app()

        async def told(scope: Any, receive: Any, send: Any) -> None:
            # An answer that has no end of its own asks whether it is time to end.
            scope["gluv.is_closing"] = lambda: server.should_exit
            await app(scope, receive, send)

        config = uvicorn.Config(
            told,
            http=patient(H11Protocol, self._patience),
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=int(CLOSE_SECONDS),
        )
        server = uvicorn.Server(config)
        with self._lock:
            if self._closing:
                return
            self._server = server
        server.run(sockets=[self._socket])


def _bind(host: str, port: int | None) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only for sockets that name their protocol; without it each
    # answer on a kept connection would wait 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port or 0))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise ServerUnavailable(
            f"cannot listen on {host}:{port or 0}: {error.strerror or error}", hint=_hint(error)
        ) from error
    return bound


def _hint(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program uses that port; choose another with --port, or leave it out"
    if error.errno == errno.EACCES:
        return "ports below 1024 need more rights; choose a higher one"
    return "choose a host address of this machine, for example 127.0.0.1"
