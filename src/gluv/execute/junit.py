"""`artifacts:reports:junit`: how many tests ran, and which failed."""

from collections.abc import Sequence
from pathlib import Path

from gluv.execute.events import FailedTest, TestCounts
from gluv.store.junit import Case, read_cases

MOST_FAILURES = 100
"""Failed tests that are named; the rest is counted."""


def read_junit(directory: Path) -> tuple[TestCounts | None, tuple[str, ...]]:
    """The sum of all reports below a directory (None without any), and what is wrong with them."""
    cases, wrong = read_cases(directory)
    return None if cases is None else _count(cases), wrong


def _count(cases: Sequence[Case]) -> TestCounts:
    failed = [case for case in cases if case.status in ("failed", "error")]
    return TestCounts(
        total=len(cases),
        failed=len(failed),
        skipped=sum(case.status == "skipped" for case in cases),
        failures=tuple(
            FailedTest(name=_name(case), message=next(iter(case.said.splitlines()), ""))
            for case in failed[:MOST_FAILURES]
        ),
    )


def _name(case: Case) -> str:
    """`tests.test_wheel::test_tags`: the class, if the report has it, and the test."""
    return f"{case.classname}::{case.name}" if case.classname else case.name
