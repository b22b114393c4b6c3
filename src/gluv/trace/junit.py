"""`artifacts:reports:junit`: how many tests ran, and which failed."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_FAILURES = 100
"""Failed tests that are named; the rest is counted."""

MAX_SIZE = 50 * 1024 * 1024
"""Bytes of one report; a larger one is not read."""


class FailedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test of a junit report that failed; `message` is the first line of why."""

    name: str
    message: str = ""


class TestCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What the junit reports of a job say; `failed` includes errors, all counts are tests."""

    # No test class, whatever pytest thinks of the name.
    __test__ = False

    total: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple[FailedTest, ...] = ()


def read_junit(directory: Path) -> tuple[TestCounts | None, tuple[str, ...]]:
    """The sum of all reports below a directory (None without any), and what is wrong with them.

    A test case with `failure` or `error` failed, one with `skipped` was skipped. A report that is
    no XML is named and not counted, as on GitLab.
    """
    # Loaded for the jobs that have a report.
    import xml.etree.ElementTree as ET

    counts: TestCounts | None = None
    wrong: list[str] = []
    for path in sorted(directory.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            if path.stat().st_size > MAX_SIZE:
                raise ValueError(f"it is larger than {MAX_SIZE // 1024 // 1024} MiB")
            found = _count(ET.parse(path).getroot().iter("testcase"))
        except (ET.ParseError, ValueError, OSError) as error:
            wrong.append(f"JUnit XML parsing failed: {path.relative_to(directory)}: {error}")
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
