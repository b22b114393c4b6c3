"""The results of `registry.py` as a picture: works a second, the scale logarithmic."""

import json
import math
import sys
from pathlib import Path
from typing import Any

WIDTH, LEFT, RIGHT, TOP, BAR = 760, 180, 110, 60, 14
COLOURS = {
    "gluv": "#6b46c1",
    "pypiserver": "#dd6b20",
    "devpi-server": "#3182ce",
    "nginx": "#a0aec0",
}


def draw(results: dict[str, Any]) -> str:
    """The picture as SVG."""
    scenes = {
        name: {server: _rate(one) for server, one in found.items() if server in COLOURS}
        for name, found in results["scenes"].items()
        if name != "memory"
    }
    rates = [rate for found in scenes.values() for rate in found.values()]
    low, high = math.log10(min(rates) / 2), math.log10(max(rates))
    height = TOP + sum(len(found) for found in scenes.values()) * BAR + len(scenes) * 12 + 20
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="20" y="24" font-size="15">Works a second, logarithmic: longer is faster</text>',
    ]
    for place, (name, colour) in enumerate(COLOURS.items()):
        x = LEFT + place * 130
        body.append(f'<rect x="{x}" y="34" width="10" height="10" fill="{colour}"/>')
        body.append(f'<text x="{x + 15}" y="43">{name}</text>')
    y = TOP
    for name, found in scenes.items():
        body.append(f'<text x="{LEFT - 8}" y="{y + 11}" text-anchor="end">{name}</text>')
        for server in COLOURS:
            if server not in found:
                continue
            share = (math.log10(found[server]) - low) / (high - low)
            width = max(1.0, share * (WIDTH - LEFT - RIGHT))
            body.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}"'
                f' fill="{COLOURS[server]}"/>'
            )
            said = f"{found[server]:,.0f}" if found[server] >= 10 else f"{found[server]:.2f}"
            body.append(
                f'<text x="{LEFT + width + 5:.1f}" y="{y + 10}" font-size="11">{said}</text>'
            )
            y += BAR
        y += 12
    return "\n".join([*body, "</svg>"]) + "\n"


def _rate(one: dict[str, float]) -> float:
    return one["rate"] if "rate" in one else 1 / one["seconds"]


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(draw(json.loads(Path(sys.argv[1]).read_text())))
