"""What the server tells the person who runs it, through the store."""

import threading

from gluv.store import Store

UNAUTHENTICATED_READ = "unauthenticated_read"
"""A read without credentials that a private project would have refused; the path."""

REFUSED_FORWARD = "refused_forward"
"""A package name that was not forwarded to PyPI; the sentence that says why."""


AGAIN_AFTER = 1.0
"""Seconds until the same thing is said again: a later run wants to hear of it too."""


class Reporter:
    """Writes notices, the same one not all the time. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._said: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def unauthenticated_read(self, path: str) -> None:
        """Somebody read without credentials."""
        self._say(UNAUTHENTICATED_READ, path)

    def refused_forward(self, sentence: str) -> None:
        """Somebody asked for a package that looks like one of ours."""
        self._say(REFUSED_FORWARD, sentence)

    def _say(self, kind: str, what: str) -> None:
        now = self._store.now()
        with self._lock:
            if now - self._said.get((kind, what), 0.0) < AGAIN_AFTER:
                return
            self._said[kind, what] = now
        self._store.notices.add(kind, what)
