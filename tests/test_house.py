"""The house keeps its own rules where no linter looks."""

import re
from pathlib import Path

SOURCES = sorted((Path(__file__).parent.parent / "src").rglob("*.py"))
MOST_LINES = 400
DRAWERS = {"utils", "helpers", "common", "manager", "misc"}


def test_no_file_is_longer_than_one_idea() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_there_is_no_drawer_for_everything() -> None:
    assert [path for path in SOURCES if path.stem in DRAWERS or path.parent.name in DRAWERS] == []


def test_every_room_is_on_the_map() -> None:
    root = Path(__file__).parent.parent
    rooms = {path.name for path in (root / "src/gluv").iterdir() if (path / "__init__.py").exists()}
    on_the_map = set(re.findall(r"^\| `(\w+)`", (root / "docs/architecture.md").read_text(), re.M))
    assert rooms <= on_the_map
