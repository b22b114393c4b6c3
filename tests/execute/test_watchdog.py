"""gluv is killed with `kill -9`: nothing that its jobs started stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gluv.host.watchdog import Watchdog
from gluv.host.workspace_slot import hold_slot
from gluv.store.store import Store
from tests.cli.conftest import Repo
from tests.execute.engines import IMAGE, needs_engine
from tests.execute.test_cancel import alive

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell")


def until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    root = tmp_path / "project"
    root.mkdir()
    repo = Repo(root)
    repo.git("init", "--quiet", "--initial-branch=main")
    return repo


@pytest.fixture
def start(repo: Repo, tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts `gluv run` and reads what it prints up to a line that ends so."""
    started: list[subprocess.Popen[str]] = []

    def start(last: str, *options: str, **environ: str) -> "subprocess.Popen[str]":
        program = subprocess.Popen(
            [sys.executable, "-m", "gluv", "run", *options],
            cwd=repo.root,
            env={
                **os.environ,
                "GLUV_CACHE_DIR": str(tmp_path / "cache"),
                "UV_PYTHON_DOWNLOADS": "never",
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(program)
        assert program.stdout is not None
        said = ""
        for line in program.stdout:
            said += line
            if line.rstrip().endswith(last):
                return program
        raise AssertionError(said)

    yield start
    for program in started:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


DAEMONS = """\
job:
  script:
    - sleep 1001 & echo $! >> {pids}
    - setsid sleep 1002 & echo $! >> {pids}
    - (setsid env -i /bin/sh -c 'echo $$ >> {pids}; cd /; exec sleep 1003' > /dev/null 2>&1 &)
    - until [ $(wc -l < {pids}) = 3 ]; do sleep 0.01; done
    - echo up
    - sleep 1004
"""


def test_no_process_outlives_a_killed_gluv(
    repo: Repo, tmp_path: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    pids = tmp_path / "pids"
    repo.commit({".gitlab-ci.yml": DAEMONS.format(pids=pids)})
    program = start("| up")
    running = [int(line) for line in pids.read_text().split()]
    assert all(map(alive, running))
    program.send_signal(signal.SIGKILL)
    assert until(lambda: not any(map(alive, running))), running
    with Store.open(repo.root / ".gluv") as store:
        (row,) = store.jobs_of(1)
        assert (row.status, row.reason) == ("failed", "runner_system_failure")


def test_a_daemon_without_environment_session_and_parent_ends_with_its_job(
    repo: Repo, tmp_path: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    pids = tmp_path / "pids"
    text = DAEMONS.format(pids=pids).replace("    - sleep 1004\n", "")
    waits = "next:\n  stage: deploy\n  script: [echo next, sleep 1005]\n"
    repo.commit({".gitlab-ci.yml": text + waits})
    start("| next")
    assert not any(alive(int(line)) for line in pids.read_text().split())


def test_the_watchdog_does_nothing_after_a_good_end(tmp_path: Path) -> None:
    with hold_slot(tmp_path / "b", tmp_path) as slot:
        bystander = subprocess.Popen(["sleep", "1000"], env={"HOME": f"{slot}/j/home"})
        try:
            watchdog = Watchdog(slot, dict(os.environ))
            assert watchdog.mark() != watchdog.mark()
            watchdog.close()
            watchdog.close()
            assert bystander.poll() is None
        finally:
            bystander.kill()
            bystander.wait()


def environ_of(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def test_no_process_of_the_watchdog_stays_after_a_good_end(
    repo: Repo, tmp_path: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    repo.commit({".gitlab-ci.yml": "job: {script: [echo up]}\n"})
    program = start("| up")
    assert program.stdout is not None
    program.stdout.read()
    assert program.wait(60) == 0
    cache = f"GLUV_CACHE_DIR={tmp_path}/".encode()
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if cache in environ_of(pid)]


def test_the_next_run_ends_what_a_watchdog_could_not(tmp_path: Path) -> None:
    """The marks of a directory are the same in every run that holds it."""
    from gluv.host.processes_marks import job_marks, put_mark

    builds = tmp_path / "b"
    with hold_slot(builds, tmp_path) as slot:
        mark = next(job_marks(slot))
    orphan = subprocess.Popen(["sleep", "1000"], env={})
    try:
        put_mark(orphan.pid, mark)
        slot.mkdir()
        with hold_slot(builds, tmp_path):
            assert orphan.wait(timeout=30) == -signal.SIGKILL
    finally:
        orphan.kill()
        orphan.wait()


SLOW = """\
#!/bin/sh
PATH={path}
case "$*" in */proc/*) touch {seen}; sleep 1 ;; esac
exec grep "$@"
"""


def test_a_run_begins_where_a_killed_one_was_once_its_watchdog_is_done(
    repo: Repo, tmp_path: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """What the watchdog looks for, the next run in that directory has too."""
    seen, tools = tmp_path / "seen", tmp_path / "tools"
    tools.mkdir()
    (tools / "grep").write_text(SLOW.format(path=os.environ["PATH"], seen=seen))
    (tools / "grep").chmod(0o755)
    script = 'script: [pwd, echo up, sleep "$FOR"]'
    repo.commit({".gitlab-ci.yml": f"job:\n  variables: {{FOR: 1000}}\n  {script}\n"})
    program = start("| up", PATH=f"{tools}:{os.environ['PATH']}")
    slots = set((tmp_path / "cache" / "builds").iterdir())
    program.send_signal(signal.SIGKILL)
    assert until(seen.exists)
    program = start("| up", "--var", "FOR=2")
    assert set((tmp_path / "cache" / "builds").iterdir()) == slots
    assert program.stdout is not None
    said = program.stdout.read()
    assert program.wait(60) == 0, said


@pytest.mark.engine
def test_no_container_outlives_a_killed_gluv(
    repo: Repo, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    engine = needs_engine("podman")
    service = f"{{name: {IMAGE}, command: [sleep, '1000']}}"
    job = f"{{image: {IMAGE}, services: [{service}], script: [echo up, sleep 1000]}}"
    repo.commit({".gitlab-ci.yml": f"job: {job}\n"})
    program = start("| up", "--executor", "podman", **engine.environ)
    mine = ("--filter", "label=gluv.slot", "--format", "{{.Labels}}")
    cache = str(repo.root.parent / "cache")
    assert cache in engine.call("ps", "-a", *mine).stdout
    networks = ("network", "ls", *mine)
    assert cache in engine.call(*networks).stdout
    program.send_signal(signal.SIGKILL)
    assert until(lambda: cache not in engine.call("ps", "-a", *mine).stdout)
    assert until(lambda: cache not in engine.call(*networks).stdout)


def test_the_death_of_one_run_does_not_disturb_another_in_the_same_repository(
    repo: Repo, tmp_path: Path, start: Callable[..., "subprocess.Popen[str]"]
) -> None:
    pids, go = tmp_path / "pids", tmp_path / "go"
    daemon = "(setsid env -i /bin/sh -c 'exec sleep 1003' > /dev/null 2>&1 &)"
    script = [daemon, f"echo $$ >> {pids}", "echo up", f"until test -e {go}; do sleep 0.05; done"]
    cache = "cache: {key: k, paths: [made]}"
    lines = "\n".join(f"    - {line}" for line in (*script, "echo x > made"))
    repo.commit({".gitlab-ci.yml": f"job:\n  {cache}\n  script:\n{lines}\n"})
    victim = start("| up")
    other = start("| up")
    first, second = map(int, pids.read_text().split())
    victim.send_signal(signal.SIGKILL)
    assert until(lambda: not alive(first))
    assert alive(second)
    go.touch()
    assert other.stdout is not None
    said = other.stdout.read()
    assert other.wait(60) == 0, said
    with Store.open(repo.root / ".gluv") as store:
        assert [row.status for row in store.pipelines()] == ["success", "failed"]
