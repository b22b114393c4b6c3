"""What holds for every executor, on every executor: the contract as behaviour."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from gluv.config.keywords.artifacts import Artifacts
from gluv.config.keywords.image import Image
from gluv.execute.events import AnyEvent, JobOutput, JobSection
from gluv.execute.visit import SECTION, Visit
from gluv.host.terminal import Streams
from gluv.plan.context import SettingVariable
from gluv.plan.model import PlannedCache, PlannedJob
from tests.execute.conftest import Ran, Sandbox, job
from tests.execute.engines import IMAGE, needs_engine

EXECUTORS = (
    "native",
    pytest.param("podman", marks=pytest.mark.engine),
    pytest.param("docker", marks=pytest.mark.engine),
    pytest.param("docker with podman's socket", marks=pytest.mark.engine),
)


class Bench:
    """Runs jobs with one executor."""

    def __init__(self, sandbox: Sandbox, executor: str) -> None:
        self.sandbox = sandbox
        self.executor = executor
        self.parts: dict[str, Any] = {"executor": executor.partition(" ")[0], "grace": 2.0}
        if executor != "native":
            engine = needs_engine(executor)
            self.parts["engine"] = lambda: engine
            sandbox.environ |= engine.environ

    def job(self, name: str, *script: str, **more: Any) -> PlannedJob:
        return job(name, *script, **{"image": Image(name=IMAGE), **more})

    def run(self, *jobs: PlannedJob, watch: Callable[[AnyEvent], None] = lambda event: None) -> Ran:
        ran = self.sandbox.run(*jobs, watch=watch, **self.parts)
        assert [path for path in self.sandbox.builds.iterdir() if path.suffix != ".lock"] == []
        return ran


@pytest.fixture(params=EXECUTORS)
def bench(sandbox: Sandbox, request: pytest.FixtureRequest) -> Bench:
    return Bench(sandbox, request.param)


def test_a_script_runs_in_the_work_tree_of_the_commit(bench: Bench) -> None:
    ran = bench.run(
        bench.job("j", "cat tracked.txt", '[ "$PWD" = "$CI_PROJECT_DIR" ]', 'echo "$CI_JOB_NAME"')
    )
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    assert ran.printed("j") == ["tracked", "j"]


@pytest.mark.parametrize("code", [1, 2, 77, 137, 255])
def test_exit_codes_are_the_scripts_own(bench: Bench, code: int) -> None:
    ran = bench.run(bench.job("j", f"exit {code}"))
    done = ran.finished["j"]
    assert (done.status, done.exit_code, done.reason) == ("failed", code, "script_failure")


def test_errexit_is_on_and_standard_input_is_empty(bench: Bench) -> None:
    ran = bench.run(bench.job("j", "cat", "false", "echo not reached"))
    assert ran.finished["j"].exit_code == 1
    assert ran.printed("j")[-1:] != ["not reached"]


def test_after_script_has_the_files_and_the_home_but_not_the_shell(bench: Bench) -> None:
    script = ('echo kept > "$HOME/kept"', "echo made > made", "export LOST=1", "cd /", "exit 3")
    after = ('cat "$HOME/kept" made', 'echo "$CI_JOB_STATUS${LOST:-}"', '[ "$PWD" != / ]')
    ran = bench.run(bench.job("j", *script, after_script=after))
    assert ran.finished["j"].exit_code == 3
    assert ran.printed("j", "after_script") == ["Running after script...", "kept", "made", "failed"]


def test_any_value_arrives_whole_and_secrets_are_masked(bench: Bench) -> None:
    odd = "two\nlines 'quoted' \"twice\" $HOME `id` \\ end"
    bench.sandbox.variables = (
        SettingVariable(key="SECRET", value="hunter2-hunter2", masked=True),
        SettingVariable(key="ODD", value=odd, raw=True),
        SettingVariable(key="A_FILE", value="content of a file\n", file=True),
        SettingVariable(key="DOCKER_HOST", value="tcp://nowhere:2375"),
    )
    ran = bench.run(
        bench.job("j", 'echo "$SECRET"', 'echo "$ODD"', 'cat "$A_FILE"', 'echo "$DOCKER_HOST"')
    )
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    expected = ["[MASKED]", *odd.split("\n"), "content of a file", "tcp://nowhere:2375"]
    assert ran.printed("j") == expected


def test_caches_and_artifacts_go_from_job_to_job(bench: Bench) -> None:
    caches = (PlannedCache(key="k", paths=("cached/", "$CI_PROJECT_DIR/more")),)
    artifacts = Artifacts(paths=("out/", "$CI_PROJECT_DIR/absolute.txt"))
    commands = (
        "mkdir -p out cached; echo made > out/file; ln -s file out/link; chmod 700 out/file",
        "echo abs > absolute.txt; echo c > cached/c; echo m > more",
    )
    ran = bench.run(
        bench.job("make", *commands, stage="build", artifacts=artifacts, cache=caches),
        bench.job("take", "cat out/link absolute.txt cached/c more; ls -l out", cache=caches),
    )
    assert ran.statuses == {"make": "success", "take": "success"}, ran.lines("take")
    printed = ran.printed("take")
    assert printed[:4] == ["made", "abs", "c", "m"]
    assert any(line.startswith("-rwx") for line in printed)


def test_modes_are_what_the_script_made_them(bench: Bench) -> None:
    """In later steps, and in what caches and artifacts bring to later jobs."""
    look = "stat -c '%a %n' out/* kept/*"
    caches = (PlannedCache(key="k", paths=("kept/",)),)
    commands = (
        "umask 022; mkdir -p out kept; echo key > out/key; chmod 600 out/key",
        "echo r > out/read; chmod 400 out/read; echo x > kept/x; chmod 700 kept/x; mkdir out/dir",
    )
    ran = bench.run(
        bench.job(
            "make",
            *commands,
            stage="build",
            after_script=(look,),
            artifacts=Artifacts(paths=("out/",)),
            cache=caches,
        ),
        bench.job("take", look, cache=caches),
    )
    modes = ["755 out/dir", "600 out/key", "400 out/read", "700 kept/x"]
    assert ran.printed("make", "after_script")[1:] == modes
    assert ran.printed("take") == modes


def test_git_directory_is_real(bench: Bench) -> None:
    """What it shares with the user's repository is there too, and cannot be written."""
    store = "$(cat .git/objects/info/alternates)"
    ran = bench.run(bench.job("j", "cat .git/HEAD", f"ls {store} | grep -c ..", stage="test"))
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    assert ran.printed("j")[0] == bench.sandbox.git("rev-parse", "HEAD")


