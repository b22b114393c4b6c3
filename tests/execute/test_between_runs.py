"""Two runs of one repository: resource groups, and a newer commit that takes the older's place."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.auto_cancel import AutoCancel
from gluv.execute.auto_cancel import newer_pipeline
from gluv.execute.events import AnyEvent, JobOutput, JobWaiting
from gluv.execute.resource_group import hold_group
from gluv.execute.run import Run
from gluv.host.processes import StopSignal
from gluv.plan.model import Plan, PlannedCache, PlannedJob, PlannedNeed
from tests.execute.conftest import Ran, Sandbox, job


def on(line: str, act: Callable[[], object]) -> Callable[[AnyEvent], None]:
    """Act once when a job prints a line."""
    left = [act]

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and line in event.lines and left:
            left.pop()()

    return watch


class Older:
    """A run of an older commit, and a newer commit's while it is under way."""

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._monkeypatch = monkeypatch
        self.newer: Ran | None = None
        self.looked = sandbox.builds / "looked"

        def look(run: Run) -> int | None:
            newer = newer_pipeline(run)
            if newer is not None:
                # After this the run has decided.
                threading.Timer(0.2, self.looked.touch).start()
            return newer

        monkeypatch.setattr("gluv.execute.auto_cancel.newer_pipeline", look)

    def run(self, *jobs: PlannedJob, mode: str | None, commit: bool = True) -> Ran:
        plan = self.sandbox.plan

        def with_mode(*jobs: PlannedJob, **more: Any) -> Plan:
            made = plan(*jobs, **more)
            assert made.pipeline is not None
            pipeline = msgspec.structs.replace(
                made.pipeline, auto_cancel=AutoCancel(on_new_commit=mode)
            )
            return msgspec.structs.replace(made, pipeline=pipeline)

        def newer() -> None:
            self._monkeypatch.setattr(self.sandbox, "plan", plan)
            if commit:
                self.sandbox.write("tracked.txt", "newer\n")
                self.sandbox.commit("newer")
            self.newer = self.sandbox.run(job("newer", "true"), cancel=StopSignal())
            if not commit:
                self.looked.touch()

        self._monkeypatch.setattr(self.sandbox, "plan", with_mode)
        return self.sandbox.run(*jobs, watch=on("up", newer), jobs=2)


@pytest.fixture
def older(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Older:
    return Older(sandbox, monkeypatch)


def test_a_newer_commit_cancels_a_run_of_interruptible_jobs(older: Older) -> None:
    ran = older.run(
        job("a", "echo up; sleep 1000", interruptible=True, after_script=("echo after",)),
        job("b", "true", stage="later"),
        mode=None,
    )
    assert ran.statuses == {"a": "canceled", "b": "canceled"}
    assert "after" in ran.lines("a")
    assert (ran.end.status, ran.end.exit_code) == ("canceled", 130)
    assert ran.end.why == "#2 runs main at a newer commit"
    assert older.newer is not None
    assert older.newer.end.status == "success"
    assert not list((ran.store.directory / "cancel").iterdir())


@pytest.mark.parametrize(
    ("mode", "interruptible", "commit"),
    [
        (None, False, True),
        ("conservative", False, True),
        ("none", True, True),
        (None, True, False),
    ],
    ids=["default", "conservative", "none", "the same commit"],
)
def test_a_newer_run_leaves_alone(
    older: Older, mode: str | None, interruptible: bool, commit: bool
) -> None:
    wait = f"echo up; until test -e {older.looked}; do :; done"
    ran = older.run(
        job("a", wait, interruptible=interruptible),
        job("b", "true", stage="later"),
        mode=mode,
        commit=commit,
    )
    assert ran.statuses == {"a": "success", "b": "success"}
    assert ran.end.why == ""
    if not commit:
        assert not (older.sandbox.store.directory / "cancel").exists()


def test_interruptible_jobs_alone_make_room(older: Older) -> None:
    ran = older.run(
        job("keeps", f"until test -e {older.looked}; do :; done"),
        job("goes", "echo up; sleep 1000", interruptible=True),
        job("later", "true", stage="later", when="always", interruptible=True, needs=()),
        job("last", "true", stage="later", when="always"),
        mode="interruptible",
    )
    assert ran.statuses["keeps"] == "success"
    assert ran.statuses["goes"] == "canceled"
    assert ran.end.status == "canceled"
    assert "interruptible jobs were cancelled" in ran.end.why


def test_a_failure_ends_the_others_where_the_workflow_says_so(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = sandbox.plan

    def strict(*jobs: PlannedJob, **more: Any) -> Plan:
        made = plan(*jobs, **more)
        assert made.pipeline is not None
        auto_cancel = AutoCancel(on_job_failure="all")
        pipeline = msgspec.structs.replace(made.pipeline, auto_cancel=auto_cancel)
        return msgspec.structs.replace(made, pipeline=pipeline)

    monkeypatch.setattr(sandbox, "plan", strict)
    up = sandbox.builds / "up"
    ran = sandbox.run(
        job("long", f"touch {up}; sleep 1000"),
        job("allowed", "exit 1", allow_failure=True, needs=()),
        job(
            "bad",
            f"until test -e {up}; do :; done; exit 3",
            needs=(PlannedNeed(job="allowed"),),
        ),
        job("cleanup", "true", stage="later", when="always"),
        jobs=3,
    )
    assert ran.statuses == {
        "long": "canceled",
        "allowed": "failed",
        "bad": "failed",
        "cleanup": "canceled",
    }
    assert (ran.end.status, ran.end.exit_code) == ("failed", 1)
    assert ran.end.why == "the failure of bad cancelled the others"


def test_a_resource_group_is_held_against_other_runs(sandbox: Sandbox) -> None:
    locks = sandbox.store.directory / "locks"
    waiting, release = threading.Event(), threading.Event()
    order: list[str] = []

    def other_run() -> None:
        held = hold_group(locks, "production", run=41, stop=StopSignal(), say=order.append)
        with held:
            taken.set()
            release.wait(60)
            order.append("released")

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobWaiting):
            sandbox.store.flush()
            rows = {row.name: row.status for row in sandbox.store.jobs_of(1)}
            order.extend((event.what, rows["deploy"]))
        if isinstance(event, JobWaiting) and event.what:
            waiting.set()
            release.set()
        if isinstance(event, JobOutput) and "mine" in event.lines:
            order.append("mine")

    taken = threading.Event()
    thread = threading.Thread(target=other_run)
    thread.start()
    taken.wait(60)
    try:
        ran = sandbox.run(
            job("deploy", "echo mine", resource_group="production"),
            job("free", "true"),
            watch=watch,
            jobs=1,
        )
    finally:
        release.set()
        thread.join()
    assert ran.statuses == {"deploy": "success", "free": "success"}
    said = "waiting for the resource group production, which run #41 has"
    assert order == [said, "waiting_for_resource", "released", "", "pending", "mine"]


def test_a_stop_ends_the_waiting_for_a_resource_group(sandbox: Sandbox) -> None:
    locks = sandbox.store.directory / "locks"

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobWaiting):
            sandbox.cancel.raise_to(1)

    with hold_group(locks, "g", run=1, stop=StopSignal(), say=print):
        ran = sandbox.run(job("deploy", "true", resource_group="g"), watch=watch)
    assert ran.statuses == {"deploy": "canceled"}


