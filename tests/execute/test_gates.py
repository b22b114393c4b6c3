"""What may start when; a long pipeline costs no more a job than a short one."""

from gluv.execute.gates import Gates
from gluv.execute.graph import predecessors
from gluv.plan.model import Plan, PlannedJob, PlannedNeed
from tests.execute.conftest import Sandbox, job


def test_jobs_open_when_the_last_they_wait_for_ends() -> None:
    gates = Gates({"a": (), "b": (), "c": ("a", "b"), "d": ("a",), "e": ("c", "c")})
    assert gates.open_at_once() == ["a", "b"]
    assert gates.end("a") == ["d"]
    assert gates.end("b") == ["c"]
    assert gates.end("d") == []
    assert gates.end("c") == ["e"]


def test_the_jobs_of_a_stage_share_what_they_wait_for() -> None:
    jobs = tuple(
        PlannedJob(name=f"{stage}-{number}", base_name="j", stage=stage)
        for stage in ("one", "two")
        for number in range(3)
    )
    plan = Plan(pipeline=None, stages=("one", "two"), jobs=jobs, skipped=(), problems=())
    before = predecessors(plan)
    assert before["two-0"] == ("one-0", "one-1", "one-2")
    assert before["two-0"] is before["two-2"]


def test_a_job_starts_as_soon_as_its_own_needs_are_met(sandbox: Sandbox) -> None:
    """No waves: `late` ends only after `quick`, which needs another job of the same stage."""
    mark = sandbox.builds.with_name("mark")
    ran = sandbox.run(
        job("late", f"until test -e {mark}; do :; done", timeout_seconds=60),
        job("first", "true"),
        job("quick", f"touch {mark}", stage="two", needs=(PlannedNeed(job="first"),)),
        jobs=2,
    )
    assert set(ran.statuses.values()) == {"success"}


def test_a_busy_resource_group_leaves_room_for_others(sandbox: Sandbox) -> None:
    mark = sandbox.builds.with_name("mark")
    ran = sandbox.run(
        job("one", f"until test -e {mark}; do :; done", resource_group="r", timeout_seconds=60),
        job("two", f"test -e {mark}", resource_group="r"),
        job("other", f"touch {mark}"),
        jobs=2,
    )
    assert ran.statuses == {"one": "success", "two": "success", "other": "success"}


def test_all_jobs_of_a_wide_pipeline_run(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        *(job(f"a{number}", "true", stage="a") for number in range(8)),
        *(job(f"b{number}", "true", stage="b") for number in range(8)),
        jobs=3,
    )
    assert list(ran.statuses.values()) == ["success"] * 16
    assert {name[0] for name in list(ran.statuses)[:8]} == {"a"}
