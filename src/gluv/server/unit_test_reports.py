"""What the tests of a pipeline said, as GitLab's test report and its summary."""

import re
from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer
from gluv.server.call import Call
from gluv.server.pipeline_json import newest_attempts
from gluv.server.pipelines import find_pipeline
from gluv.store import JobRow
from gluv.store.junit import Case, read_cases

_COUNTED = (
    ("success_count", "success"),
    ("failed_count", "failed"),
    ("skipped_count", "skipped"),
    ("error_count", "error"),
)


def show_report(call: Call) -> Response:
    """`test_report`: every suite with every test."""
    suites = [
        {
            "name": name,
            **_counts(cases),
            "suite_error": error,
            "test_cases": [_case_json(case) for case in cases],
        }
        for name, _, cases, error in _suites(call)
    ]
    return json_answer({**_total(suites), "test_suites": suites})


def show_summary(call: Call) -> Response:
    """`test_report_summary`: every suite with its numbers."""
    suites = [
        {
            "name": name,
            **_counts(cases),
            "build_ids": [job.id for job in jobs],
            "suite_error": error,
        }
        for name, jobs, cases, error in _suites(call)
    ]
    total = {
        key.removeprefix("total_").removesuffix("_count"): value
        for key, value in _total(suites).items()
    }
    return json_answer({"total": {**total, "suite_error": None}, "test_suites": suites})


def _suites(call: Call) -> list[tuple[str, list[JobRow], tuple[Case, ...], str | None]]:
    """The jobs with JUnit reports, those of one group together, as on GitLab."""
    store, found = call.gitlab.store, dict[str, tuple[list[JobRow], list[Case], list[str]]]()
    for job in newest_attempts(store.jobs_of(find_pipeline(call).id)):
        kept = store.artifacts_of(job.id)
        if kept is None or "junit" not in kept.sidecar.reports:
            continue
        jobs, cases, wrong = found.setdefault(group_name(job.name), ([], [], []))
        read, faults = read_cases(kept.report("junit"))
        jobs.append(job)
        cases += read or ()
        wrong += faults
    return [
        (name, jobs, tuple(cases), next(iter(wrong), None))
        for name, (jobs, cases, wrong) in found.items()
    ]


def group_name(job: str) -> str:
    """A job's name without what tells it from the others of its parallel group."""
    return re.sub(r"(: \[.*\]|(:| )\d+[\s:/\\]+\d+)$", "", job)


def _counts(cases: tuple[Case, ...]) -> dict[str, Any]:
    numbers = {key: sum(case.status == status for case in cases) for key, status in _COUNTED}
    return {
        "total_time": round(sum(case.seconds for case in cases), 6),
        "total_count": len(cases),
        **numbers,
    }


def _total(suites: list[dict[str, Any]]) -> dict[str, Any]:
    keys = ("total_time", "total_count", *(key for key, _ in _COUNTED))
    return {key: sum(suite[key] for suite in suites) for key in keys}


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "status": case.status,
        "name": case.name,
        "classname": case.classname,
        "file": case.file,
        "execution_time": case.seconds,
        "system_output": case.output,
        "stack_trace": None,
        "recent_failures": None,
        "attachment_url": None,
    }
