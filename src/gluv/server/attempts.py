"""Too many wrong credentials from one address, and nobody there is let in for a while."""

import threading
from collections import deque
from collections.abc import Callable

ALLOWED = 30
"""Wrong credentials from one address within `WINDOW`."""

WINDOW = 60.0
"""Seconds."""

_REMEMBERED = 4096


class Attempts:
    """Counts wrong credentials by address; GitLab does so with Rack::Attack.

    What was right a short while ago stays right: jobs of this machine share one address with
    whoever guesses.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` in seconds; it must not run backwards."""
        self._clock = clock
        self._failed: dict[str, deque[float]] = {}
        self._known: dict[str, None] = {}
        self._lock = threading.Lock()

    def is_closed(self, address: str, credential: str) -> bool:
        """Whether a credential from this address is not even looked at."""
        with self._lock:
            failed = self._failed.get(address)
            if failed is None or credential in self._known:
                return False
            while failed and failed[0] <= self._clock() - WINDOW:
                failed.popleft()
            return len(failed) >= ALLOWED

    def failed(self, address: str) -> None:
        """A credential from this address was wrong."""
        with self._lock:
            failed = self._failed.setdefault(address, deque(maxlen=ALLOWED))
            failed.append(self._clock())
            while len(self._failed) > _REMEMBERED:
                del self._failed[next(iter(self._failed))]

    def succeeded(self, credential: str) -> None:
        """A credential, given as its hash, was right."""
        with self._lock:
            self._known.pop(credential, None)
            self._known[credential] = None
            while len(self._known) > _REMEMBERED:
                del self._known[next(iter(self._known))]
