"""Many writers: what comes at the same time is flushed once, and each has its own result."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gluv.errors import StoreUnavailable
from gluv.store import Store
from gluv.store.database import Database
from gluv.store.migrations import MIGRATIONS


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path / "gluv.db")


def test_each_writer_has_its_own_result_and_its_own_failure(database: Database) -> None:
    results: dict[int, object] = {}

    def write(number: int) -> None:
        def work(connection: sqlite3.Connection) -> int:
            connection.execute("INSERT INTO addresses (url) VALUES (?)", (f"u{number}",))
            if number % 5 == 0:
                raise ValueError(number)
            return number

        try:
            results[number] = database.together(work)
        except ValueError as error:
            results[number] = error.args

    threads = [threading.Thread(target=write, args=(number,)) for number in range(40)]
    # While somebody else writes, all of them queue up: they are written in one transaction.
    with database.writing():
        for thread in threads:
            thread.start()
        deadline = threading.Event()
        while len(database._queue) < 40:
            deadline.wait(0.001)
    for thread in threads:
        thread.join()
    expected = {number: (number,) if number % 5 == 0 else number for number in range(40)}
    assert results == expected
    kept = {row["url"] for row in database.rows("SELECT url FROM addresses")}
    assert kept == {f"u{number}" for number in range(40) if number % 5}
    database.close()


def test_a_failure_of_all_is_told_to_all(database: Database) -> None:
    failed: list[BaseException] = []

    def write(number: int) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO addresses (url) VALUES (?)", (f"u{number}",))
            if number == 3:
                # What SQLite does by itself when the disk is full.
                connection.execute("ROLLBACK")
                raise sqlite3.OperationalError("database or disk is full")

        try:
            database.together(work)
        except StoreUnavailable as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    with database.writing():
        for thread in threads:
            thread.start()
        while len(database._queue) < 8:
            threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    assert len(failed) == 8
    assert database.rows("SELECT * FROM addresses") == []
    assert database.together(lambda connection: connection.in_transaction) is True
    database.close()


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_processes_that_open_an_old_database_at_once_all_find_the_new_one(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "gluv.db"
    if version:
        old = sqlite3.connect(path)
        for step in MIGRATIONS[:version]:
            old.executescript(step)
        old.execute(f"PRAGMA user_version = {version}")
        old.execute(
            "INSERT INTO releases (tag, name, description, sha, author, created_at, released_at)"
            " VALUES ('v1', 'v1', '', 'a', 'me', 0, 0)"
        )
        old.execute("INSERT INTO tags (name, sha, message, created_at) VALUES ('v1', 'a', '', 0)")
        old.commit()
        old.close()
    code = (
        "import sys; from pathlib import Path; from gluv.store import Store\n"
        "sys.stdin.read()\n"
        "with Store.open(Path(sys.argv[1])) as store: print(store.sizes().files)"
    )
    opening = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in opening:
        assert process.stdin is not None
    for process in opening:
        process.stdin.close()  # type: ignore[union-attr]
        process.stdin = None
    ended = [process.communicate(timeout=60) for process in opening]
    assert ended == [("0\n", "")] * 6
    with Store.open(tmp_path) as store:
        found = store._database.rows("SELECT name FROM tags")
        assert [row["name"] for row in found] == (["v1"] if version else [])
        assert store.damage() == ()
