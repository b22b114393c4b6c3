"""When a job may start and whether it then runs: GitLab's rules for stages and `needs`, pure."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.execute.events import JobStatus
from gluv.plan.model import Plan, PlannedJob

Decision = Literal["run", "skip", "hold"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a job stands at the end: its status, and whether its failure is allowed."""

    status: JobStatus
    allowed_to_fail: bool = False


def predecessors(plan: Plan) -> dict[str, tuple[str, ...]]:
    """For every job the jobs it waits for: its needs, or without `needs` all earlier stages.

    Needs that are not in the plan (an optional one, a selection) are left out. Jobs of one stage
    share one tuple.
    """
    order = {stage: place for place, stage in enumerate(plan.stages)}
    names = {job.name for job in plan.jobs}
    earlier: dict[str, tuple[str, ...]] = {}
    before: dict[str, tuple[str, ...]] = {}
    for job in plan.jobs:
        if job.needs is not None:
            before[job.name] = tuple(need.job for need in job.needs if need.job in names)
            continue
        if job.stage not in earlier:
            earlier[job.stage] = tuple(
                other.name for other in plan.jobs if order[other.stage] < order[job.stage]
            )
        before[job.name] = earlier[job.stage]
    return before


def decide(job: PlannedJob, before: Mapping[str, Outcome]) -> Decision:
    """Whether a job runs once all it waits for has ended.

    `hold` means that a manual job, which is not allowed to fail and did not run, blocks it. The
    rule is GitLab's: `on_success` (also `manual` and `delayed`) after success, with stages also
    after skipped ones; `on_failure` after a failure; `always` in any case.
    """
    return decide_after(job, composite(before, dag=job.needs is not None))


def decide_after(job: PlannedJob, state: str) -> Decision:
    """The same, from the `composite` of all it waits for."""
    if state == "blocked":
        return "hold"
    match job.when:
        case "always":
            wanted = {"success", "failed", "skipped"}
        case "on_failure":
            wanted = {"failed"}
        case _:
            wanted = {"success"} if job.needs is not None else {"success", "skipped"}
    return "run" if state in wanted else "skip"


def in_the_way(plan: Plan, names: Iterable[str]) -> set[str]:
    """The manual jobs that have to be played before these jobs can run: those that they need, and
    those that hold their stages."""
    jobs, before = {job.name: job for job in plan.jobs}, predecessors(plan)
    found: set[str] = set()
    waiting, seen = list(names), set(names)
    while waiting:
        job = jobs[waiting.pop()]
        # Only of what it needs must every job have run, and well; others may be passed by.
        strict = job.needs is not None and job.when not in ("always", "on_failure")
        for one in (jobs[name] for name in before[job.name] if name not in seen):
            played = one.when == "manual" and (strict or not may_fail(one, None))
            if played:
                found.add(one.name)
            if played or strict:
                seen.add(one.name)
                waiting.append(one.name)
    return found


def forgive(before: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """With `--keep-going`, which GitLab has not: a failed job counts as one that did not run."""
    return {
        name: Outcome(status="skipped") if outcome.status == "failed" else outcome
        for name, outcome in before.items()
    }


def composite(before: Mapping[str, Outcome], *, dag: bool) -> str:
    """One status for several jobs, after `Gitlab::Ci::Status::Composite`."""
    if not before:
        return "success"
    kinds = {_kind(outcome) for outcome in before.values()}
    if dag and kinds & {"skipped", "ignored"}:
        return "skipped"
    if "blocked" in kinds:
        return "blocked"
    if "failed" in kinds:
        return "failed"
    if "canceled" in kinds:
        return "canceled"
    return "skipped" if kinds <= {"skipped", "ignored"} else "success"


def _kind(outcome: Outcome) -> str:
    match outcome.status:
        case "failed" | "canceled":
            return "success" if outcome.allowed_to_fail else outcome.status
        case "manual":
            return "ignored" if outcome.allowed_to_fail else "blocked"
        case "created":
            return "blocked"
        case "skipped":
            return "skipped"
        case _:
            return "success"


def pipeline_status(outcomes: Mapping[str, Outcome], *, cancelled: bool) -> JobStatus:
    """The pipeline's own status, as GitLab shows it (`manual` is its "blocked")."""
    kinds = {_kind(outcome) for outcome in outcomes.values()}
    if cancelled:
        return "canceled"
    if "failed" in kinds:
        return "failed"
    if "canceled" in kinds:
        return "canceled"
    if "blocked" in kinds:
        return "manual"
    return "skipped" if kinds and kinds <= {"skipped", "ignored"} else "success"


def may_fail(job: PlannedJob, exit_code: int | None) -> bool:
    """Whether a failure with this exit code is allowed (`allow_failure`)."""
    if isinstance(job.allow_failure, ExitCodes):
        return exit_code in job.allow_failure.exit_codes
    return job.allow_failure


_NEVER_RETRIED = (
    "ci_quota_exceeded",
    "no_matching_runner",
    "missing_dependency_failure",
    "forward_deployment_failure",
    "environment_creation_failure",
)
"""Reasons that GitLab does not retry, whatever `retry` says."""


def retries(job: PlannedJob, *, reason: str, exit_code: int | None) -> bool:
    """Whether `retry` covers this failure; how often is the caller's matter."""
    retry = job.retry
    if reason in _NEVER_RETRIED:
        return False
    if retry.exit_codes and exit_code in retry.exit_codes:
        return True
    if retry.exit_codes and retry.when == ("always",):
        return False
    return "always" in retry.when or reason in retry.when
