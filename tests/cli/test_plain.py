"""The short way of the command line means what the long way means, and reads what is there now."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gluv.cli.group import call
from gluv.cli.main import is_plain
from gluv.cli.plain import call_plain
from tests.cli.conftest import Gluv, Repo

PIPELINE = """\
one: {script: [echo 1]}
two: {script: [echo 2]}
"""


@pytest.mark.parametrize(
    "arguments", [["run"], ["run", "one"], ["run", "t*", "one"], ["plan"], ["plan", "one", "two"]]
)
def test_both_ways_ask_for_the_same(
    arguments: list[str], repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    monkeypatch.chdir(repo.root)
    asked: list[Any] = []

    def run_project(project: Any, options: Any) -> int:
        asked.append((project.where, options))
        project.checkout.reading.close()
        return 7

    def plan_project(where: Any, jobs: Any, *, reading: Any = None, **more: bool) -> int:
        if reading is not None:
            reading.close()
        asked.append((where, jobs, {name: value for name, value in more.items() if value}))
        return 7

    for module in ("run_command", "run"):
        monkeypatch.setattr(f"gluv.cli.{module}.run_project", run_project)
    for module in ("plan_command", "plan"):
        monkeypatch.setattr(f"gluv.cli.{module}.plan_project", plan_project)
    assert is_plain(arguments, {})
    assert call_plain(arguments) == 7
    assert call(arguments, os.environ) == 7
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    "arguments", [[], ["run", "-n"], ["run", "--help"], ["run", "--"], ["lint"], ["plan", "--json"]]
)
def test_anything_else_is_for_click(arguments: list[str]) -> None:
    assert not is_plain(arguments, {})


def test_completion_is_for_click() -> None:
    assert not is_plain(["run"], {"_GLUV_COMPLETE": "bash_complete"})


def test_a_file_that_changed_is_read_again_whatever_its_time(gluv: Gluv, repo: Repo) -> None:
    """Size and time stay, and a memory of the old text is there."""
    pipeline = PIPELINE + "three: {script: [x], rules: [{if: $MODE == 'a'}]}\n"
    settings = "[tool.gluv.variables]\nMODE = 'a'\n"
    repo.commit({".gitlab-ci.yml": pipeline, "pyproject.toml": settings})
    (repo.root / ".gluv").mkdir()

    def jobs() -> list[str]:
        plan = json.loads(gluv("plan", "-C", repo.root, "--json").out)
        return [job["name"] for job in plan["jobs"]]

    assert jobs() == jobs() == ["one", "two", "three"]
    assert len(list((repo.root / ".gluv" / "read").iterdir())) == 2
    _edit(repo.root / ".gitlab-ci.yml", "two", "owt")
    assert jobs() == jobs() == ["one", "owt", "three"]
    _edit(repo.root / "pyproject.toml", "'a'", "'b'")
    assert jobs() == jobs() == ["one", "owt"]


def _edit(path: Path, old: str, new: str) -> None:
    times = path.stat()
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_what_is_wrong_is_told_each_time(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "one: [\n"})
    (repo.root / ".gluv").mkdir()
    first, second = (gluv("plan", "-C", repo.root) for _ in range(2))
    assert first.code == second.code == 2
    assert first.err == second.err
    assert ".gitlab-ci.yml:" in first.err
