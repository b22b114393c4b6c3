"""Whether a program that has ended left anything behind, told only where it is certain."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gluv.host.processes import Ended, StopSignal, run_session
from gluv.host.processes_orphans import adopt_orphans, end_strangers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")


@pytest.fixture(autouse=True)
def adopting() -> Iterator[None]:
    adopt_orphans()
    yield
    adopt_orphans(adopt=False)


def run(tmp_path: Path, script: str, home: str = "one", *, deadline: float | None = None) -> Ended:
    place = tmp_path / home
    place.mkdir(exist_ok=True)
    null = os.open(os.devnull, os.O_RDONLY)
    try:
        return run_session(
            ["sh", "-c", script],
            cwd=tmp_path,
            env={"PATH": os.defpath, "HOME": f"{place}/home"},
            stdin=null,
            output=lambda chunk: None,
            stop=StopSignal(),
            deadline=deadline,
            owned=str(place),
        )
    finally:
        os.close(null)


@pytest.mark.parametrize(
    "script",
    [
        "true",
        "exit 3",
        "sleep 1000 &",
        "setsid sleep 1000 &",
        "(setsid sleep 1000 > /dev/null 2>&1 &) &",
        "env -i sleep 1000 &",
    ],
)
def test_what_is_ended_with_it_leaves_it_alone(tmp_path: Path, script: str) -> None:
    assert run(tmp_path, script).alone


def test_an_end_that_a_tracer_hears_of_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has ended, and its parent cannot wait for it yet."""

    class Traced(subprocess.Popen[bytes]):
        refused = 0

        def poll(self) -> int | None:
            if self.returncode is None and self.refused < 3:
                self.refused += 1
                return None
            return super().poll()

    def spawn(
        args: list[str], *, cwd: Path, env: dict[str, str], stdin: int, output: int
    ) -> Traced:
        return Traced(args, cwd=cwd, env=env, stdin=stdin, stdout=output, start_new_session=True)

    monkeypatch.setattr("gluv.host.processes.spawn", spawn)
    script = "exec > /dev/null 2>&1; sleep 0.2; exit 3"
    ended = run(tmp_path, script, deadline=time.monotonic() + 2)
    assert (ended.code, ended.stopped) == (3, "")


def test_a_daemon_that_nothing_ties_to_its_job_is_known_to_be_there(tmp_path: Path) -> None:
    """It has a session of its own and an empty environment: it may be anybody's."""
    script = (
        f"env -i setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep 1000' > /dev/null 2>&1 &\n"
        f"until test -s {tmp_path}/pid; do :; done"
    )
    ended = run(tmp_path, script)
    pid = int((tmp_path / "pid").read_text())
    try:
        assert not ended.alone
        assert not run(tmp_path, "true", home="two").alone
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert run(tmp_path, "true").alone


def test_a_daemon_of_another_job_of_the_run_is_nobodys_concern(tmp_path: Path) -> None:
    held = f"env -i HOME={tmp_path}/two/home setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep 99'"
    script = f"{held} > /dev/null 2>&1 &\nuntil test -s {tmp_path}/pid; do :; done"
    assert run(tmp_path, script).alone
    end_strangers(str(tmp_path / "two"))
    os.waitpid(int((tmp_path / "pid").read_text()), 0)


def test_children_from_before_are_not_a_jobs(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "1000"], env={}, start_new_session=True) as other:
        try:
            adopt_orphans()
            assert run(tmp_path, "true").alone
            assert other.poll() is None
        finally:
            other.kill()
