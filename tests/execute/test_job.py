"""The release step, after_script, limits, hooks and the log of a job."""

import sys
from pathlib import Path

import pytest

from gluv.config.keywords.release import Release
from gluv.execute.durations import read_duration, show_duration
from gluv.execute.events import Difference, JobSection
from tests.execute.conftest import Sandbox, job

RELEASE = Release(tag_name="$CI_COMMIT_TAG", description="$CI_PROJECT_NAME $CI_COMMIT_TAG")


def fake_glab(sandbox: Sandbox, ending: str = "exit 0") -> Path:
    """A glab on the caller's PATH that writes down its arguments."""
    place = sandbox.builds.parent / "callers-bin"
    place.mkdir()
    record = place / "record"
    (place / "glab").write_text(f'#!/bin/sh\necho "$@" >> {record}\n{ending}\n')
    (place / "glab").chmod(0o755)
    sandbox.environ["PATH"] = f"{place}:{sandbox.environ['PATH']}"
    return record


def test_the_release_comes_between_script_and_after_script(sandbox: Sandbox) -> None:
    record = fake_glab(sandbox)
    sandbox.git("tag", "v1.0.0")
    after = ('echo "$CI_JOB_STATUS"', 'glab again; cat "$HOME/.config/glab-cli/config.yml"')
    ran = sandbox.run(job("r", "export LOST=1", release=RELEASE, after_script=after), tag="v1.0.0")
    assert ran.statuses == {"r": "success"}
    sections = [event.section for event in ran.of(JobSection)]
    assert sections[3:6] == ["step_script", "step_release", "after_script"]
    calls = record.read_text().splitlines()
    assert calls[0].startswith("release create -R grp/demo v1.0.0 ")
    assert "demo v1.0.0 --ref" in calls[0]
    assert calls[1] == "again"
    assert "        job_token: [MASKED]" in ran.printed("r", "after_script")
    assert any("uv images contain no glab" in event.what for event in ran.of(Difference))


def test_a_failed_script_makes_no_release(sandbox: Sandbox) -> None:
    record = fake_glab(sandbox)
    ran = sandbox.run(job("r", "false", release=RELEASE, after_script=("echo $CI_JOB_STATUS",)))
    assert ran.printed("r", "after_script") == ["Running after script...", "failed"]
    assert not record.exists()


def test_a_failed_release_fails_the_job(sandbox: Sandbox) -> None:
    fake_glab(sandbox, "exit 1")
    ran = sandbox.run(job("r", "true", release=RELEASE))
    assert (ran.finished["r"].status, ran.finished["r"].exit_code) == ("failed", 1)


def test_without_glab_on_path_gluv_provides_one(sandbox: Sandbox) -> None:
    sandbox.environ["PATH"] = "/usr/bin:/bin"
    ran = sandbox.run(job("r", "glab version", 'head -2 "$(command -v glab)"'))
    assert ran.printed("r")[-1] == f"exec '{sys.executable}' -I -m gluv.release.glab \"$@\""
    assert sandbox.run(job("plain", "g=gla; ! command -v ${g}b")).statuses == {"plain": "success"}


def test_a_failed_after_script_is_a_warning_and_a_note(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("r", "true", after_script=("echo fine", "sh -c 'exit 2'", "echo no")))
    done = ran.finished["r"]
    assert done.status == "success"
    assert done.notes == (
        "it is green, as on GitLab, but its after_script failed: sh -c 'exit 2' exited 2",
    )
    loop = "for i in 1 2; do\n  printf 'error: \\033[31mno %s\\033[0m\\n' $i && false\ndone"
    ran = sandbox.run(job("r", "true", after_script=("echo fine", loop)))
    assert ran.finished["r"].notes == (
        "it is green, as on GitLab, but its after_script failed: "
        "for i in 1 2; do ... exited 1 (error: no 1)",
    )
    ran = sandbox.run(job("r", "true", after_script=("sh -c 'exit 2'",)))
    warning = "WARNING: after_script failed, but job will continue unaffected: exit code 2"
    assert warning in ran.lines("r")
    strict = {"AFTER_SCRIPT_IGNORE_ERRORS": "false"}
    failed = sandbox.run(job("r", "true", after_script=("exit 2",), variables=strict))
    assert failed.finished["r"].exit_code == 2


