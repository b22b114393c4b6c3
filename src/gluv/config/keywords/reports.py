"""`artifacts:reports`."""

from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_filled_text,
    read_map,
    read_text_or_texts,
    ruby_text,
    words,
)
from gluv.text.nodes import Node, ScalarNode


class CoverageReport(msgspec.Struct, frozen=True, kw_only=True):
    """`artifacts:reports:coverage_report`."""

    coverage_format: str
    path: str


REPORT_KINDS: Final = (
    "accessibility",
    "annotations",
    "api_fuzzing",
    "browser_performance",
    "cluster_image_scanning",
    "codequality",
    "container_scanning",
    "coverage_fuzzing",
    "coverage_report",
    "cyclonedx",
    "dast",
    "dependency_scanning",
    "dotenv",
    "junit",
    "license_scanning",
    "load_performance",
    "lsif",
    "metrics",
    "performance",
    "repository_xray",
    "requirements",
    "requirements_v2",
    "sarif",
    "sast",
    "scip",
    "secret_detection",
    "terraform",
)
"""Every kind the server takes, those of paid tiers included."""

COVERAGE_FORMATS: Final = ("cobertura", "jacoco")


def read_reports(
    node: Node, at: str, problems: Problems
) -> tuple[dict[str, tuple[str, ...]], CoverageReport | None]:
    """Kinds with their paths, and the coverage report apart."""
    reports: dict[str, tuple[str, ...]] = {}
    coverage: CoverageReport | None = None
    fields = read_map(node, f"{at} config", problems, REPORT_KINDS)
    if fields is None:
        return reports, coverage
    for kind, value in fields:
        if absent(value) or kind not in REPORT_KINDS:
            continue
        if kind == "coverage_report":
            coverage = _read_coverage_report(value, f"{at}:coverage_report", problems)
            continue
        paths = read_text_or_texts(value, f"{at} {words(kind)}", problems)
        if paths is not None:
            reports[kind] = paths
    return reports, coverage


def _read_coverage_report(node: Node, at: str, problems: Problems) -> CoverageReport | None:
    report = read_map(node, f"{at} config", problems, ("coverage_format", "path"))
    if report is None:
        return None
    form = report.get("coverage_format")
    known = isinstance(form, ScalarNode) and form.value in COVERAGE_FORMATS
    if not known:
        problems.refuse(
            "unknown-value",
            f"{at} coverage format must be one of supported formats: "
            f"{', '.join(COVERAGE_FORMATS)}.",
            form or report,
        )
    path = read_filled_text(report.get("path"), f"{at} path", report, problems)
    if not known or path is None or not isinstance(form, ScalarNode):
        return None
    return CoverageReport(coverage_format=ruby_text(form.value), path=path)
