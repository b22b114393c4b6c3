"""Make `src/gluv/toolchain/data/uv_tags.json` from a list of the tags each uv release published.

    python tools/make_catalogue.py TAGS.json

TAGS.json holds `versions` (uv releases) and `ranges` (`from`, `date`, `tags`: suffix to base).
The result turns it round: per suffix the base images and the releases they were published for.
"""

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src/gluv/toolchain/data/uv_tags.json"


def turn(source: dict[str, Any]) -> dict[str, Any]:
    """`{suffix: [[base, first uv, first uv without it or null], ...]}` and the ranges' dates."""
    ranges = source["ranges"]
    suffixes: dict[str, list[list[str | None]]] = {}
    for entry in ranges:
        for suffix, base in entry["tags"].items():
            periods = suffixes.setdefault(suffix, [])
            if periods and periods[-1][0] == base and periods[-1][2] is None:
                continue
            periods.append([base, entry["from"], None])
        for suffix, periods in suffixes.items():
            base = entry["tags"].get(suffix)
            for period in periods:
                if period[2] is None and period[0] != base:
                    period[2] = entry["from"]
    newest = max(source["versions"], key=lambda text: [int(part) for part in text.split(".")])
    return {
        "newest": newest,
        "dates": {entry["from"]: entry["date"] for entry in ranges},
        "suffixes": dict(sorted(suffixes.items())),
    }


def main() -> None:
    """Write the catalogue, one suffix a line."""
    made = turn(json.loads(Path(sys.argv[1]).read_text()))
    lines = ",\n".join(
        f"  {json.dumps(suffix)}: {json.dumps(periods, separators=(',', ':'))}"
        for suffix, periods in made["suffixes"].items()
    )
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(
        f'{{\n "newest": {json.dumps(made["newest"])},\n "dates": {json.dumps(made["dates"])},\n'
        f' "suffixes": {{\n{lines}\n }}\n}}\n'
    )


if __name__ == "__main__":
    main()