def test_after_script_is_its_own_shell_with_the_same_files(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job(
            "j",
            "A=1; export B=1; cd /; touch $CI_PROJECT_DIR/f ~/h",
            "exit 1",
            after_script=('echo "$A$B$CI_JOB_STATUS"', "ls f ~/h | wc -l", "pwd"),
        )
    )
    said = ran.printed("j", "after_script")
    assert said[1] == "failed"
    assert said[2].strip() == "2"
    assert said[3].endswith("/grp/demo")
    assert ran.finished["j"].notes == ()


def test_the_timeout_ends_a_job_without_after_script(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("j", "echo before", "sleep 1000", timeout_seconds=1, after_script=("echo after",))
    )
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "job_execution_timeout")
    assert done.last_lines[-1] == "ERROR: Job failed: execution took longer than 1s seconds"
    assert "after" not in ran.lines("j")


def test_limits_of_script_and_after_script(sandbox: Sandbox) -> None:
    limits = {"RUNNER_SCRIPT_TIMEOUT": "200ms", "RUNNER_AFTER_SCRIPT_TIMEOUT": "200ms"}
    ran = sandbox.run(
        job("j", "sleep 1000", after_script=("echo here", "sleep 1000"), variables=limits)
    )
    done = ran.finished["j"]
    assert done.reason == "job_execution_timeout"
    assert "here" in ran.printed("j", "after_script")


def test_a_hook_that_fails_says_why(sandbox: Sandbox) -> None:
    hooks = {"pre_get_sources_script": ("echo no such mirror", "false")}
    ran = sandbox.run(job("j", "true", hooks=hooks), job("k", "false"))
    assert "no such mirror" in ran.finished["j"].last_lines
    assert not any("Fetching changes" in line for line in ran.finished["k"].last_lines)


def test_the_hook_runs_before_the_sources(sandbox: Sandbox) -> None:
    hooks = {"pre_get_sources_script": ("ls -A", "echo hook > hooked")}
    ran = sandbox.run(job("j", "cat hooked tracked.txt", hooks=hooks))
    assert ran.printed("j") == ["hook", "tracked"]


def test_a_job_that_prints_too_much_does_no_harm(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("lines", "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done"),
        job("line", "head -c 300000 /dev/zero | tr '\\0' x; echo; echo end"),
        job("all", "seq 200000"),
        log_limit=100_000,
    )
    assert set(ran.statuses.values()) == {"success"}
    assert ran.printed("lines") == [f"line {n}" for n in range(3000)]
    assert "Job's log exceeded limit of 100000 bytes." in ran.lines("line")
    assert len(ran.log("all").encode()) < 100_300
    assert ran.printed("all")[:3] == ["1", "2", "3"]


def test_odd_bytes_are_kept_harmless(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "printf 'a\\000b\\377\\n'", "printf '1%%\\r100%%\\n'", "printf end"))
    assert ran.printed("j")[:2] == ["a\ufffdb\ufffd", "100%"]
    assert ran.printed("j")[2:] == ["end"]
    assert "1%\r100%\n" in ran.log("j")


def test_closing_stdout_and_reading_stdin(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "read line || echo empty", "exec >&- 2>&-; (exit 6)"))
    assert ran.finished["j"].exit_code == 6
    assert "empty" in ran.printed("j")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300),
        ("1h30m", 5400),
        ("1.5s", 1.5),
        ("200ms", 0.2),
        ("", None),
        ("5", None),
        ("x", None),
    ],
)
def test_go_durations(text: str, seconds: float | None) -> None:
    assert read_duration(text) == seconds


def test_durations_as_go_shows_them() -> None:
    assert [show_duration(n) for n in (3600, 90, 5)] == ["1h0m0s", "1m30s", "5s"]
