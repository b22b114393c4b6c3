"""A SQLite file shared by threads: one connection each, bound SQL, errors in gluv's words."""

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from gluv.errors import LESS, MachineExhausted, StoreFull, StoreUnavailable, exhaustion
from gluv.store.schema import TooNew, is_newest, migrate

STRICT_SINCE = (3, 37, 0)
Result = TypeVar("Result")

LOCK_TIMEOUT = 15.0  # seconds that a writer waits for another process's transaction


class Database:
    """The database at a path; every thread that uses it gets its own connection."""

    def __init__(
        self, path: Path, *, clock: Callable[[], float] = time.time, read_only: str = ""
    ) -> None:
        self.path = path
        self.now = clock
        self._read_only = read_only
        # Whether something was written that cannot be read here.
        self.lacking = False
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._lock = threading.Lock()
        self._later: list[tuple[str, tuple[Any, ...]]] = []
        self._gathering = 0
        # SQLite lets a second writer sleep and try again; threads of one process take turns.
        self._turn = threading.Lock()
        self._queue: list[_Work] = []
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """Open or create the database and bring it to the newest schema.

        Raises `StoreUnavailable` when it cannot be written, is damaged or is too new.
        """
        if sqlite3.sqlite_version_info < STRICT_SINCE:
            raise StoreUnavailable(
                f"this Python has SQLite {sqlite3.sqlite_version}, gluv needs 3.37",
                hint="run gluv with a newer Python, for example `uv tool install gluv`",
            )
        database = cls(path, clock=clock)
        try:
            with speaking(path):
                _make_private(path)
                migrate(database.connection())
        except TooNew:
            database.close()
            raise StoreUnavailable(
                f"{path} was written by a newer gluv",
                hint="upgrade gluv, or move the directory away to start anew",
            ) from None
        except BaseException:
            database.close()
            raise
        return database

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open one that is there and of the newest schema, where nothing can be written.

        Raises `StoreUnavailable`.
        """
        # The files that SQLite shares with writers may be missing and not to be made: the database
        # alone is read then, without what was written last before a kill.
        for how in ("mode=ro", "immutable=1"):
            database = cls(path, read_only=f"{path.absolute().as_uri()}?{how}")
            with contextlib.suppress(sqlite3.Error, OSError):
                if is_newest(database.connection()):
                    log = path.with_name(f"{path.name}-wal")
                    database.lacking = (
                        "immutable" in how and log.exists() and bool(log.stat().st_size)
                    )
                    return database
            database.close()
        raise StoreUnavailable(f"{path} cannot be read")

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        if self._closed:
            raise StoreUnavailable(f"{self.path} is closed")
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            return found
        # check_same_thread is off only so that close() may close every thread's connection.
        made = sqlite3.connect(
            self._read_only or self.path,
            isolation_level=None,
            timeout=LOCK_TIMEOUT,
            check_same_thread=False,
            uri=bool(self._read_only),
        )
        try:
            made.row_factory = sqlite3.Row
            if not self._read_only:
                made.execute("PRAGMA journal_mode = WAL")
                made.execute("PRAGMA synchronous = NORMAL")
                made.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            made.close()
            raise
        self._local.connection = made
        with self._lock:
            for thread in [thread for thread in self._connections if not thread.is_alive()]:
                self._connections.pop(thread).close()
            self._connections[threading.current_thread()] = made
        return made

    def rows(self, sql: str, *bound: Any) -> list[sqlite3.Row]:
        """The rows of a query, after everything that was to be written."""
        self.flush()
        with speaking(self.path):
            return self.connection().execute(sql, bound).fetchall()

    def row(self, sql: str, *bound: Any) -> sqlite3.Row | None:
        """The first row of a query, if any."""
        return next(iter(self.rows(sql, *bound)), None)

    def later(self, sql: str, *bound: Any) -> None:
        """Write something; inside of `gathering` with what is written next or at a `flush`."""
        with self._lock:
            self._later.append((sql, bound))
        if not self._gathering:
            self.flush()

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """While this runs, what may be written `later` is.

        Whoever reads this database through this object sees it at once; another process, and who
        looks after a kill, only once it is written.
        """
        self._gathering += 1
        try:
            yield
        finally:
            self._gathering -= 1
            self.flush()

    def flush(self) -> None:
        """Write what waits, all of it or nothing; what could not be written goes on waiting.

        Inside of a transaction of this thread nothing happens: what came since waits for the next.
        """
        if self._later and not self._writes_here():
            with self.writing():
                pass

    def _writes_here(self) -> bool:
        """Whether this thread is in a transaction."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        return connection is not None and connection.in_transaction

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing.

        What was committed survives the death of this process; `durable` makes it survive a power
        cut as well, for the price of a disk flush.
        """
        with speaking(self.path), self._turn:
            connection = self.connection()
            if durable:
                connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            waiting: list[tuple[str, tuple[Any, ...]]] = []
            try:
                # Within the transaction, so that two threads keep the order.
                with self._lock:
                    waiting, self._later = self._later, []
                for sql, bound in waiting:
                    connection.execute(sql, bound)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with self._lock:
                    self._later[:0] = waiting
                # SQLite may have rolled back by itself (a full disk); the cause is what counts.
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                if durable:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("PRAGMA synchronous = NORMAL")

    def together(self, write: Callable[[sqlite3.Connection], Result]) -> Result:
        """What `write` returns, durably; it is all kept or, if it raises, not at all.

        What other threads bring while one is being flushed is flushed together, once.
        """
        mine = _Work(write)
        with self._lock:
            self._queue.append(mine)
        with self._turn:
            if not mine.done:
                with self._lock:
                    works, self._queue = self._queue, []
                self._write_all(works)
        if mine.error is not None:
            raise mine.error
        result: Result = mine.result
        return result

    def _write_all(self, works: "list[_Work]") -> None:
        """Do the works of some threads in one transaction."""
        try:
            with speaking(self.path):
                connection = self.connection()
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    for work in works:
                        work.do(connection, self.path)
                    connection.execute("COMMIT")
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("ROLLBACK")
                    raise
                finally:
                    with contextlib.suppress(sqlite3.Error):
                        connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException as error:
            for work in works:
                work.error = error
        for work in works:
            work.done = True

    def damage(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file, a sentence each."""
        found = [row[0] for row in self.rows("PRAGMA integrity_check") if row[0] != "ok"]
        dangling = self.rows("PRAGMA foreign_key_check")
        found += [f"row {row[1]} of {row[0]}: no such row of {row[2]}" for row in dangling]
        return tuple(found)

    def copy(self, target: Path) -> None:
        """Copy it as it is at one moment."""
        with speaking(target), contextlib.closing(sqlite3.connect(target)) as copy:
            self.connection().backup(copy)

    def close(self) -> None:
        """Write what waits and close every thread's connection; closing twice is fine."""
        try:
            if not self._closed:
                self.flush()
        finally:
            self._close()

    def _close(self) -> None:
        self._closed = True
        with self._lock:
            while self._connections:
                self._connections.popitem()[1].close()


