"""Work on many files, one thread at a time.

Each call of the system gives Python's own lock away: two threads that look at many files, or make
small ones, would hand it to and fro at every step, and all of them take longer than in turns.
"""

import contextlib
import threading
from collections.abc import Iterator

from gluv.host.processes import StopSignal

_lock = threading.Lock()


class Unwanted(Exception):
    """Nobody wants the work any more for which a thread waited."""


@contextlib.contextmanager
def turn(stop: StopSignal | None = None) -> Iterator[None]:
    """Wait until no other thread works. Raises `Unwanted` if `stop` has risen by then."""
    with _lock:
        if stop is not None and stop.level:
            raise Unwanted
        yield
