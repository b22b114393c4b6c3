"""Ctrl-C once and twice, daemons, and what a dead gluv leaves."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gluv.config.keywords.auto_cancel import AutoCancel
from gluv.errors import NetworkUnavailable, StoreUnavailable
from gluv.execute.events import AnyEvent, JobFinished, JobOutput
from gluv.host.processes import StopSignal, run_session
from gluv.host.workspace_slot import hold_slot
from gluv.plan.model import Plan, PlannedCache, PlannedJob
from tests.execute.conftest import FakeToolchain, Sandbox, job


def at(sandbox: Sandbox, line: str, *levels: int) -> Callable[[AnyEvent], None]:
    """Raise the stop signal when a job prints a line."""
    left = list(levels)

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and line in event.lines and left:
            sandbox.cancel.raise_to(left.pop(0))  # type: ignore[arg-type]

    return watch


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"


def test_ctrl_c_once_runs_after_script_and_saves(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job(
            "j",
            "touch saved",
            "echo up",
            "sleep 1000",
            "echo never",
            after_script=('echo "status $CI_JOB_STATUS"',),
            cache=(PlannedCache(key="k", paths=("saved",), when="always"),),
        ),
        job("next", "true", stage="later"),
        watch=at(sandbox, "up", 1),
    )
    assert ran.statuses == {"j": "canceled", "next": "canceled"}
    assert ran.printed("j", "after_script") == ["Running after script...", "status canceled"]
    assert "ERROR: Job failed: canceled" in ran.lines("j")
    assert (ran.end.status, ran.end.exit_code) == ("canceled", 130)
    assert (sandbox.store.directory / "cache" / "k" / "current").exists()
    assert "status canceled" in ran.log("j")
    assert not [path for path in sandbox.builds.iterdir() if path.is_dir()]


def test_a_script_may_end_itself_on_term(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("j", "trap 'echo bye; exit 0' TERM", "echo up; while :; do sleep 0.01; done"),
        watch=at(sandbox, "up", 1),
    )
    assert "bye" in ran.printed("j")
    assert ran.statuses == {"j": "canceled"}


def test_a_script_that_ignores_term_is_killed(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("j", "trap '' TERM", "echo up; while :; do :; done"),
        watch=at(sandbox, "up", 1),
        grace=0.1,
    )
    assert ran.statuses == {"j": "canceled"}


def test_ctrl_c_twice_ends_at_once(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("j", "trap '' TERM", "echo up; while :; do :; done", after_script=("echo after",)),
        watch=at(sandbox, "up", 2),
        grace=1000.0,
    )
    assert ran.statuses == {"j": "canceled"}
    assert "after" not in ran.lines("j")


def test_the_second_ctrl_c_ends_after_script_too(sandbox: Sandbox) -> None:
    first, second = at(sandbox, "up", 1), at(sandbox, "after", 2)

    def watch(event: AnyEvent) -> None:
        first(event)
        second(event)

    ran = sandbox.run(
        job("j", "echo up", "sleep 1000", after_script=("echo after", "sleep 1000")), watch=watch
    )
    assert ran.statuses == {"j": "canceled"}


DAEMON = "setsid sleep 1000 & echo up"
"""Out of reach of a signal to the script's own, with its output in its hands."""


@pytest.mark.parametrize("level", [1, 2])
def test_a_daemon_that_holds_the_output_does_not_hold_a_canceled_job(
    sandbox: Sandbox, level: int
) -> None:
    ran = sandbox.run(job("j", DAEMON, "sleep 1000"), watch=at(sandbox, "up", level), grace=0.1)
    assert ran.statuses == {"j": "canceled"}


def test_a_daemon_that_holds_the_output_does_not_hold_a_job_whose_time_is_over(
    sandbox: Sandbox,
) -> None:
    ran = sandbox.run(job("j", DAEMON, "sleep 1000", timeout_seconds=1), grace=0.1)
    assert ran.finished["j"].reason == "job_execution_timeout"


def test_a_daemon_that_holds_the_output_does_not_hold_after_script(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job(
            "j",
            "true",
            after_script=(DAEMON, "sleep 1000"),
            variables={"RUNNER_AFTER_SCRIPT_TIMEOUT": "300ms"},
        ),
        grace=0.1,
    )
    assert ran.statuses == {"j": "success"}
    assert "up" in ran.printed("j", "after_script")