class _Work:
    """What one thread wants to have written."""

    def __init__(self, write: Callable[[sqlite3.Connection], Any]) -> None:
        self._write = write
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def do(self, connection: sqlite3.Connection, path: Path) -> None:
        """Write it; its failure is its own, unless it ends the transaction of all."""
        connection.execute("SAVEPOINT one")
        try:
            with speaking(path):
                self.result = self._write(connection)
        except Exception as error:
            if not connection.in_transaction:
                # A full disk, for example: SQLite has taken back the works of the others too.
                raise
            self.error = error
            connection.execute("ROLLBACK TO one")
        connection.execute("RELEASE one")


_LEAST = 1 << 16
"""Bytes without which SQLite cannot make its files for a write."""


def _make_private(path: Path) -> None:
    """Make the file before SQLite does: variables of pipelines are not for others to read.

    One that is there is not even opened: closing it would drop the locks that SQLite has on it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about a path into `StoreUnavailable` with a next step."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.DatabaseError, OSError) as error:
        if (lack := exhaustion(error) or _lack_of_files()) is not None:
            raise lack from error
        if _is_full(error, path):
            hint = "free some space on that disk and run again"
            raise StoreFull(f"{path}: {error}", hint=hint) from error
        raise StoreUnavailable(f"{path}: {error}", hint=_hint(error, path)) from error


def _lack_of_files() -> MachineExhausted | None:
    """Whether there are no more files to open: SQLite only says that it cannot open its own."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return exhaustion(error)
    return None


def _is_full(error: Exception, path: Path) -> bool:
    """Whether there is no room left, or no more of it for us."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF != sqlite3.SQLITE_IOERR:
        return bool(code == sqlite3.SQLITE_FULL)
    # The files beside the database do not fit: SQLite only says that it cannot write.
    with contextlib.suppress(OSError):
        disk = os.statvfs(path.parent)
        return disk.f_bavail * disk.f_frsize < _LEAST
    return False


def _hint(error: Exception, path: Path) -> str:
    said = str(error)
    if "malformed" in said or "not a database" in said:
        return f"the file is damaged: move {path} away; its packages and logs stay beside it"
    if "locked" in said:
        return "another gluv is writing there for a long time; wait for it to end"
    if "unable to open" in said and os.access(path, os.R_OK | os.W_OK):
        # It is there and ours: there were too many others by then.
        return f"{LESS}, or raise the limit of open files (ulimit -n)"
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"move {error.filename or path} away: gluv needs a directory there"
    return f"make {path.parent} a directory that you can write"
