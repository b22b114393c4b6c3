"""Jobs that print very much: nothing is lost or reordered, and nothing grows without bound."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execute.conftest import Sandbox, job

LIMIT = "Job's log exceeded limit of 4194304 bytes."
MEBIBYTE = 1024 * 1024

MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=sys.stderr)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a program from a small one: Linux counts the memory of whoever starts a program as the
program's, and a process that has run other tests has much."""


def test_two_hundred_thousand_lines_arrive_in_order(sandbox: Sandbox) -> None:
    count = 200_000
    ran = sandbox.run(job("j", f"seq {count}"))
    assert ran.statuses == {"j": "success"}
    expected = [str(number) for number in range(1, count + 1)]
    assert ran.printed("j") == expected
    stored = ran.log("j").splitlines()
    start = stored.index("1")
    assert stored[start : start + count] == expected


def test_two_jobs_that_print_at_the_same_time_keep_their_own_lines(sandbox: Sandbox) -> None:
    names, count = ("a", "b"), 30_000
    ran = sandbox.run(*(job(name, f"seq -f '{name} %.0f' {count}") for name in names), jobs=2)
    for name in names:
        assert ran.printed(name) == [f"{name} {number}" for number in range(1, count + 1)]


@pytest.mark.parametrize(
    "fill",
    [r"tr '\0' x", r"head -c 5000000 | sed 's/\x00/\xc3\xa9/g'", "cat", r"tr '\0' '\377'"],
    ids=["letters", "wide letters", "NUL", "broken UTF-8"],
)
def test_a_line_of_fifty_megabytes_is_cut_at_the_limit(sandbox: Sandbox, fill: str) -> None:
    ran = sandbox.run(
        job(
            "j", f"set +o pipefail; head -c 52428800 /dev/zero | {fill}", "echo behind it", "exit 5"
        )
    )
    assert (ran.finished["j"].exit_code, ran.finished["j"].reason) == (5, "script_failure")
    lines = ran.lines("j")
    assert LIMIT in lines
    assert lines[-1] == "Job execution will continue but no more output will be collected."
    assert "behind it" not in lines
    assert len(ran.log("j").encode()) < 4.1 * MEBIBYTE


def test_the_memory_does_not_grow_with_the_line(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    script = "head -c 209715200 /dev/zero | tr '\\\\0' x"
    (project / ".gitlab-ci.yml").write_text(
        f'first: {{script: ["true"]}}\njob: {{script: ["{script}"]}}\n'
    )
    for command in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *command], cwd=project, check=True)
    gluv = [sys.executable, "-m", "gluv", "run"]
    env = {**os.environ, "GLUV_CACHE_DIR": str(tmp_path / "cache")}
    # What provides the tools the first time is counted with gluv, and is none of this.
    subprocess.run([*gluv, "first"], cwd=project, env=env, check=True, capture_output=True)
    with open(tmp_path / "out", "wb") as out:
        asked = [sys.executable, "-c", MEASURE, *gluv, "job"]
        done = subprocess.run(asked, cwd=project, env=env, stdout=subprocess.PIPE, stderr=out)
    code, peak = map(int, done.stdout.split())
    assert code == 0, (tmp_path / "out").read_bytes()[-2000:]
    unit = 1024 if sys.platform == "linux" else 1
    assert peak * unit < 100 * MEBIBYTE
