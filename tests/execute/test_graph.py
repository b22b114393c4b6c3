from typing import Any

import pytest

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.retry import Retry
from gluv.execute.events import JobStatus
from gluv.execute.graph import (
    Outcome,
    decide,
    may_fail,
    pipeline_status,
    predecessors,
    retries,
)
from gluv.plan.model import Plan, PlannedJob, PlannedNeed


def job(name: str = "j", stage: str = "test", **more: Any) -> PlannedJob:
    return PlannedJob(name=name, base_name=name, stage=stage, **more)


def outcomes(*statuses: str) -> dict[str, Outcome]:
    """`failed?` is a failure that is allowed."""
    return {
        str(place): Outcome(
            status=status.rstrip("?"),  # type: ignore[arg-type]
            allowed_to_fail=status.endswith("?"),
        )
        for place, status in enumerate(statuses)
    }


def test_stages_and_needs_are_one_graph() -> None:
    jobs = (
        job("lint", "build"),
        job("build", "build"),
        job("test"),
        job("quick", needs=()),
        job("deploy", "deploy", needs=(PlannedNeed(job="build"), PlannedNeed(job="gone"))),
        job("last", "deploy"),
    )
    plan = Plan(
        pipeline=None, stages=("build", "test", "deploy"), jobs=jobs, skipped=(), problems=()
    )
    assert predecessors(plan) == {
        "lint": (),
        "build": (),
        "test": ("lint", "build"),
        "quick": (),
        "deploy": ("build",),
        "last": ("lint", "build", "test", "quick"),
    }


@pytest.mark.parametrize(
    ("when", "before", "wanted"),
    [
        ("on_success", (), "run"),
        ("on_success", ("success", "failed?"), "run"),
        ("on_success", ("success", "skipped"), "run"),
        ("on_success", ("skipped",), "run"),
        ("on_success", ("success", "failed"), "skip"),
        ("on_success", ("manual?", "success"), "run"),
        ("on_success", ("manual", "success"), "hold"),
        ("on_success", ("created",), "hold"),
        ("on_failure", ("success", "failed"), "run"),
        ("on_failure", ("success", "failed?"), "skip"),
        ("on_failure", ("success",), "skip"),
        ("on_failure", (), "skip"),
        ("always", ("failed", "skipped"), "run"),
        ("always", ("success",), "run"),
        ("always", ("manual",), "hold"),
        ("manual", ("failed",), "skip"),
        ("delayed", ("success",), "run"),
    ],
)
def test_when_decides_after_stages(when: str, before: tuple[str, ...], wanted: str) -> None:
    assert decide(job(when=when), outcomes(*before)) == wanted


@pytest.mark.parametrize(
    ("when", "before", "wanted"),
    [
        ("on_success", ("success",), "run"),
        ("on_success", ("skipped",), "skip"),
        ("on_success", ("manual?",), "skip"),
        ("on_success", ("failed?",), "run"),
        ("always", ("skipped",), "run"),
        ("on_failure", ("failed", "success"), "run"),
    ],
)
def test_when_decides_after_needs(when: str, before: tuple[str, ...], wanted: str) -> None:
    needing = job(when=when, needs=(PlannedNeed(job="0"),))
    assert decide(needing, outcomes(*before)) == wanted


@pytest.mark.parametrize(
    ("statuses", "wanted"),
    [
        (("success", "skipped", "failed?"), "success"),
        (("success", "failed", "manual"), "failed"),
        (("success", "manual", "created"), "manual"),
        (("success", "manual?"), "success"),
        (("skipped",), "skipped"),
    ],
)
def test_the_pipelines_status(statuses: tuple[str, ...], wanted: JobStatus) -> None:
    assert pipeline_status(outcomes(*statuses), cancelled=False) == wanted
    assert pipeline_status(outcomes(*statuses), cancelled=True) == "canceled"


def test_only_listed_exit_codes_may_fail() -> None:
    some = job(allow_failure=ExitCodes(exit_codes=(3, 4)))
    assert may_fail(some, 3)
    assert not may_fail(some, 1)
    assert not may_fail(some, None)
    assert may_fail(job(allow_failure=True), 1)


@pytest.mark.parametrize(
    ("retry", "reason", "code", "wanted"),
    [
        (Retry(max=1), "script_failure", 1, True),
        (Retry(max=1, when=("runner_system_failure",)), "script_failure", 1, False),
        (Retry(max=1, when=("script_failure",)), "script_failure", 1, True),
        (Retry(max=1, exit_codes=(7,)), "script_failure", 7, True),
        (Retry(max=1, exit_codes=(7,)), "script_failure", 8, False),
    ],
)
def test_retry_covers_reasons_and_exit_codes(
    retry: Retry, reason: str, code: int, wanted: bool
) -> None:
    assert retries(job(retry=retry), reason=reason, exit_code=code) is wanted
