"""Pipelines, jobs and tokens survive; what a killed process left is told as it was."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gluv.errors import StoreFull, StoreUnavailable
from gluv.store import ProjectRow, Store
from gluv.store.pipelines import NewJob

NEW = NewJob(name="a", stage="test")


def _pipeline(store: Store) -> int:
    return store.create_pipeline(source="push", ref="main", tag=False, sha="a" * 40, name=None).id


def test_a_disk_without_room_for_the_files_beside_it_is_called_full(small_disk: Path) -> None:
    with Store.open(small_disk / ".gluv") as store:
        _pipeline(store)
    with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass
    with pytest.raises(StoreFull) as raised, Store.open(small_disk / ".gluv") as store:
        _pipeline(store)
    assert "free some space" in raised.value.hint


def test_the_history_is_read_from_a_full_disk(small_disk: Path) -> None:
    with Store.open(small_disk / ".gluv") as store:
        made = _pipeline(store)
    with (small_disk / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while filler.write(bytes(4096)):
            pass
    with Store.open_to_read(small_disk / ".gluv") as store:
        assert [row.id for row in store.pipelines(5)] == [made]
        with pytest.raises(StoreUnavailable):
            _pipeline(store)


def test_the_history_is_read_from_a_read_only_disk(small_disk: Path) -> None:
    with Store.open(small_disk / ".gluv") as store:
        made = _pipeline(store)
        job = store.create_job(pipeline_id=made, name="a", stage="test")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with Store.open_to_read(small_disk / ".gluv") as store:
        assert store.jobs_of(made) == (job,)


def test_what_is_no_history_cannot_be_read_either(small_disk: Path) -> None:
    (small_disk / ".gluv").mkdir()
    (small_disk / ".gluv/gluv.db").write_bytes(b"no database at all" * 100)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnavailable):
        Store.open_to_read(small_disk / ".gluv")


def test_pipelines_and_jobs_are_there_after_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path / ".gluv") as store:
        first = store.create_pipeline(source="push", ref="v1", tag=True, sha="b" * 40, name="n")
        second = _pipeline(store)
        job = store.create_job(pipeline_id=first.id, name="test: [a]", stage="test")
        assert job.status == "created"
        store.start_job(job.id, "glcbt-1")
        store.finish_job(
            job.id,
            status="failed",
            exit_code=3,
            reason="script_failure",
            duration=1.5,
            notes=("x",),
        )
        store.finish_pipeline(first.id, "failed", 2.5)
    with Store.open(tmp_path / ".gluv") as store:
        newest, oldest = store.pipelines(5)
        assert (newest.id, newest.iid) == (second, 2)
        assert store.last_pipeline() == newest
        assert (oldest.iid, oldest.tag, oldest.name, oldest.status) == (1, True, "n", "failed")
        (row,) = store.jobs_of(first.id)
        assert (row.name, row.status, row.exit_code) == ("test: [a]", "failed", 3)
        assert (row.reason, row.duration, row.notes) == ("script_failure", 1.5, ("x",))


def test_a_token_speaks_for_its_job_only_while_that_runs(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        job = store.create_job(pipeline_id=_pipeline(store), name="a", stage="test")
        assert store.job_by_token("glcbt-1") is None
        store.start_job(job.id, "glcbt-1")
        found = store.job_by_token("glcbt-1")
        assert found is not None
        assert found.id == job.id
        assert store.job_by_token("") is None
        store.finish_job(job.id, status="success", exit_code=0, reason="", duration=1)
        assert store.job_by_token("glcbt-1") is None


def test_the_token_itself_is_not_on_disk(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        job = store.create_job(pipeline_id=_pipeline(store), name="a", stage="test")
        store.start_job(job.id, "glcbt-secret")
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert b"glcbt-secret" not in path.read_bytes()


def test_git_ignores_the_directory(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    Store.open(tmp_path / ".gluv").close()
    status = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--porcelain"], capture_output=True, check=True
    )
    assert status.stdout == b""


def test_threads_share_a_store(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        pipeline = _pipeline(store)

        def add(number: int) -> None:
            for turn in range(10):
                store.create_job(pipeline_id=pipeline, name=f"{number}.{turn}", stage="test")

        threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({job.name for job in store.jobs_of(pipeline)}) == 80


_DIES = """
import os, signal, sys
from pathlib import Path
from gluv.store import Store
from gluv.store.pipelines import NewJob

