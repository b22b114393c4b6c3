"""The results of `runner.py` as a picture: a bar for each program, the scale logarithmic."""

import math
from typing import Any

WIDTH, LEFT, RIGHT, TOP, BAR = 760, 180, 90, 60, 14
COLOURS = {"gluv": "#6b46c1", "gitlab-ci-local": "#dd6b20", "floor": "#a0aec0"}


def draw(results: dict[str, Any]) -> str:
    """The picture as SVG."""
    scenes: dict[str, dict[str, dict[str, float]]] = results["scenes"]
    times = [one["wall"] for found in scenes.values() for one in found.values()]
    low, high = math.log10(min(times) / 2), math.log10(max(times))
    rows = sum(len(found) for found in scenes.values())
    height = TOP + rows * BAR + len(scenes) * 12 + 20
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="20" y="24" font-size="15">Time of a run on the clock, logarithmic</text>',
    ]
    for place, (name, colour) in enumerate(COLOURS.items()):
        x = LEFT + place * 130
        body.append(f'<rect x="{x}" y="34" width="10" height="10" fill="{colour}"/>')
        body.append(f'<text x="{x + 15}" y="43">{name}</text>')
    y = TOP
    for name, found in scenes.items():
        body.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{name}</text>')
        for program, one in found.items():
            share = (math.log10(one["wall"]) - low) / (high - low)
            width = max(1.0, share * (WIDTH - LEFT - RIGHT))
            body.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}"'
                f' fill="{COLOURS[program]}"/>'
            )
            said = f"{one['wall'] * 1000:,.0f} ms"
            body.append(
                f'<text x="{LEFT + width + 5:.1f}" y="{y + 10}" font-size="11">{said}</text>'
            )
            y += BAR
        y += 12
    return "\n".join([*body, "</svg>"]) + "\n"
