"""The results of `language.py` as a picture: time over jobs, both scales logarithmic."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 760, 460
LEFT, RIGHT, TOP, BOTTOM = 80, 210, 50, 60
COLOURS = {
    "gluv plan": "#6b46c1",
    "load + plan, in process": "#3182ce",
    "gitlab-ci-local --list": "#dd6b20",
    "gitlab-ci-local --list-json": "#a0aec0",
}


def series_of(results: dict[str, Any]) -> dict[str, list[tuple[float, float]]]:
    """Jobs and seconds of each line."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for size in results["sizes"]:
        inside = size["load"]["cpu"] + size["plan"]["cpu"]
        lines.setdefault("load + plan, in process", []).append((size["jobs"], inside))
        for name, run in size["commands"].items():
            if not run["stopped"]:
                lines.setdefault(name, []).append((size["jobs"], run["cpu"]))
    return lines


def draw(results: dict[str, Any]) -> str:
    """The picture as SVG."""
    lines = series_of(results)
    points = [point for line in lines.values() for point in line]
    x = _scale([p[0] for p in points], LEFT, WIDTH - RIGHT)
    y = _scale([p[1] for p in points], HEIGHT - BOTTOM, TOP)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="26" font-size="15">Processor time of a pipeline, by its jobs</text>',
    ]
    for jobs in _powers([p[0] for p in points]):
        body.append(_line(x(jobs), TOP, x(jobs), HEIGHT - BOTTOM))
        body.append(_text(x(jobs), HEIGHT - BOTTOM + 20, f"{jobs:,.0f}", "middle"))
    for seconds in _powers([p[1] for p in points]):
        body.append(_line(LEFT, y(seconds), WIDTH - RIGHT, y(seconds)))
        body.append(_text(LEFT - 8, y(seconds) + 4, _duration(seconds), "end"))
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, "jobs", "middle"))
    taken: list[float] = []
    for name, line in sorted(lines.items(), key=lambda item: item[1][-1][1]):
        colour = COLOURS[name]
        path = " ".join(f"{x(jobs):.1f},{y(seconds):.1f}" for jobs, seconds in line)
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        body += [
            f'<circle cx="{x(jobs):.1f}" cy="{y(seconds):.1f}" r="3" fill="{colour}"/>'
            for jobs, seconds in line
        ]
        place = y(line[-1][1]) + 4
        while any(abs(place - other) < 15 for other in taken):
            place -= 15
        taken.append(place)
        body.append(_text(x(line[-1][0]) + 10, place, name, "start", colour))
    return "\n".join([*body, "</svg>"]) + "\n"


def _scale(values: list[float], start: float, end: float) -> Callable[[float], float]:
    low, high = math.log10(min(values)), math.log10(max(values))
    room = max(high - low, 1e-9)
    return lambda value: start + (math.log10(value) - low) / room * (end - start)


def _powers(values: list[float]) -> list[float]:
    low, high = math.ceil(math.log10(min(values))), math.floor(math.log10(max(values)))
    return [10.0**power for power in range(low, high + 1)]


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1e3:g} ms"


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f},{y1:.1f} L{x2:.1f},{y2:.1f}" stroke="#e2e8f0"/>'


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#2d3748") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(draw(json.loads(Path(sys.argv[1]).read_text())))