NEW = NewJob(name="a", stage="test")
store = Store.open(Path(sys.argv[1]))
pipeline = store.create_pipeline(source="push", ref="main", tag=False, sha="a" * 40, name=None)
job = store.create_job(pipeline_id=pipeline.id, name="runs", stage="test")
store.create_job(pipeline_id=pipeline.id, name="waits", stage="test")
store.start_job(job.id, "glcbt-1")
store.blobs.writer().write(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_running_is_failed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _DIES, str(tmp_path)], check=False, env=os.environ)
    assert list((tmp_path / "files" / "partial").iterdir()) != []
    with Store.open(tmp_path) as store:
        last = store.last_pipeline()
        assert last is not None
        assert last.status == "failed"
        runs, waits = store.jobs_of(last.id)
        assert (runs.status, runs.reason) == ("failed", "runner_system_failure")
        assert (waits.status, waits.reason) == ("skipped", "")
        assert store.job_by_token("glcbt-1") is None
        assert list((tmp_path / "files" / "partial").iterdir()) == []


def test_a_job_of_a_living_process_stays_running(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        pipeline = _pipeline(store)
        job = store.create_job(pipeline_id=pipeline, name="a", stage="test")
        store.start_job(job.id, "glcbt-1")
        with store.blobs.writer() as writer:
            writer.write(b"half")
            with Store.open(tmp_path) as other:
                assert [row.status for row in other.jobs_of(pipeline)] == ["running"]
            assert writer.keep().size == 4


def test_a_file_in_the_way_is_told_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(tmp_path / "file" / ".gluv")
    assert caught.value.hint == f"move {tmp_path}/file away: gluv needs a directory there"


def test_a_damaged_database_is_told_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "gluv.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreUnavailable) as caught:
        Store.open(tmp_path)
    assert "damaged" in caught.value.hint


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "gluv.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreUnavailable, match="newer gluv"):
        Store.open(tmp_path)


def test_what_is_gathered_is_seen_here_at_once_and_elsewhere_when_written(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path) as other:
        first, second = store.create_jobs(_pipeline(store), [NEW, NEW])

        def told(by: Store) -> list[str]:
            return [row.status for row in by.jobs_of(1)]

        with store.gathering():
            store.start_job(first, "glcbt-1")
            assert other.job_by_token("glcbt-1") is not None
            store.finish_job(first, status="success", exit_code=0, reason="", duration=1)
            assert told(other) == ["running", "created"]
            assert store.job_by_token("glcbt-1") is None
            assert told(store) == told(other) == ["success", "created"]
            store.finish_job(second, status="failed", exit_code=1, reason="x", duration=1)
            store.flush()
            assert told(other) == ["success", "failed"]
            store.finish_job(first, status="canceled", exit_code=1, reason="", duration=1)
        assert told(other) == ["canceled", "failed"]


def test_what_begins_writes_what_was_gathered(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path) as other:
        first, second = store.create_jobs(_pipeline(store), [NEW, NEW])
        with store.gathering():
            store.start_job(first, "glcbt-1")
            store.finish_job(first, status="success", exit_code=0, reason="", duration=1)
            store.start_job(second, "glcbt-2")
            assert [row.status for row in other.jobs_of(1)] == ["success", "running"]


def test_who_reads_within_a_transaction_does_not_wait_for_itself(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        first, second = store.create_jobs(_pipeline(store), [NEW, NEW])
        with store.gathering():
            with store._database.writing():
                store.finish_job(first, status="success", exit_code=0, reason="", duration=1)
                assert store.job(second) is not None
            assert [row.status for row in store.jobs_of(1)] == ["success", "created"]


def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        (job,) = store.create_jobs(_pipeline(store), [NEW])
        with store.gathering():
            store.finish_job(job, status="success", exit_code=0, reason="", duration=1)
            with pytest.raises(ZeroDivisionError), store._database.writing():
                raise ZeroDivisionError
            store.flush()
        with Store.open(tmp_path) as other:
            assert [row.status for row in other.jobs_of(1)] == ["success"]


def test_two_first_runs_at_once_make_one_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path) as one, Store.open(tmp_path) as other:
        asked = one.projects.named

        def named(path: str) -> ProjectRow | None:
            """Whoever asks hears what was true before the other run came."""
            monkeypatch.undo()
            found = asked(path)
            other.projects.settle(path, visibility="public", is_home=True)
            return found

        monkeypatch.setattr(one.projects, "named", named)
        mine = one.projects.settle("grp/demo", visibility="public", is_home=True)
        assert [row.id for row in other.projects.all()] == [mine.id]
