"""Every folder here is a behaviour of GitLab: a `.gitlab-ci.yml` and what it makes of it."""

from pathlib import Path

import pytest

from gluv.expect.case import case_surroundings
from gluv.expect.compare import compare
from gluv.expect.read import read_expectations
from gluv.expect.scene import plan_scene
from gluv.host.cases import EXPECT, read_case
from gluv.report.expectations import render_outcome
from gluv.text.source import read_source

ROOT = Path(__file__).parent
CASES = sorted(path.parent for path in ROOT.glob(f"*/{EXPECT}"))


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder: Path) -> None:
    path = folder / EXPECT
    read = read_expectations(read_source(f"{folder.name}/{EXPECT}", path.read_bytes()))
    assert read.problems == ()
    case = read_case(folder)
    surroundings = case_surroundings(case.files, case.projects)
    outcomes = [compare(each, plan_scene(each.scene, surroundings)) for each in read.expectations]
    failed = [render_outcome(outcome) for outcome in outcomes if not outcome.holds]
    assert not failed, "\n".join(failed)


def test_every_folder_is_a_case() -> None:
    folders = [path for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert sorted(folders) == CASES
    assert all((folder / ".gitlab-ci.yml").is_file() for folder in folders)


def test_there_are_enough() -> None:
    assert len(CASES) >= 250
