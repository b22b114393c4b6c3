"""What a job left: its artifacts, and what its reports say, read once."""

from collections.abc import Iterable, Sequence

import msgspec

from gluv.server.call import Call
from gluv.store.artifacts import Artifacts, read_artifacts
from gluv.store.junit import Case, read_cases

MOST_FAILURES = 100
"""Failed tests that are named; the rest is counted."""


class FailedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test that failed; `message` is the first line of why."""

    name: str
    message: str = ""


class Tests(msgspec.Struct, frozen=True, kw_only=True):
    """How many tests there were; `failed` includes errors."""

    total: int
    failed: int
    skipped: int
    failures: tuple[FailedTest, ...] = ()


def artifacts_of(call: Call, job_id: int) -> Artifacts | None:
    """What a job left, None if that is nothing."""
    return read_artifacts(call.gitlab.store.directory, job_id)


def tests_of(call: Call, job_id: int) -> Tests | None:
    """The tests of a job's JUnit reports, None without any."""
    artifacts = artifacts_of(call, job_id)
    if artifacts is None or "junit" not in artifacts.sidecar.reports:
        return None
    directory = artifacts.report("junit")
    try:
        written = directory.stat().st_mtime_ns
    except OSError:
        return None

    def read() -> Tests | None:
        cases = read_cases(directory)[0]
        return None if cases is None else _count(cases)

    found: Tests | None = call.gitlab.memory.reports.get((job_id, written), read)
    return found


def sum_of(counts: Iterable[Tests | None]) -> Tests | None:
    """The tests of several jobs together, without their names."""
    known = [one for one in counts if one is not None]
    if not known:
        return None
    return Tests(
        total=sum(one.total for one in known),
        failed=sum(one.failed for one in known),
        skipped=sum(one.skipped for one in known),
    )


def _count(cases: Sequence[Case]) -> Tests:
    failed = [case for case in cases if case.status in ("failed", "error")]
    return Tests(
        total=len(cases),
        failed=len(failed),
        skipped=sum(case.status == "skipped" for case in cases),
        failures=tuple(
            FailedTest(
                name=f"{case.classname}::{case.name}" if case.classname else case.name,
                message=next(iter(case.said.splitlines()), ""),
            )
            for case in failed[:MOST_FAILURES]
        ),
    )
