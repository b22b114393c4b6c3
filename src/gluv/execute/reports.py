"""`artifacts:reports`: what is read of them for the summary."""

from collections.abc import Callable

import msgspec

from gluv.execute.events import Link, TestCounts
from gluv.execute.run import Run
from gluv.plan.masking import conceal_data
from gluv.plan.model import PlannedJob
from gluv.store.artifacts import artifacts_place

SHOWN = ("annotations", "codequality", "dotenv", "junit")
"""Kinds that mean something here; `coverage_report` is apart."""


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """What the reports of a job say; `wrong` are sentences about those that cannot be read.

    `covered` is in percent of lines, `quality` counts findings by severity.
    """

    tests: TestCounts | None = None
    links: tuple[Link, ...] = ()
    quality: dict[str, int] | None = None
    covered: float | None = None
    wrong: tuple[str, ...] = ()


def conceal_reports(reports: Reports, conceal: Callable[[str], str]) -> Reports:
    """The same without secrets: a job may write any value that it has into a report."""
    return msgspec.convert(conceal_data(msgspec.to_builtins(reports), conceal), Reports)


def read_reports(run: Run, job: PlannedJob, job_id: int) -> Reports:
    """Read what a job left; kinds that only GitLab shows are a difference."""
    artifacts = job.artifacts
    assert artifacts is not None
    place = artifacts_place(run.parts.store.directory, job_id) / "reports"
    found = Reports()

    def add(wrong: tuple[str, ...], **read: object) -> Reports:
        return msgspec.structs.replace(found, wrong=(*found.wrong, *wrong), **read)

    for kind in artifacts.reports:
        match kind:
            case "junit":
                from gluv.execute.junit import read_junit

                tests, wrong = read_junit(place / kind)
                found = add(wrong, tests=tests)
            case "annotations":
                from gluv.execute.annotations import read_annotations

                links, wrong = read_annotations(place / kind)
                found = add(wrong, links=links)
            case "codequality":
                from gluv.execute.codequality import read_codequality

                quality, wrong = read_codequality(place / kind)
                found = add(wrong, quality=quality)
            case _ if kind not in SHOWN and (place / kind).is_dir():
                run.differences.add(f"the report {kind} was kept, and is shown nowhere", job.name)
    if artifacts.coverage_report is not None:
        from gluv.execute.coverage_report import read_coverage_report

        covered, wrong = read_coverage_report(
            place / "coverage_report", artifacts.coverage_report.coverage_format
        )
        found = add(wrong, covered=covered)
    return found
