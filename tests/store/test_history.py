"""Artifacts expire as on GitLab, runs are forgotten, and shared artifacts find an heir."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gluv.store import Store

DAY = 86400.0


class Past:
    """A store with a clock of its own, and runs in it."""

    def __init__(self, directory: Path) -> None:
        self.now = 1_000_000.0
        self.store = Store.open(directory, clock=lambda: self.now)

    def run(
        self,
        *jobs: str,
        status: str = "success",
        ref: str = "main",
        source: str = "push",
        expires: float | None = DAY,
        above: int | None = None,
        over: bool = True,
    ) -> list[int]:
        """A run whose jobs each left a file; the ids of the jobs."""
        row = self.store.create_pipeline(
            source=source, ref=ref, tag=False, sha="a" * 40, name=None, parent_job=above
        )
        made = []
        for name in jobs:
            job = self.store.create_job(pipeline_id=row.id, name=name, stage="test").id
            place = self.place(job) / "archive"
            place.mkdir(parents=True)
            (place / "file").write_text(f"{job}\n")
            self.store.log_path(job).write_text("log\n")
            self.store.finish_job(
                job,
                status="success",
                exit_code=0,
                reason="",
                duration=1.0,
                artifacts_expire_at=None if expires is None else self.now + expires,
            )
            made.append(job)
        if over:
            self.store.finish_pipeline(row.id, status, 1.0)
        return made

    def place(self, job: int) -> Path:
        return self.store.directory / "artifacts" / str(job)

    def left(self) -> list[int]:
        """The jobs whose artifacts are there."""
        top = self.store.directory / "artifacts"
        return sorted(int(path.name) for path in top.iterdir() if (path / "archive/file").exists())


@pytest.fixture
def past(tmp_path: Path) -> Iterator[Past]:
    made = Past(tmp_path / ".gluv")
    yield made
    made.store.close()


def test_artifacts_go_when_their_time_is_over_and_a_newer_run_succeeded(past: Past) -> None:
    (old,) = past.run("build")
    (new,) = past.run("build")
    assert past.store.history.expire() == 0
    past.now += DAY
    assert past.store.history.expire() == 1
    assert past.left() == [new]
    assert past.store.history.expire() == 0
    row = past.store.job(old)
    assert row is not None
    assert row.artifacts_removed_at == past.now


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ([{}], [1]),
        ([{}, {"status": "failed"}], [1, 2]),
        ([{}, {"status": "failed"}, {"status": "failed"}], [1, 3]),
        ([{"status": "failed"}, {}], [2]),
        ([{}, {"ref": "other"}], [1, 2]),
        ([{}, {"source": "merge_request_event"}], [1, 2]),
        ([{}, {"over": False}], [1, 2]),
        ([{"expires": None}, {}], [1, 2]),
    ],
    ids=[
        "the only run",
        "the latest and the latest good one",
        "an earlier failed one goes",
        "a failed one goes after a good one",
        "each branch",
        "merge requests apart",
        "a run under way changes nothing yet",
        "never",
    ],
)
def test_which_artifacts_outlive_their_time(
    past: Past, runs: list[dict[str, object]], kept: list[int]
) -> None:
    for run in runs:
        past.run("build", **run)  # type: ignore[arg-type]
    past.now += 2 * DAY
    past.store.history.expire()
    assert past.left() == kept


def test_a_run_of_one_job_counts_for_that_job_only(past: Past) -> None:
    build, _ = past.run("build", "test")
    (again,) = past.run("test")
    past.now += 2 * DAY
    past.store.history.expire()
    assert past.left() == [build, again]
    assert past.store.history.is_kept(build)


def test_jobs_of_child_pipelines_are_told_apart_by_their_bridge(past: Past) -> None:
    one, other = past.run("bridge", "other bridge", expires=None)
    past.run("build", above=one)
    past.run("build", above=other)
    past.now += 2 * DAY
    assert past.store.history.expire() == 0


def test_a_clock_that_jumps_back_removes_nothing(past: Past) -> None:
    past.run("build")
    past.run("build")
    past.now -= 1000 * DAY
    assert past.store.history.expire() == 0


def test_artifacts_that_a_later_job_shares_become_its_own(past: Past) -> None:
    (first,) = past.run("build")
    (second,) = past.run("build", expires=None)
    (third,) = past.run("build", expires=None)
    for heir in (second, third):
        (past.place(heir) / "archive/file").unlink()
        (past.place(heir) / "archive").rmdir()
        past.place(heir).rmdir()
        past.place(heir).symlink_to(str(first), target_is_directory=True)
    past.now += 2 * DAY
    assert past.store.history.expire() == 1
    assert past.left() == [second, third]
    assert not past.place(second).is_symlink()
    assert past.store.history.forget_but(1) == 2
    assert past.left() == [third]
    assert (past.place(third) / "archive/file").read_text() == f"{first}\n"


def test_old_runs_are_forgotten_with_what_they_started(past: Past) -> None:
    (bridge,) = past.run("bridge")
    (child,) = past.run("deep", above=bridge)
    (grandchild,) = past.run("deeper", above=child)
    kept = past.run("build")
    assert past.store.history.count_but(1) == 1
    assert past.store.history.forget_but(1) == 1
    assert past.left() == kept
    assert [past.store.job(one) for one in (bridge, child, grandchild)] == [None] * 3
    assert [path.name for path in (past.store.directory / "logs").iterdir()] == [f"{kept[0]}.log"]
    assert len(past.store.pipelines()) == 1


def test_a_run_under_way_is_not_forgotten(past: Past) -> None:
    past.run("build", over=False)
    past.run("build")
    past.run("build")
    assert past.store.history.forget_but(1) == 1
    assert len(past.store.pipelines()) == 2


def test_tidying_up_has_some_slack(past: Past) -> None:
    for _ in range(22):
        past.run("build")
    past.store.history.tidy(20)
    assert len(past.store.pipelines(100)) == 22
    past.run("build")
    past.store.history.tidy(20)
    assert len(past.store.pipelines(100)) == 20


def test_files_that_are_gone_already_are_no_problem(past: Past) -> None:
    (job,) = past.run("build")
    past.run("build")
    past.store.log_path(job).unlink()
    (past.place(job) / "archive/file").unlink()
    past.now += 2 * DAY
    assert past.store.history.expire() == 1
    assert past.store.history.forget_but(0) == 2
