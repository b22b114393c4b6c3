from pathlib import Path

import pytest

from gluv.config.keywords.allow_failure import ExitCodes
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image, KubernetesOptions
from gluv.config.keywords.retry import Retry
from gluv.config.keywords.services import Service
from gluv.config.keywords.trigger import Trigger
from gluv.errors import ToolchainUnavailable
from gluv.execute.events import (
    AnyEvent,
    Difference,
    JobFinished,
    JobPrepared,
    JobSection,
    JobStarted,
    PipelineStarted,
)
from gluv.plan.model import PlannedNeed
from gluv.settings import Settings
from tests.execute.conftest import Sandbox, job


def test_a_pipeline_from_end_to_end(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job(
            "build",
            "cat tracked.txt",
            "tool",
            stage="build",
            image=Image(name="img:$V"),
            variables={"V": "3"},
        ),
        job("check", "(exit 4)"),
        job("later", "echo no", stage="deploy"),
    )
    assert isinstance(ran.events[0], PipelineStarted)
    assert ran.statuses == {"build": "success", "check": "failed", "later": "skipped"}
    assert (ran.end.status, ran.end.exit_code) == ("failed", 1)
    assert ran.printed("build")[:2] == ["tracked", "tool of img:3"]
    assert [event.what for event in ran.of(JobPrepared)] == ["a tool for img:3", "a tool for None"]
    check = ran.finished["check"]
    assert (check.exit_code, check.reason) == (4, "script_failure")
    assert check.last_lines[-1] == "ERROR: Job failed: exit code 4"
    rows = sandbox.store.jobs_of(ran.pipeline_id)
    assert [(row.name, row.status, row.exit_code) for row in rows] == [
        ("build", "success", 0),
        ("check", "failed", 4),
        ("later", "skipped", None),
    ]
    pipeline = sandbox.store.last_pipeline()
    assert pipeline is not None
    assert pipeline.status == "failed"


def test_the_log_reads_like_a_gitlab_trace(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("build", "echo hi", after_script=("echo after",)))
    sections = [event.section for event in ran.of(JobSection)]
    assert sections == [
        "prepare_executor",
        "prepare_script",
        "get_sources",
        "step_script",
        "after_script",
        "cleanup_file_variables",
    ]
    lines = ran.lines("build")
    assert lines[0].startswith("Running with gluv ")
    for sentence in (
        "Preparing the executor",
        "Preparing environment",
        "Getting source from Git repository",
        "Fetching changes with git depth set to 20...",
        "Skipping Git submodules setup",
        'Executing "step_script" stage of the job script',
        "Running after_script",
        "Running after script...",
        "Cleaning up project directory and file based variables",
        "Job succeeded",
    ):
        assert sentence in lines
    log = ran.log("build")
    assert "section_start:" in log
    assert log.count("section_start:") == log.count("section_end:") == len(sections)
    assert "\r\x1b[0K" in log
    assert log.endswith("\x1b[32;1mJob succeeded\x1b[0;m\n")
    started = ran.of(JobStarted)[0]
    assert Path(started.log).stat().st_mode & 0o777 == 0o600


def test_a_job_starts_when_its_own_needs_are_met(sandbox: Sandbox, tmp_path: Path) -> None:
    """`fast` runs while `slow`, of an earlier stage, waits for what `fast` writes."""
    flag = tmp_path / "flag"
    ran = sandbox.run(
        job("slow", f"until test -e {flag}; do :; done", stage="build", timeout_seconds=60),
        job("first", "true", stage="build"),
        job("fast", f"touch {flag}", needs=(PlannedNeed(job="first"),)),
        jobs=2,
    )
    assert set(ran.statuses.values()) == {"success"}


