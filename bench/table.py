"""The results of `language.py` as Markdown: the figures, and the goals."""

import json
import sys
from pathlib import Path
from typing import Any

LIST = "gitlab-ci-local --list"


def render_tables(results: dict[str, Any]) -> str:
    """Three tables: inside one process, whole commands, goals."""
    rival = results["gitlab-ci-local"]
    programs = [
        f"{results['gluv']} on Python {results['python']}",
        *([f"gitlab-ci-local {rival} on Node {results['node']}"] if rival else []),
    ]
    head = f"{' and '.join(programs)}; {results['system']}."
    parts = [head, _inside(results), _commands(results), _goals(results)]
    return "\n\n".join(part for part in parts if part)


def _inside(results: dict[str, Any]) -> str:
    rows = [
        [
            f"{size['jobs']:,}",
            f"{size['lines']:,}",
            *(f"{_ms(size[stage]['cpu'])}" for stage in ("parse", "load", "plan")),
            f"{(size['load']['cpu'] + size['plan']['cpu']) / size['jobs'] * 1e6:,.0f}",
            f"{size['peak_kib'] / 1024:.0f}",
        ]
        for size in results["sizes"]
    ]
    head = ["jobs", "lines", "parse", "load", "plan", "load + plan, µs a job", "peak MiB"]
    return "In one process, ms of processor time (`load` contains `parse`):\n\n" + _table(
        head, rows
    )


def _commands(results: dict[str, Any]) -> str:
    rows = []
    for size in results["sizes"]:
        own = size["commands"]["gluv plan"]
        row = [f"{size['jobs']:,}", _both(own), f"{own['peak_kib'] / 1024:.0f}"]
        for name, other in size["commands"].items():
            if name != "gluv plan":
                row += [_both(other), f"{other['peak_kib'] / 1024:.0f}", _ratio(other, own)]
        rows.append(row)
    head = ["jobs", "`gluv plan`", "MiB"]
    for name in results["sizes"][0]["commands"]:
        if name != "gluv plan":
            head += [f"`{name}`", "MiB", "times gluv's"]
    text = "Whole commands, ms on the clock / of processor; times likewise:\n\n"
    return text + _table(head, rows)


def _goals(results: dict[str, Any]) -> str:
    by_jobs = {size["jobs"]: size for size in results["sizes"]}
    rows: list[list[str]] = []

    def goal(text: str, found: float, limit: float, *, most: bool, unit: str) -> None:
        met = found <= limit if most else found >= limit
        rows.append([text, f"{found:,.{0 if unit == 'ms' else 1}f} {unit}", "yes" if met else "NO"])

    for jobs, times in ((1, 3.0), (1000, 5.0)):
        commands = by_jobs.get(jobs, {}).get("commands", {})
        if LIST in commands:
            for kind, word in (("wall", "on the clock"), ("cpu", "of processor")):
                found = commands[LIST][kind] / commands["gluv plan"][kind]
                what = f"`gluv plan` of {jobs:,} job{'s' * (jobs > 1)}"
                text = f"{what} {times:g} times faster than `--list`, {word}"
                goal(text, found, times, most=False, unit="times")
    if 2000 in by_jobs:
        size = by_jobs[2000]
        goal(
            "YAML reader, 2,000 jobs: 150 ms", size["parse"]["cpu"] * 1e3, 150, most=True, unit="ms"
        )
        both = (size["load"]["cpu"] + size["plan"]["cpu"]) * 1e3
        goal("load and plan 2,000 jobs: 1,000 ms", both, 1000, most=True, unit="ms")
    if 1000 in by_jobs and 10_000 in by_jobs:
        cost = {
            jobs: sum(by_jobs[jobs][stage]["cpu"] for stage in ("load", "plan"))
            for jobs in (1000, 10_000)
        }
        text = "10,000 jobs cost at most 12 times what 1,000 do (linear)"
        goal(text, cost[10_000] / cost[1000], 12, most=True, unit="times")
    if 20 in by_jobs:
        own = by_jobs[20]["commands"]["gluv plan"]["cpu"] * 1e3
        goal("`gluv plan` of 20 jobs: 150 ms", own, 150, most=True, unit="ms")
    version = results["gluv --version"]["cpu"] * 1e3
    goal("`gluv --version`: 40 ms", version, 40, most=True, unit="ms")
    return "Goals (milliseconds are of processor):\n\n" + _table(["goal", "found", "met"], rows)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.1f}" if seconds < 0.0095 else f"{seconds * 1e3:,.0f}"


def _both(run: dict[str, float]) -> str:
    if run["stopped"]:
        return f"stopped after {run['wall']:,.0f} s"
    once = " (one run)" if run["runs"] == 1 else ""
    return f"{run['wall'] * 1e3:,.0f} / {run['cpu'] * 1e3:,.0f}{once}"


def _ratio(other: dict[str, float], own: dict[str, float]) -> str:
    more = "over " if other["stopped"] else ""
    return f"{more}{other['wall'] / own['wall']:.1f} / {other['cpu'] / own['cpu']:.1f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    ruler = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ruler, *rows))


if __name__ == "__main__":
    print(render_tables(json.loads(Path(sys.argv[1]).read_text())))