def test_every_line_arrives_in_order(bench: Bench) -> None:
    count = 20_000
    ran = bench.run(bench.job("j", f"i=0; while [ $i -lt {count} ]; do echo $i; i=$((i+1)); done"))
    assert ran.printed("j") == [str(number) for number in range(count)]


def test_a_background_process_ends_with_its_step(bench: Bench) -> None:
    ran = bench.run(bench.job("j", "(sleep 600; echo late > late) > /dev/null 2>&1 &", "echo done"))
    assert ran.printed("j") == ["done"]
    assert ran.end.duration < 60


def test_the_timeout_ends_the_step(bench: Bench) -> None:
    ran = bench.run(
        bench.job("j", "sleep 600", timeout_seconds=5, variables={"RUNNER_SCRIPT_TIMEOUT": "300ms"})
    )
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "job_execution_timeout")
    assert ran.end.duration < 60


def test_a_stop_gives_the_script_time_and_after_script_its_turn(bench: Bench) -> None:
    def cancel(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "ready" in event.lines:
            bench.sandbox.cancel.raise_to(1)

    trap = "trap 'echo asked; exit 9' TERM; echo ready; while :; do sleep 0.1; done"
    ran = bench.run(
        bench.job("j", trap, after_script=('echo "after $CI_JOB_STATUS"',)), watch=cancel
    )
    assert ran.statuses == {"j": "canceled"}
    assert "asked" in ran.printed("j")
    assert "after canceled" in ran.printed("j", "after_script")


def test_a_second_stop_ends_all_at_once(bench: Bench) -> None:
    def cancel(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "ready" in event.lines:
            bench.sandbox.cancel.raise_to(2)

    ran = bench.run(
        bench.job("j", "trap '' TERM; echo ready; sleep 600", after_script=("echo after",)),
        watch=cancel,
    )
    assert ran.statuses == {"j": "canceled"}
    assert "after" not in ran.lines("j")


def test_jobs_of_one_run_go_side_by_side(bench: Bench) -> None:
    names = ("a", "b")
    ran = bench.run(*(bench.job(name, f"echo {name}; echo {name} > own; ls own") for name in names))
    assert ran.statuses == dict.fromkeys(names, "success")
    assert ran.printed("a") == ["a", "own"]


def visit(bench: Bench, text: str, *script: str, after: bool = False) -> tuple[int | None, str]:
    """The exit code of a visitor's command, and what it printed."""
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    streams = Streams(stdin=null, stdout=writer, stderr=writer)
    made = Visit(job="j", after=after, command=text, streams=streams)
    bench.parts["visit"] = made
    try:
        ran = bench.run(bench.job("j", *script, artifacts=Artifacts(paths=("made",))))
    finally:
        os.close(writer)
        os.close(null)
    with open(reader, "rb") as said:
        printed = said.read().decode()
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    assert not (ran.store.directory / "artifacts").exists()
    return ran.finished["j"].exit_code, printed


def test_a_visitor_has_the_jobs_place(bench: Bench) -> None:
    bench.sandbox.variables = (
        SettingVariable(key="SECRET", value="hunter2 'and' $more", masked=True, raw=True),
        SettingVariable(key="A_FILE", value="content\n", file=True),
    )
    look = 'cat tracked.txt "$A_FILE"; echo "$SECRET/$CI_JOB_STATUS"; touch made'
    inside = '[ "$PWD" = "$CI_PROJECT_DIR" ] && sleep 600 > /dev/null 2>&1 & exit 9'
    code, printed = visit(bench, f"{look}; {inside}", "echo never > script")
    assert (code, printed) == (9, "tracked\ncontent\nhunter2 'and' $more/running\n")


def test_a_visitor_comes_after_the_script_even_a_failed_one(bench: Bench) -> None:
    code, printed = visit(
        bench, 'cat made "$HOME/kept"; echo $CI_JOB_STATUS',
        "echo by the script > made", 'echo kept > "$HOME/kept"', "exit 4", after=True,
    )  # fmt: skip
    assert (code, printed) == (0, "by the script\nkept\nfailed\n")


def test_a_stop_ends_a_visit(bench: Bench) -> None:
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)

    def stop(event: AnyEvent) -> None:
        if isinstance(event, JobSection) and event.section == SECTION:
            os.read(reader, 1)
            bench.sandbox.cancel.raise_to(1)

    streams = Streams(stdin=null, stdout=writer, stderr=writer)
    bench.parts["visit"] = Visit(
        job="j", command="trap '' TERM; echo up; sleep 600", streams=streams
    )
    ran = bench.run(bench.job("j", "true"), watch=stop)
    for handle in (reader, writer, null):
        os.close(handle)
    assert ran.statuses == {"j": "canceled"}
    assert ran.end.duration < 60