def test_no_more_jobs_at_once_than_allowed(sandbox: Sandbox) -> None:
    running = 0
    most = 0

    def watch(event: AnyEvent) -> None:
        nonlocal running, most
        running += isinstance(event, JobStarted) - isinstance(event, JobFinished)
        most = max(most, running)

    ran = sandbox.run(*(job(f"j{n}", "true") for n in range(5)), jobs=2, watch=watch)
    assert set(ran.statuses.values()) == {"success"}
    assert most <= 2


def test_jobs_of_a_resource_group_run_one_by_one(sandbox: Sandbox, tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/held && ls > /dev/null && rmdir {tmp_path}/held"
    ran = sandbox.run(*(job(f"j{n}", script, resource_group="r") for n in range(4)), jobs=4)
    assert set(ran.statuses.values()) == {"success"}


def test_when_and_allow_failure(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("flaky", "exit 3", stage="a", allow_failure=ExitCodes(exit_codes=(3,))),
        job("fine", "true", stage="b"),
        job("bad", "exit 3", stage="b"),
        job("cleanup", "true", stage="c", when="always"),
        job("rescue", "true", stage="c", when="on_failure"),
        job("release", "true", stage="c"),
        job("push", "true", stage="c", when="manual", allow_failure=True),
    )
    assert ran.statuses == {
        "flaky": "failed",
        "fine": "success",
        "bad": "failed",
        "cleanup": "success",
        "rescue": "success",
        "release": "skipped",
        "push": "skipped",
    }
    assert ran.finished["flaky"].allowed_to_fail
    assert not ran.finished["bad"].allowed_to_fail


def test_a_manual_job_waits_for_a_person(sandbox: Sandbox) -> None:
    jobs = (
        job("gate", "true", stage="a", when="manual"),
        job("option", "true", stage="a", when="manual", allow_failure=True),
        job("after", "true", stage="b"),
    )
    ran = sandbox.run(*jobs)
    assert ran.statuses == {"gate": "manual", "option": "manual", "after": "created"}
    assert ran.finished["after"].notes == ("waits for gate",)
    assert (ran.end.status, ran.end.exit_code) == ("manual", 0)
    played = sandbox.run(*jobs, manual=frozenset({"gate"}))
    assert played.statuses == {"gate": "success", "option": "manual", "after": "success"}


def test_retry_runs_a_failed_job_again(sandbox: Sandbox, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    ran = sandbox.run(job("j", f"test -e {flag} || (touch {flag}; exit 9)", retry=Retry(max=2)))
    assert ran.statuses == {"j": "success"}
    assert ran.finished["j"].notes == ("it took 2 attempts (retry: 2)",)
    rows = sandbox.store.jobs_of(ran.pipeline_id)
    assert [row.status for row in rows] == ["failed", "success"]
    assert sandbox.run(job("k", "exit 9", retry=Retry(max=1))).statuses == {"k": "failed"}


def test_what_cannot_run_is_refused_with_the_reason(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("db", "true", services=(Service(name="redis:7"),)),
        job("child", trigger=Trigger(project="grp/other")),
    )
    assert ran.statuses == {"db": "failed", "child": "failed"}
    assert {name: event.reason for name, event in ran.finished.items()} == {
        "db": "runner_unsupported",
        "child": "downstream_bridge_project_not_found",
    }
    assert "services need a container engine" in ran.finished["db"].last_lines[-1]
    assert "tool.gluv.projects" in ran.finished["child"].last_lines[-1]


@pytest.mark.parametrize("name", ["$NOPE", "${NOPE}$EMPTY"])
def test_an_image_that_expands_to_nothing_is_not_the_default(sandbox: Sandbox, name: str) -> None:
    sandbox.settings = Settings(default_image="img:1")
    ran = sandbox.run(job("j", "echo ran", image=Image(name=name), variables={"EMPTY": ""}))
    done = ran.finished["j"]
    assert (done.status, done.reason) == ("failed", "image_pull_failure")
    assert f'the image "{name}" expands to nothing: no value for NOPE' in done.last_lines[-1]
    assert sandbox.run(job("j", "tool")).printed("j") == ["tool of img:1"]


def test_an_image_that_cannot_be_provided_fails_its_job_only(sandbox: Sandbox) -> None:
    sandbox.refuse["bad"] = ToolchainUnavailable("no such tag", hint="use 3.12")
    ran = sandbox.run(job("bad", "true", image=Image(name="bad:1")), job("good", "true"))
    bad = ran.finished["bad"]
    assert ran.statuses == {"bad": "failed", "good": "success"}
    assert (bad.reason, bad.hint, bad.notes) == ("image_pull_failure", "use 3.12", ())
    assert bad.last_lines == ("ERROR: Job failed (system failure): no such tag",)
    assert ran.end.exit_code == ToolchainUnavailable.exit_code
    both = sandbox.run(job("bad", "true", image=Image(name="bad:1")), job("worse", "false"))
    assert both.end.exit_code == 1


def test_differences_are_said_once_with_their_jobs(sandbox: Sandbox) -> None:
    sandbox.write("new.txt")
    ran = sandbox.run(job("a", "true", tags=("docker",)), job("b", "true", when="delayed"))
    found = {event.what: set(event.jobs) for event in ran.of(Difference)}
    assert found == {
        "the C library is the machine's": {"a", "b"},
        "runner tags were not matched, this machine took every job": {"a"},
        "delayed jobs ran at once (--delays waits for their time)": {"b"},
        "jobs saw 1 uncommitted change of the work tree": set(),
    }


def test_the_job_token_is_valid_only_while_the_job_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    tokens: list[str] = []
    place = tmp_path / "token"
    go = tmp_path / "go"

    def watch(event: AnyEvent) -> None:
        if "ready" in getattr(event, "lines", ()):
            token = place.read_text()
            row = sandbox.store.job_by_token(token)
            assert row is not None
            assert row.name == "j"
            tokens.append(token)
            go.touch()

    script = (
        f'printf %s "$CI_JOB_TOKEN" > {place}',
        "echo ready",
        f"until test -e {go}; do :; done",
        'echo "$CI_JOB_TOKEN"',
    )
    ran = sandbox.run(job("j", *script, timeout_seconds=60), watch=watch)
    assert tokens[0].startswith("glcbt-")
    assert sandbox.store.job_by_token(tokens[0]) is None
    assert "[MASKED]" in ran.printed("j")
    assert tokens[0] not in ran.log("j")


def test_leaving_the_stream_early_stops_the_jobs(sandbox: Sandbox) -> None:
    def watch(event: AnyEvent) -> None:
        if "up" in getattr(event, "lines", ()):
            raise KeyError("left")

    with pytest.raises(KeyError, match="left"):
        sandbox.run(job("j", "echo up", "sleep 1000"), watch=watch)
    row = sandbox.store.last_pipeline()
    assert row is not None
    assert row.status == "canceled"
    assert not [path for path in sandbox.builds.iterdir() if path.is_dir()]


def test_what_a_job_asks_for_and_does_not_get_is_said(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job(
            "pages",
            "true",
            secrets={"TOKEN": {}, "KEY": {}},
            identity="google_cloud",
            id_tokens={"T": ("x",)},
            dast_configuration={"site_profile": "x"},
            inputs={"x": {}},
            environment=Environment(name="prod", auto_stop_in=60, kubernetes={"agent": "x"}),
            image=Image(name="x", kubernetes=KubernetesOptions(user="1")),
        )
    )
    said = {event.what for event in ran.of(Difference)}
    assert said >= {
        "secrets were not fetched (TOKEN, KEY are not set)",
        "there is no identity of a cloud provider",
        "id_tokens were not issued",
        "dast_configuration had no effect",
        "inputs of jobs had no effect",
        "pages were kept as artifacts, not published",
        "options for Kubernetes had no effect",
        "environment:kubernetes had no effect",
        "environments were not stopped when their time (auto_stop_in) was over",
    }
