"""`artifacts:reports:coverage_report`: the share of lines that Cobertura or JaCoCo saw covered."""

from pathlib import Path
from typing import TYPE_CHECKING

from gluv.store.report_files import check_size, report_files

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_coverage_report(directory: Path, kind: str) -> tuple[float | None, tuple[str, ...]]:
    """Percent of the lines of all reports below a directory, None if they tell of none.

    `kind` is `cobertura` or `jacoco`. And what is wrong with those that cannot be read.
    """
    # Loaded for the jobs that have a report.
    import xml.etree.ElementTree as ET

    covered = total = 0
    wrong: list[str] = []
    for name, path in report_files(directory):
        try:
            check_size(path)
            root = ET.parse(path).getroot()
            hit, all_ = _cobertura(root) if kind == "cobertura" else _jacoco(root)
        except (ET.ParseError, ValueError, OSError) as error:
            wrong.append(f"the coverage report is not readable: {name}: {error}")
            continue
        covered += hit
        total += all_
    return (100.0 * covered / total if total else None), tuple(wrong)


def _cobertura(root: "Element") -> tuple[int, int]:
    # A line stands below its class, and below its method once more.
    lines = [line for every in root.iter("class") for line in every.iterfind("lines/line")]
    return sum(int(line.get("hits") or 0) > 0 for line in lines), len(lines)


def _jacoco(root: "Element") -> tuple[int, int]:
    for counter in root.iterfind("counter"):
        if counter.get("type") == "LINE":
            hit = int(counter.get("covered") or 0)
            return hit, hit + int(counter.get("missed") or 0)
    return 0, 0
