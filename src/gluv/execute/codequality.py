"""`artifacts:reports:codequality`: how many findings of which severity."""

from pathlib import Path

import msgspec

from gluv.store.report_files import check_size, report_files

SEVERITIES = ("blocker", "critical", "major", "minor", "info")
"""Those of the Code Climate format, worst first; GitLab takes anything else as unknown."""


class _Finding(msgspec.Struct, frozen=True):
    description: str = ""
    severity: str = "unknown"


def read_codequality(directory: Path) -> tuple[dict[str, int] | None, tuple[str, ...]]:
    """Findings by severity, worst first, of all reports; None without any report.

    And what is wrong with those that are no list of findings.
    """
    counts: dict[str, int] | None = None
    wrong: list[str] = []
    for name, path in report_files(directory):
        try:
            check_size(path)
            findings = msgspec.json.decode(path.read_bytes(), type=list[_Finding])
        except (msgspec.MsgspecError, ValueError, OSError) as error:
            wrong.append(f"the code quality report is not readable: {name}: {error}")
            continue
        counts = counts or {}
        for finding in findings:
            severity = finding.severity if finding.severity in SEVERITIES else "unknown"
            counts[severity] = counts.get(severity, 0) + 1
    if counts is None:
        return None, tuple(wrong)
    order = (*SEVERITIES, "unknown")
    return {each: counts[each] for each in order if each in counts}, tuple(wrong)
