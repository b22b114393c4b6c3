"""Whether anything in a database changed, whichever process changed it."""

import sqlite3
import threading
from pathlib import Path

from gluv.store.database import speaking


class Changes:
    """A number that differs after every transaction of anybody: `PRAGMA data_version`.

    SQLite does not count what a connection writes itself, so this has one that only looks; it is
    opened by the first question. A question costs a few microseconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def version(self) -> int:
        """The number of now; it means something only beside another one of this object."""
        with self._lock, speaking(self._path):
            if self._closed:
                return 0
            if self._connection is None:
                self._connection = sqlite3.connect(
                    self._path, isolation_level=None, check_same_thread=False
                )
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Close the connection; closing twice is fine."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None
