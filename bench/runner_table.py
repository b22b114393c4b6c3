"""The results of `runner.py` as Markdown: the figures, and the goals."""

import json
import sys
from pathlib import Path
from typing import Any

from cells import met, table

GOALS: dict[str, float] = {
    "1 no-op job": 4,
    "100 no-op jobs": 8,
    "300 no-op jobs": 8,
    "10 jobs, 2,000 files": 15,
    "10 jobs, 2,000 files, first run": 15,
    "warm cache, 200 MB": 10,
    "artifacts, 200 MB": 5,
    "200,000 log lines": 4,
}
"""How many times faster than gitlab-ci-local with isolation."""


def render_tables(results: dict[str, Any]) -> str:
    """The figures, the goals, and the growth."""
    return "\n\n".join(part for part in (_figures(results), _goals(results), _growth(results)))


START, END = "<!-- figures of bench/runner.py -->", "<!-- end of the figures -->"


def write_into(page: Path, results: dict[str, Any]) -> None:
    """Put the figures between their marks in a page of the docs."""
    before, _, rest = page.read_text().partition(f"{START}\n")
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{page}: no {START} ... {END}")
    made = f"{START}\n\n{_circumstances(results)}\n\n{render_tables(results)}\n\n{END}"
    page.write_text(f"{before}{made}{after}")


def _circumstances(results: dict[str, Any]) -> str:
    loads = results["load"]
    rival = (
        f"gitlab-ci-local {results['gitlab-ci-local']} on Node {results['node']}; "
        if results["node"]
        else ""
    )
    return (
        f"{results['gluv']} on Python {results['python']}, {rival}{results['system']}, "
        f"{results['disk']}; {results['at']}. The load was {min(loads)} to {max(loads)}: with more "
        "than one, compare processor time and ratios, not the clock."
    )


def _figures(results: dict[str, Any]) -> str:
    rows = []
    for name, found in results["scenes"].items():
        gluv, rival = found["gluv"], found.get("gitlab-ci-local")
        ratio = "-"
        if rival:
            ratio = f"{rival['wall'] / gluv['wall']:.1f} / {rival['cpu'] / gluv['cpu']:.1f}"
        rows.append(
            [
                name,
                _both(gluv),
                _both(rival) if rival else "-",
                ratio,
                _both(found["floor"]),
                f"{gluv['peak_kib'] / 1024:.0f}",
            ]
        )
    head = ["work", "gluv", "gitlab-ci-local", "times gluv's", "floor", "MiB"]
    said = "Milliseconds on the clock / of processor, and gluv's memory:\n\n"
    return said + table(head, rows)


def _goals(results: dict[str, Any]) -> str:
    rows = []
    for name, found in results["scenes"].items():
        gluv, rival, floor = found["gluv"], found.get("gitlab-ci-local"), found["floor"]
        if name in GOALS and rival:
            for word, key in (("on the clock", "wall"), ("of processor", "cpu")):
                times = rival[key] / gluv[key]
                goal = f"{name}: {GOALS[name]:g} times faster than gitlab-ci-local, {word}"
                rows.append([goal, f"{times:.1f} times", met(times >= GOALS[name])])
        if name == "1 no-op job":
            wall = gluv["wall"] * 1000
            rows.append([f"{name}: under 130 ms", f"{wall:,.0f} ms", met(wall < 130)])
        elif name.endswith("no-op jobs"):
            each = (gluv["wall"] - floor["wall"]) / int(name.split()[0]) * 1000
            goal = f"{name}: at most 3 ms a job over `bash -c`"
            rows.append([goal, f"{each:.1f} ms", met(each <= 3)])
        elif name in ("warm cache, 200 MB", "artifacts, 200 MB"):
            times = gluv["wall"] / floor["wall"]
            goal = f"{name}: at most twice `cp -al`"
            rows.append([goal, f"{times:.1f} times", met(times <= 2)])
        elif name == "needs graph":
            times = gluv["wall"] / floor["wall"]
            rows.append([f"{name}: 1.05 of its longest way", f"{times:.2f}", met(times <= 1.05)])
    growth = {int(jobs): found for jobs, found in results["growth"].items()}
    if {100, 3_000} <= growth.keys():
        times = growth[3_000]["cpu"] / growth[100]["cpu"]
        goal = "3,000 jobs cost at most 33 times the processor of 100 (linear)"
        rows.append([goal, f"{times:.1f} times", met(times <= 33)])
    return "Goals:\n\n" + table(["goal", "found", "met"], rows)


def _growth(results: dict[str, Any]) -> str:
    rows = [
        [
            f"{int(jobs):,}",
            _both(found),
            f"{found['cpu'] / int(jobs) * 1000:.1f}",
            f"{found['peak_kib'] / 1024:.0f}",
        ]
        for jobs, found in results["growth"].items()
    ]
    head = ["no-op jobs", "gluv", "ms of processor a job", "MiB"]
    return "Growth:\n\n" + table(head, rows)


def _both(found: dict[str, float]) -> str:
    note = " (stopped)" if found["stopped"] else ""
    return f"{found['wall'] * 1000:,.0f} / {found['cpu'] * 1000:,.0f}{note}"


if __name__ == "__main__":
    print(render_tables(json.loads(Path(sys.argv[1]).read_text())))
