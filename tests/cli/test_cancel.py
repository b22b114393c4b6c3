"""Ctrl-C, as the terminal sends it: to the whole program."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from gluv.__main__ import main
from gluv.store.store import Store
from tests.cli.conftest import Gluv, Repo
from tests.cli.test_shell import Terminal
from tests.execute.test_watchdog import until

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


def finish(program: "subprocess.Popen[str]") -> str:
    """What it prints until it ends, a minute at most.

    With a limit `communicate` would not see what came along with the lines that were read before.
    """
    limit = threading.Timer(60, program.kill)
    limit.start()
    try:
        assert program.stdout is not None
        with program.stdout as output:
            said = output.read()
        program.wait()
        return said
    finally:
        limit.cancel()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_ends_all_at_once(
    repo: Repo, user_cache: Path, number: signal.Signals
) -> None:
    repo.commit({".gitlab-ci.yml": SLEEPER + "    - sleep 1000\n"})
    program = start(repo, user_cache)
    program.send_signal(number)
    assert program.stdout is not None
    assert any("after canceled" in line for line in iter(program.stdout.readline, ""))
    program.send_signal(number)
    out = finish(program)
    assert program.returncode == 130, out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_run_runs_after_script_keeps_its_log_and_exits_130(
    repo: Repo, user_cache: Path, gluv: Gluv, number: signal.Signals
) -> None:
    repo.commit({".gitlab-ci.yml": SLEEPER})
    program = start(repo, user_cache)
    program.send_signal(number)
    out = finish(program)
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
    out = finish(program)
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
@pytest.mark.parametrize("words", [("cache", "clear"), ("clean", "--caches")])
def test_clearing_the_caches_removes_what_is_kept(
    repo: Repo, tmp_path: Path, gluv: Gluv, monkeypatch: pytest.MonkeyPatch, words: tuple[str, str]
) -> None:
    repo.commit({".gitlab-ci.yml": "job: {script: [echo]}\n"})
    monkeypatch.setenv("GLUV_CACHE_DIR", str(tmp_path / "cache"))
    assert gluv("run", "-C", repo.root).code == 0
    assert len(list((tmp_path / "cache" / "kept").iterdir())) == 1
    assert gluv(*words, "-C", repo.root).code == 0
    assert list((tmp_path / "cache" / "kept").iterdir()) == []


def ended(repo: Repo) -> str:
    """How the last run ended, by the history."""
    with Store.open(repo.root / ".gluv") as store:
        row = store.last_pipeline()
        return "" if row is None else row.status


def test_a_reader_that_leaves_cancels_the_run_in_good_order(
    repo: Repo, user_cache: Path, gluv: Gluv
) -> None:
    """`gluv run | head`."""
    talker = SLEEPER.replace("sleep 1000", "while :; do echo more; sleep 0.05; done")
    repo.commit({".gitlab-ci.yml": talker})
    program = start(repo, user_cache)
    assert program.stdout is not None
    program.stdout.close()
    assert program.wait(60) == 130
    assert ended(repo) == "canceled"
    assert "after canceled" in gluv("logs", "-C", repo.root, "job").out


def test_a_reader_that_leaves_at_the_end_changes_no_exit_code(repo: Repo, user_cache: Path) -> None:
    repo.commit({".gitlab-ci.yml": "job: {script: [echo up, exit 3]}\n"})
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m gluv run | grep -q -m1 'job failed'"],
        cwd=repo.root,
        env={**os.environ, "GLUV_CACHE_DIR": str(user_cache)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, "")


def test_a_closed_terminal_cancels_the_run_in_good_order(
    repo: Repo, user_cache: Path, gluv: Gluv
) -> None:
    repo.commit({".gitlab-ci.yml": SLEEPER.replace("echo up", "echo up > up; echo up")})
    terminal = Terminal(repo, user_cache, "run")
    try:
        terminal.until("script")
        builds = user_cache / "builds"
        assert until(lambda: any(builds.glob("*/job/**/up")))
        os.close(terminal.handle)
        terminal.handle = os.open(os.devnull, os.O_RDONLY)
        assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == 130
    finally:
        terminal.close()
    assert ended(repo) == "canceled"
    assert "after canceled" in gluv("logs", "-C", repo.root, "job").out


def test_a_run_that_was_told_to_ignore_a_hangup_goes_on(
    repo: Repo, user_cache: Path, tmp_path: Path
) -> None:
    """`nohup gluv run`."""
    go = tmp_path / "go"
    text = SLEEPER.replace("sleep 1000", f"until test -e {go}; do sleep 0.05; done")
    repo.commit({".gitlab-ci.yml": text})
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        program = start(repo, user_cache)
    finally:
        signal.signal(signal.SIGHUP, before)
    program.send_signal(signal.SIGHUP)
    go.touch()
    out = finish(program)
    assert program.returncode == 0, out


def test_a_script_that_kills_gluv_cancels_the_run(repo: Repo, user_cache: Path, gluv: Gluv) -> None:
    repo.commit({".gitlab-ci.yml": SLEEPER.replace("sleep 1000", "kill $PPID; sleep 1000")})
    program = start(repo, user_cache)
    out = finish(program)
    assert program.returncode == 130, out
    assert "after canceled" in out
