"""The results of `registry.py` as Markdown: the figures, the goals, and the growth."""

import json
import sys
from pathlib import Path
from typing import Any

from cells import met, table

SERVERS = ("gluv", "pypiserver", "devpi-server", "nginx")


def render_tables(results: dict[str, Any]) -> str:
    """All tables."""
    return "\n\n".join((_figures(results), _goals(results), _growth(results)))


def _figures(results: dict[str, Any]) -> str:
    rows = []
    for scene, found in results["scenes"].items():
        if scene == "memory":
            continue
        rows.append([scene, *(_said(found[name]) if name in found else "-" for name in SERVERS)])
    memory = results["scenes"]["memory"]
    rows.append(
        [
            "memory at most, MiB",
            *(
                f"{memory[name]['bytes'] / 2**20:.0f}" if name in memory else "-"
                for name in SERVERS
            ),
        ]
    )
    said = (
        "Requests a second / median ms / 99th percentile ms, or seconds of the whole command:\n\n"
    )
    return said + table(["work", *SERVERS], rows)


def _said(one: dict[str, float]) -> str:
    if "seconds" in one:
        return f"{one['seconds']:.2f} s"
    rate = f"{one['rate']:,.0f}" if one["rate"] >= 100 else f"{one['rate']:.1f}"
    return f"{rate} / {one['p50'] * 1000:,.2f} / {one['p99'] * 1000:,.2f}"


def speed(one: dict[str, float]) -> float:
    """Works a second."""
    return one["rate"] if "rate" in one else 1 / one["seconds"]


def _goals(results: dict[str, Any]) -> str:
    rows = []
    for scene, found in results["scenes"].items():
        if scene == "memory":
            continue
        for rival in ("pypiserver", "devpi-server"):
            if rival not in found:
                continue
            least = 5.0 if rival == "devpi-server" and scene.startswith("page") else 1.0
            times = speed(found["gluv"]) / speed(found[rival])
            goal = f"{scene}: {f'{least:g} times' if least > 1 else 'faster than'} {rival}"
            rows.append([goal, f"{times:.1f} times", met(times >= least)])
        if scene.startswith("file") and "nginx" in found:
            times = speed(found["gluv"]) / speed(found["nginx"])
            rows.append([f"{scene}: 0.8 of nginx", f"{times:.2f}", met(times >= 0.8)])
    alone = results["scenes"]["upload, 1 client"]
    share = alone["flushes alone"]["p50"] / alone["gluv"]["p50"]
    goal = "an upload is bound by its flushes: at least half of its time"
    rows.append([goal, f"{share:.0%}", met(share >= 0.5)])
    sizes = sorted(map(int, results["growth"]))
    if len(sizes) > 1:
        first, last = (
            results["growth"][str(size)]["gluv"]["p50"] for size in (sizes[0], sizes[-1])
        )
        goal = f"a page among {sizes[-1]:,} files costs what it does among {sizes[0]:,}"
        rows.append([goal, f"{last / first:.2f} times", met(last / first <= 1.25)])
    return "Goals:\n\n" + table(["goal", "found", "met"], rows)


def _growth(results: dict[str, Any]) -> str:
    rows = []
    for size, found in results["growth"].items():
        row = [f"{int(size):,}"]
        for name in SERVERS:
            one = found.get(name)
            row.append(f"{_said(one)} / {one['bytes'] / 2**20:.0f}" if one else "not filled")
        rows.append(row)
    said = "A page of 20 files among others (requests a second / median / 99th / MiB):\n\n"
    return said + table(["files in all", *SERVERS], rows)


if __name__ == "__main__":
    print(render_tables(json.loads(Path(sys.argv[1]).read_text())))
