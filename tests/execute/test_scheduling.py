"""What other tools get wrong about order, skipped stages, manual jobs and exit codes."""

import pytest

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.retry import Retry
from gluv.plan.model import PlannedNeed
from tests.execute.conftest import Sandbox, job


def test_a_skipped_stage_does_not_stop_cleanup_and_rescue(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("build", "exit 1", stage="a"),
        job("test", "true", stage="b"),
        job("more", "true", stage="c"),
        job("cleanup", "true", stage="d", when="always"),
        job("rescue", "true", stage="d", when="on_failure"),
        job("needing", "true", stage="d", when="always", needs=(PlannedNeed(job="more"),)),
        job("ship", "true", stage="d"),
    )
    assert ran.statuses == {
        "build": "failed",
        "test": "skipped",
        "more": "skipped",
        "cleanup": "success",
        "rescue": "success",
        "needing": "success",
        "ship": "skipped",
    }
    assert ran.end.exit_code == 1


def test_a_stage_of_rescue_jobs_only_does_not_stop_the_next(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("build", "true", stage="a"),
        job("rescue", "true", stage="b", when="on_failure"),
        job("after", "true", stage="c"),
        job("needing", "true", stage="c", needs=(PlannedNeed(job="rescue"),)),
    )
    assert ran.statuses == {
        "build": "success",
        "rescue": "skipped",
        "after": "success",
        "needing": "skipped",
    }
    assert ran.end.status == "success"


def test_a_blocking_manual_job_holds_later_stages_but_not_other_needs(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("gate", "true", stage="a", when="manual"),
        job("other", "true", stage="a"),
        job("later", "true", stage="b"),
        job("cleanup", "true", stage="b", when="always"),
        job("free", "true", stage="b", needs=(PlannedNeed(job="other"),)),
        job("tied", "true", stage="b", needs=(PlannedNeed(job="gate"),)),
        job("last", "true", stage="c"),
    )
    assert ran.statuses == {
        "gate": "manual",
        "other": "success",
        "later": "created",
        "cleanup": "created",
        "free": "success",
        "tied": "created",
        "last": "created",
    }
    assert ran.end.status == "manual"


def test_an_optional_manual_job_is_passed_by(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("option", "true", stage="a", when="manual", allow_failure=True),
        job("later", "true", stage="b"),
        job("tied", "true", stage="b", needs=(PlannedNeed(job="option"),)),
    )
    assert ran.statuses == {"option": "manual", "later": "success", "tied": "skipped"}
    assert (ran.end.status, ran.end.exit_code) == ("success", 0)


@pytest.mark.parametrize(
    ("code", "later", "exit_code"), [(3, "success", 0), (4, "skipped", 1), (1, "skipped", 1)]
)
def test_an_exit_code_that_is_not_listed_fails_the_pipeline(
    sandbox: Sandbox, code: int, later: str, exit_code: int
) -> None:
    ran = sandbox.run(
        job("flaky", f"exit {code}", stage="a", allow_failure=ExitCodes(exit_codes=(3,))),
        job("later", "true", stage="b"),
    )
    assert ran.statuses == {"flaky": "failed", "later": later}
    assert ran.end.exit_code == exit_code


def test_a_played_manual_job_that_fails_holds_nothing_if_it_may(sandbox: Sandbox) -> None:
    jobs = (
        job("option", "exit 1", stage="a", when="manual", allow_failure=True),
        job("later", "true", stage="b"),
    )
    ran = sandbox.run(*jobs, manual=frozenset({"option"}))
    assert ran.statuses == {"option": "failed", "later": "success"}
    assert ran.end.exit_code == 0


@pytest.mark.parametrize(
    ("retry", "code", "attempts"),
    [
        (Retry(max=2), 1, 3),
        (Retry(max=2, when=("runner_system_failure",)), 1, 1),
        (Retry(max=1, when=("script_failure",)), 1, 2),
        (Retry(max=1, exit_codes=(137,)), 137, 2),
        (Retry(max=1, exit_codes=(137,)), 1, 1),
        (Retry(max=1, when=("script_failure",), exit_codes=(137,)), 1, 2),
    ],
)
def test_attempts(sandbox: Sandbox, retry: Retry, code: int, attempts: int) -> None:
    ran = sandbox.run(job("j", f"exit {code}", retry=retry))
    assert len(sandbox.store.jobs_of(ran.pipeline_id)) == attempts


def test_a_timeout_is_a_reason_to_retry(sandbox: Sandbox) -> None:
    retry = Retry(max=1, when=("job_execution_timeout",))
    ran = sandbox.run(job("j", "read < <(tail -f /dev/null)", timeout_seconds=1, retry=retry))
    rows = sandbox.store.jobs_of(ran.pipeline_id)
    assert [row.reason for row in rows] == ["job_execution_timeout"] * 2


def test_keep_going_treats_a_failure_as_a_job_that_did_not_run(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("bad", "exit 1", stage="a"),
        job("after", "true", stage="b"),
        job("tied", "true", stage="b", needs=(PlannedNeed(job="bad"),)),
        job("rescue", "true", stage="c", when="on_failure"),
        keep_going=True,
    )
    assert ran.statuses == {
        "bad": "failed",
        "after": "success",
        "tied": "skipped",
        "rescue": "success",
    }
    assert (ran.end.status, ran.end.exit_code) == ("failed", 1)
