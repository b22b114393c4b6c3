"""What the server tells the person who runs it, through the store."""

import threading
from contextlib import suppress

from gluv.errors import StoreUnavailable
from gluv.store import Store

UNAUTHENTICATED_READ = "unauthenticated_read"
"""A read without credentials that a private project would have refused, and that a job may have
done; the path."""

REFUSED_FORWARD = "refused_forward"
"""A package name that was not forwarded to PyPI; the sentence that says why."""


SERVER_STOPPED = "server_stopped"
"""The server that a run talked to has stopped in its middle; the sentence that says so."""

MOST = 10_000
"""Notices that are remembered as written."""


class Reporter:
    """Writes notices, the same one once for each pipeline: every run wants to hear of it.

    Threads may share it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: dict[tuple[str, str, int], None] = {}
        self._lock = threading.Lock()

    def unauthenticated_read(self, path: str) -> None:
        """Somebody read without credentials."""
        self._say(UNAUTHENTICATED_READ, path)

    def refused_forward(self, sentence: str) -> None:
        """Somebody asked for a package that looks like one of ours."""
        self._say(REFUSED_FORWARD, sentence)

    def _say(self, kind: str, what: str) -> None:
        newest = self._store.last_pipeline()
        key = (kind, what, newest.id if newest is not None else 0)
        with self._lock:
            if key in self._said:
                return
            self._said[key] = None
            if len(self._said) > MOST:
                del self._said[next(iter(self._said))]
        # On a full disk there is still much to read.
        with suppress(StoreUnavailable):
            self._store.notices.add(kind, what)
