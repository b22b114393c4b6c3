"""Ctrl-C, as the terminal sends it: to the whole program."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from gluv.__main__ import main
from tests.cli.conftest import Gluv, Repo

SLEEPER = """\
job:
  script:
    - echo up
    - sleep 1000
  after_script:
    - echo "after $CI_JOB_STATUS"
"""


def start(repo: Repo, cache: Path) -> "subprocess.Popen[str]":
    """`gluv run` in a session of its own, up to the line that says the script runs."""
    program = subprocess.Popen(
        [sys.executable, "-m", "gluv", "run"],
        cwd=repo.root,
        env={**os.environ, "GLUV_CACHE_DIR": str(cache), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    for line in program.stdout:
        if line.rstrip().endswith("| up"):
            return program
    raise AssertionError("the job never came up")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_run_runs_after_script_keeps_its_log_and_exits_130(
    repo: Repo, user_cache: Path, gluv: Gluv, number: signal.Signals
) -> None:
    repo.commit({".gitlab-ci.yml": SLEEPER})
    program = start(repo, user_cache)
    program.send_signal(number)
    out, _ = program.communicate(timeout=60)
    assert program.returncode == 130, out
    assert "after canceled" in out
    assert "was cancelled" in out
    assert "Traceback" not in out
    assert "after canceled" in gluv("logs", "-C", repo.root, "job").out
    assert not [path for path in (user_cache / "builds").iterdir() if path.is_dir()]


def test_ctrl_c_before_the_command_line_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "gluv.cli.main", Interrupted("gluv.cli.main"))
    monkeypatch.setattr(sys, "argv", ["gluv", "plan"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "gluv: cancelled\n"


def test_the_second_ctrl_c_ends_it_at_once(repo: Repo, user_cache: Path) -> None:
    patient = SLEEPER.replace('echo "after $CI_JOB_STATUS"', "echo going\n    - sleep 1000")
    repo.commit({".gitlab-ci.yml": patient})
    program = start(repo, user_cache)
    program.send_signal(signal.SIGINT)
    assert program.stdout is not None
    for line in program.stdout:
        if line.rstrip().endswith("| going"):
            break
    program.send_signal(signal.SIGINT)
    out, _ = program.communicate(timeout=60)
    assert program.returncode == 130, out
    assert "Traceback" not in out


KILLED = """\
job:
  cache: {key: k, paths: [cached]}
  artifacts: {paths: [made]}
  script:
    - cat file.txt; ls -A | tr '\\n' ' '; cat cached 2> /dev/null || true
    - echo in the middle > file.txt; echo half > cached; echo half > made
    - test -n "$QUICK" || { echo $$; echo up; sleep 1000; }
    - echo whole > file.txt; echo whole > cached; echo whole > made
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the files of jobs")
def test_after_a_kill_in_the_middle_a_run_is_like_any_other(
    repo: Repo, user_cache: Path, gluv: Gluv
) -> None:
    repo.commit({".gitlab-ci.yml": KILLED, "file.txt": "as it was\n"})

    def run() -> list[str]:
        ran = gluv("run", "-C", repo.root, "--var", "QUICK=1")
        assert ran.code == 0, ran.out
        lines = [line.partition("| ")[2] for line in ran.out.splitlines()]
        start = lines.index("as it was")
        return lines[start : start + 3]

    run()
    before = run()
    kept = {path for path in (user_cache / "kept").iterdir() if path.name.startswith("project")}
    for _ in range(2):
        program = start(repo, user_cache)
        program.kill()
        program.communicate()
        assert run() == before
    assert "whole" in before[1]
    slots = {path for path in (user_cache / "builds").iterdir() if path.is_dir()}
    assert not slots
    now = {path for path in (user_cache / "kept").iterdir() if path.name.startswith("project")}
    assert now == kept


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the files of jobs")
def test_two_runs_of_one_repository_at_once_end_well(
    repo: Repo, user_cache: Path, gluv: Gluv
) -> None:
    repo.commit({".gitlab-ci.yml": KILLED, "file.txt": "as it was\n"})
    assert gluv("run", "-C", repo.root, "--var", "QUICK=1").code == 0
    program = start(repo, user_cache)
    try:
        second = gluv("run", "-C", repo.root, "--var", "QUICK=1")
        assert second.code == 0, second.out
        assert "| as it was" in second.out
    finally:
        program.send_signal(signal.SIGINT)
        program.communicate()
    third = gluv("run", "-C", repo.root, "--var", "QUICK=1")
    assert "| as it was" in third.out


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the files of jobs")
def test_clearing_the_caches_removes_what_is_kept(
    repo: Repo, tmp_path: Path, gluv: Gluv, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": "job: {script: [echo]}\n"})
    monkeypatch.setenv("GLUV_CACHE_DIR", str(tmp_path / "cache"))
    assert gluv("run", "-C", repo.root).code == 0
    assert len(list((tmp_path / "cache" / "kept").iterdir())) == 1
    assert gluv("cache", "clear", "-C", repo.root).code == 0
    assert list((tmp_path / "cache" / "kept").iterdir()) == []
