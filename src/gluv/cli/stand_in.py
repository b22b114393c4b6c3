"""A run whose `gluv serve` stops in its middle answers its jobs itself, at the same address."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from gluv.errors import ServerUnavailable
from gluv.server.listen import Listener
from gluv.server.notices import SERVER_STOPPED
from gluv.server.presence import is_held
from gluv.store import Store

LOOK_EVERY = 0.1
"""Seconds between two looks; a request that comes in between finds nobody."""


class StandIn:
    """Watches the server of a `.gluv/` and takes its place when it is gone."""

    def __init__(self, store: Store, url: str, make_app: Callable[[], Any]) -> None:
        self._store = store
        self._url = url
        self._make_app = make_app
        self._over = threading.Event()
        self._listener: Listener | None = None
        self._thread = threading.Thread(target=self._watch, name="gluv-stand-in", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and answering."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()
        if self._listener is not None:
            self._listener.close()

    def _watch(self) -> None:
        told = False
        while self._listener is None and not self._over.wait(LOOK_EVERY):
            if is_held(self._store.directory):
                continue
            parts = urlsplit(self._url)
            try:
                self._listener = Listener(parts.hostname or "127.0.0.1", parts.port)
            except ServerUnavailable as error:
                # Whoever took the port may be a server that starts anew, or systemd's socket.
                if not told:
                    self._say(f"could not be replaced: {error.message}")
                told = True
            else:
                self._listener.start(self._make_app)
                self._say(f"was replaced by the run itself, at {self._url}")

    def _say(self, what: str) -> None:
        self._store.notices.add(
            SERVER_STOPPED, f"gluv serve stopped while the jobs ran, and {what}"
        )
