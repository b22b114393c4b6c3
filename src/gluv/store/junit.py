"""The tests that the JUnit reports of a job tell of (`artifacts:reports:junit`)."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from gluv.store.report_files import check_size, report_files

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Status = Literal["success", "failed", "error", "skipped"]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One test; `seconds` is 0 where the report does not tell, `said` is what went wrong."""

    name: str
    classname: str
    file: str | None
    status: Status
    seconds: float
    said: str
    output: str | None


def read_cases(directory: Path) -> tuple[tuple[Case, ...] | None, tuple[str, ...]]:
    """The tests of all reports below a directory (None without any), and what is wrong with them.

    A test case with `failure` or `error` failed, one with `skipped` was skipped. A report that is
    no XML is named and not counted, as on GitLab.
    """
    # Loaded for the jobs that have a report.
    import xml.etree.ElementTree as ET

    cases: list[Case] | None = None
    wrong: list[str] = []
    for name, path in report_files(directory):
        try:
            check_size(path)
            found = [_case(element) for element in ET.parse(path).getroot().iter("testcase")]
        except (ET.ParseError, ValueError, OSError) as error:
            wrong.append(f"JUnit XML parsing failed: {name}: {error}")
            continue
        cases = [*(cases or ()), *found]
    return None if cases is None else tuple(cases), tuple(wrong)


def _case(element: "Element") -> Case:
    status: Status = "success"
    problem = None
    kinds: tuple[tuple[str, Status], ...] = (
        ("failure", "failed"),
        ("error", "error"),
        ("skipped", "skipped"),
    )
    for tag, meaning in kinds:
        problem = element.find(tag)
        if problem is not None:
            status = meaning
            break
    said = "" if problem is None else problem.get("message") or problem.text or ""
    output = None if problem is None else problem.text or problem.get("message")
    return Case(
        name=element.get("name") or "unnamed test",
        classname=element.get("classname") or "",
        file=element.get("file"),
        status=status,
        seconds=_seconds(element.get("time")),
        said=said.strip(),
        output=output,
    )


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text or 0)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < 1e12 else 0.0