def test_a_daemon_that_holds_the_output_does_not_hold_a_job_that_another_ends(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sandbox.plan

    def plan(*jobs: PlannedJob, **more: Any) -> Plan:
        plain = made(*jobs, **more)
        assert plain.pipeline is not None
        ending = msgspec.structs.replace(
            plain.pipeline, auto_cancel=AutoCancel(on_job_failure="all")
        )
        return msgspec.structs.replace(plain, pipeline=ending)

    monkeypatch.setattr(sandbox, "plan", plan)
    up = sandbox.builds.parent / "up"
    ran = sandbox.run(
        job("held", f"touch {up}", DAEMON, "sleep 1000"),
        job("fails", f"until test -e {up}; do :; done", "false"),
        jobs=2,
        grace=0.1,
    )
    assert ran.statuses == {"held": "canceled", "fails": "failed"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")
@pytest.mark.parametrize(
    "start",
    [
        "sleep 1000 & echo $! > pid",
        "setsid sleep 1000 & echo $! > pid",
        "(setsid sh -c 'echo $$ > pid; exec sleep 1000' > /dev/null 2>&1 &)\n"
        "until test -s pid; do :; done",
        "set -m; sleep 1000 & echo $! > pid",
        "set -m; env -i sleep 1000 & echo $! > pid",
    ],
)
def test_no_daemon_survives_its_job(sandbox: Sandbox, start: str) -> None:
    ran = sandbox.run(job("j", start, "echo pid $(cat pid)"))
    assert ran.statuses == {"j": "success"}
    pid = next(int(line.split()[1]) for line in ran.printed("j") if line.startswith("pid "))
    assert not alive(pid)


def test_a_script_may_kill_its_own_shell(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "kill -9 $$"))
    assert (ran.finished["j"].status, ran.finished["j"].exit_code) == ("failed", 137)


def test_parallel_jobs_do_not_end_each_others_processes(sandbox: Sandbox, tmp_path: Path) -> None:
    gone = tmp_path / "gone"

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobFinished) and event.job == "short":
            gone.touch()

    ran = sandbox.run(
        job(
            "long",
            "setsid sleep 1000 & P=$!",
            f"until test -e {gone}; do :; done",
            "kill -0 $P",
            timeout_seconds=60,
        ),
        job("short", "sleep 1000 & true"),
        jobs=2,
        watch=watch,
    )
    assert ran.statuses == {"long": "success", "short": "success"}


def test_what_a_dead_run_left_is_removed_by_the_next(sandbox: Sandbox) -> None:
    first = sandbox.run(job("j", "pwd")).printed("j")[0]
    slot = sandbox.builds / Path(first).relative_to(sandbox.builds).parts[0]
    (slot / "j").mkdir(parents=True)
    orphan = subprocess.Popen(["sleep", "1000"], env={"HOME": f"{slot}/j/home"})
    try:
        sandbox.run(job("other", "true"))
        assert not slot.exists()
        if sys.platform == "linux":
            assert orphan.wait(timeout=30) == -signal.SIGKILL
    finally:
        orphan.kill()
        orphan.wait()


def test_two_runs_do_not_share_a_slot(tmp_path: Path) -> None:
    with hold_slot(tmp_path / "b", tmp_path) as one, hold_slot(tmp_path / "b", tmp_path) as two:
        assert one != two
        (one / "file").touch()
        with hold_slot(tmp_path / "b", tmp_path) as three:
            assert three not in (one, two)
        assert (one / "file").exists()
    with hold_slot(tmp_path / "b", tmp_path) as again:
        assert again == one
        assert not list(again.iterdir())
    assert not list((tmp_path / "b").iterdir())


def test_a_slot_that_cannot_be_emptied_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of a container's root, for example: its engine has to remove them."""
    with hold_slot(tmp_path / "b", tmp_path) as first:
        pass
    first.mkdir()
    (first / "closed").write_text("")

    def resist(path: Path) -> None:
        if path == first:
            raise PermissionError(errno.EACCES, "Permission denied", "closed")

    monkeypatch.setattr("gluv.host.workspace_slot.remove_tree", resist)
    with hold_slot(tmp_path / "b", tmp_path) as second:
        assert second != first
        assert second.is_dir()
    assert (first / "closed").exists()


def test_locks_of_what_no_run_holds_do_not_stay(tmp_path: Path) -> None:
    builds = tmp_path / "b"
    builds.mkdir()
    (builds / "gone-12345678-0.lock").touch()
    with hold_slot(builds, tmp_path) as one:
        assert [path.name for path in builds.glob("*.lock")] == [f"{one.name}.lock"]


def test_a_stranger_that_holds_the_output_does_not_hold_the_job(tmp_path: Path) -> None:
    """A process outside of the session keeps the pipe open; the job ends all the same."""
    ready, go = os.pipe()
    lines: list[bytes] = []
    null = os.open(os.devnull, os.O_RDONLY)
    script = "import os, sys; os.write(1, b'out'); sys.exit(4)"
    ended = run_session(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={},
        stdin=null,
        output=lines.append,
        stop=StopSignal(),
    )
    for handle in (ready, go, null):
        os.close(handle)
    assert (ended.code, ended.stopped, b"".join(lines)) == (4, "", b"out")


def test_locks_are_not_inherited_by_jobs(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "ls -l /proc/self/fd 2>/dev/null | grep -c '\\.lock' || true"))
    assert ran.printed("j") in (["0"], [])
    for lock in sandbox.builds.glob("*.lock"):
        handle = os.open(lock, os.O_RDWR)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)


def test_a_download_cut_off_by_ctrl_c_is_a_cancel(sandbox: Sandbox) -> None:
    """The signal also reaches the programs that fetch a toolchain; their failure is no reason."""

    def provide(image: str | None, job: PlannedJob) -> FakeToolchain:
        sandbox.cancel.raise_to(1)
        raise NetworkUnavailable("interrupted")

    ran = sandbox.run(job("j", "true"), toolchains=provide)
    assert ran.statuses == {"j": "canceled"}


def test_a_full_disk_fails_the_job_and_is_said(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gluv.host.laid.copy_entry", full)
    ran = sandbox.run(job("j", "true"))
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "runner_system_failure")
    assert "No space left on device" in done.last_lines[-1]


def test_a_work_tree_that_cannot_be_copied_stops_the_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gluv.host.workspace_tree.copy_entry", full)
    with pytest.raises(StoreUnavailable, match="No space left on device"):
        sandbox.run(job("j", "true"))
    assert not [path for path in sandbox.builds.iterdir() if path.is_dir()]
