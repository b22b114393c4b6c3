"""The table of faults in docs/release.md is what happens."""

from pathlib import Path

import pytest

from tests.release.faults import FAULTS, TOOLS, FaultCase, Tool, cell, documented, play


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_the_docs_say_what_is_left(case: FaultCase, tool: Tool, tmp_path: Path) -> None:
    (line,) = [line for line in documented().splitlines() if f"**{case.name}**" in line]
    _, what, guide, gluv, _ = (part.strip() for part in line.split("|"))
    assert what == f"**{case.name}**: {case.what}"
    lefts = play(case, tool, tmp_path)
    assert cell(lefts) == (guide if tool == "guide" else gluv)
    if tool == "gluv" and case.name != "tag mismatch":
        assert str(lefts[1]) == "green: 2 of 2 wheels, release with 2 of 2 links"