def test_delayed_jobs_wait_for_their_time_if_asked_to(sandbox: Sandbox) -> None:
    began = time.monotonic()
    ran = sandbox.run(
        job("late", "true", when="delayed", start_in=1),
        job("early", "true"),
        job("after", "true", stage="later"),
        delays=True,
    )
    assert time.monotonic() - began >= 1
    assert list(ran.finished) == ["early", "late", "after"]
    assert not any("delayed" in each.what for each in ran.events if hasattr(each, "what"))


def test_a_stop_ends_the_waiting_of_delayed_jobs(sandbox: Sandbox) -> None:
    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            sandbox.cancel.raise_to(1)

    ran = sandbox.run(
        job("late", "true", when="delayed", start_in=3600),
        job("now", "echo up"),
        delays=True,
        watch=watch,
    )
    assert ran.statuses["late"] == "canceled"


def test_signals_below_another_rise_with_it_and_alone() -> None:
    above = StopSignal()
    below = StopSignal(above)
    other = StopSignal(above)
    other.raise_to(1)
    assert (above.level, below.level, other.level) == (0, 0, 1)
    above.raise_to(2)
    assert (below.level, other.level) == (2, 2)
    assert StopSignal(above).level == 2


def test_a_closed_signal_is_not_kept(tmp_path: Path) -> None:
    above = StopSignal()
    below = StopSignal(above)
    below.close()
    above.raise_to(1)
    assert below.level == 0


def test_runs_at_the_same_time_keep_their_files_and_logs_apart(sandbox: Sandbox) -> None:
    artifacts = Artifacts(paths=("made",))
    cache = (PlannedCache(key="k", paths=("cached",)),)
    count = 3
    found: dict[int, Ran] = {}

    def run(number: int) -> None:
        say = f"for i in 1 2 3 4 5; do echo {number} $i; done; echo {number} | tee made cached"
        jobs = [job(f"j{i}", say, artifacts=artifacts, cache=cache, stage="a") for i in range(4)]
        last = job("last", "cat made", stage="b", dependencies=("j3",))
        found[number] = sandbox.run(*jobs, last, cancel=StopSignal(), jobs=2)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, ran in found.items():
        assert set(ran.statuses.values()) == {"success"}, ran.lines("j0")
        expected = [f"{number} {i}" for i in range(1, 6)]
        assert ran.printed("j1") == [*expected, str(number)]
        assert ran.printed("last") == [str(number)]
    assert len({ran.pipeline_id for ran in found.values()}) == count
