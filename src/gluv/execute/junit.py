"""`artifacts:reports:junit`: how many tests ran, and which failed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.execute.events import FailedTest, TestCounts
from gluv.execute.report_files import check_size, report_files

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_FAILURES = 100
"""Failed tests that are named; the rest is counted."""


def read_junit(directory: Path) -> tuple[TestCounts | None, tuple[str, ...]]:
    """The sum of all reports below a directory (None without any), and what is wrong with them.

    A test case with `failure` or `error` failed, one with `skipped` was skipped. A report that is
    no XML is named and not counted, as on GitLab.
    """
    # Loaded for the jobs that have a report.
    import xml.etree.ElementTree as ET

    counts: TestCounts | None = None
    wrong: list[str] = []
    for name, path in report_files(directory):
        try:
            check_size(path)
            found = _count(ET.parse(path).getroot().iter("testcase"))
        except (ET.ParseError, ValueError, OSError) as error:
            wrong.append(f"JUnit XML parsing failed: {name}: {error}")
            continue
        counts = found if counts is None else _sum(counts, found)
    return counts, tuple(wrong)


def _count(cases: "Iterable[Element]") -> TestCounts:
    total = failed = skipped = 0
    failures: list[FailedTest] = []
    for case in cases:
        total += 1
        problem = case.find("failure")
        problem = case.find("error") if problem is None else problem
        if problem is not None:
            failed += 1
            if len(failures) < MOST_FAILURES:
                said = (problem.get("message") or problem.text or "").strip()
                message = said.splitlines()[0] if said else ""
                failures.append(FailedTest(name=_name(case), message=message))
        elif case.find("skipped") is not None:
            skipped += 1
    return TestCounts(total=total, failed=failed, skipped=skipped, failures=tuple(failures))


def _name(case: "Element") -> str:
    """`tests.test_wheel::test_tags`: the class, if the report has it, and the test."""
    where, name = case.get("classname") or "", case.get("name") or "unnamed test"
    return f"{where}::{name}" if where else name


def _sum(one: TestCounts, other: TestCounts) -> TestCounts:
    return TestCounts(
        total=one.total + other.total,
        failed=one.failed + other.failed,
        skipped=one.skipped + other.skipped,
        failures=(one.failures + other.failures)[:MOST_FAILURES],
    )
