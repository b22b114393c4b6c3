"""Which jobs `gluv run` takes, and where it writes what came of them."""

import json
import xml.etree.ElementTree as ET

import pytest

from tests.cli.conftest import Gluv, Repo

PIPELINE = """\
stages: [build, test, deploy]
build:
  stage: build
  script: [echo built > out.txt]
  artifacts: {paths: [out.txt]}
lint:
  stage: build
  script: [echo linted]
unit:
  stage: test
  needs: [build]
  script: [cat out.txt]
docs:
  stage: test
  script: [echo docs]
preview:
  stage: deploy
  needs: [unit]
  script: [echo preview]
  environment: {name: preview/$CI_COMMIT_REF_SLUG, url: "https://$CI_COMMIT_REF_SLUG.example", on_stop: stop}
stop:
  stage: deploy
  when: manual
  needs: []
  script: [echo stopping]
  environment: {name: preview/$CI_COMMIT_REF_SLUG, action: stop}
"""  # noqa: E501


def ran_jobs(out: str) -> set[str]:
    events = [json.loads(line) for line in out.splitlines()]
    return {event["job"] for event in events if event["event"] == "job_started"}


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        (("--stage", "test"), {"build", "unit", "docs"}),
        (("--stage", "test", "--no-needs"), {"unit", "docs"}),
        (("--stage", "bu*"), {"build", "lint"}),
        (("unit", "--no-needs"), {"unit"}),
        (("*n*",), {"build", "lint", "unit"}),
        (("--from", "unit"), {"build", "unit", "preview"}),
        (("--from", "lint"), {"build", "lint", "docs"}),
        (("--stage", "deploy", "--manual", "stop"), {"build", "unit", "preview", "stop"}),
        (("stop",), {"stop"}),
        (("st*",), set()),
    ],
)
def test_which_jobs_run(gluv: Gluv, repo: Repo, options: tuple[str, ...], jobs: set[str]) -> None:
    script = PIPELINE.replace("[cat out.txt]", '["true"]')
    repo.commit({".gitlab-ci.yml": script})
    ran = gluv("run", "-C", repo.root, "--json", *options)
    assert ran.code == 0
    wanted = {"build", "unit", "preview"} if options == ("*n*",) else set()
    assert ran_jobs(ran.out) - wanted == jobs - wanted


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--stage", "tset"), "the stages with jobs are: build, test, deploy"),
        (("--manual", "unit"), "the job 'unit' is not manual"),
        (("--manual", "sotp"), "did you mean 'stop'?"),
        (("--from", "nothing"), "there is no job 'nothing'"),
        (("--failed", "unit"), "--failed says itself which jobs run"),
    ],
)
def test_a_wrong_choice_is_refused(
    gluv: Gluv, repo: Repo, options: tuple[str, ...], said: str
) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    ran = gluv("run", "-C", repo.root, *options)
    assert ran.code == 2
    assert said in ran.err


def test_a_dry_run_shows_the_plan_and_runs_nothing(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    ran = gluv("run", "-C", repo.root, "--dry-run", "unit")
    assert ran.code == 0
    assert "unit" in ran.out
    assert "docs" not in ran.out.split("not in this pipeline")[0]
    assert gluv("logs", "-C", repo.root).code == 2


def test_the_summary_lists_environments_and_how_to_stop_them(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    ran = gluv("run", "-C", repo.root, "preview")
    assert "  preview/main https://main.example  (to stop it: gluv run -C" in ran.out
    stopped = gluv("run", "-C", repo.root, "stop")
    assert "  preview/main: stopped by stop" in stopped.out


def test_keep_going_stops_only_what_needs_the_failed_job(gluv: Gluv, repo: Repo) -> None:
    text = PIPELINE.replace("[echo built > out.txt]", "[exit 3]")
    repo.commit({".gitlab-ci.yml": text})
    stopped = gluv("run", "-C", repo.root, "--json")
    assert ran_jobs(stopped.out) == {"build", "lint"}
    going = gluv("run", "-C", repo.root, "--json", "--keep-going")
    assert ran_jobs(going.out) == {"build", "lint", "docs"}
    assert (stopped.code, going.code) == (1, 1)


TESTED = """\
unit:
  script:
    - echo 'TOTAL 40 12 70%'
    - echo 'TOTAL 40 8 80.5%'
    - cp report.xml junit.xml
    - exit 1
  coverage: '/TOTAL.*?(\\d+(?:\\.\\d+)?)%/'
  artifacts:
    reports: {junit: junit.xml}
"""
REPORT = """\
<testsuites><testsuite name="pytest">
<testcase classname="tests.test_wheel" name="test_tags">
<failure message="assert 1 == 2&#10;more">trace</failure></testcase>
<testcase classname="tests.test_wheel" name="test_name"/>
<testcase classname="tests.test_wheel" name="test_old"><skipped/></testcase>
<testcase name="broken"><error>no fixture</error></testcase>
</testsuite></testsuites>
"""


def test_coverage_and_failed_tests_are_in_the_summary(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TESTED, "report.xml": REPORT})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "4 tests, 2 failed, coverage 80.5 %" in ran.out
    assert "  tests.test_wheel::test_tags: assert 1 == 2\n  broken: no fixture\n" in ran.out


def test_results_go_to_json_lines_a_junit_file_and_a_folder(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TESTED, "report.xml": REPORT})
    junit, report = repo.root.parent / "out/junit.xml", repo.root.parent / "report"
    ran = gluv("run", "-C", repo.root, "--json", "--junit", junit, "--report", report)
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert [events[0]["event"], events[-1]["event"]] == ["pipeline_started", "pipeline_finished"]
    finished = next(event for event in events if event["event"] == "job_finished")
    assert (finished["coverage"], finished["tests"]["failed"]) == (80.5, 2)
    assert "failed tests of unit:" in ran.err
    case = ET.parse(junit).getroot().find("testsuite/testcase")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "script_failure, exit code 1"
    assert (report / "events.jsonl").read_text() == ran.out
    assert (report / "junit.xml").read_bytes() == junit.read_bytes()
    assert "TOTAL 40 8" in (report / "logs/unit.log").read_text()
    assert (report / "reports/unit/junit/junit.xml").read_text() == REPORT
    assert "pipeline #1 failed" in (report / "summary.txt").read_text()


def test_a_broken_junit_report_is_said_and_harms_nothing(gluv: Gluv, repo: Repo) -> None:
    text = TESTED.replace("    - exit 1\n", "")
    repo.commit({".gitlab-ci.yml": text, "report.xml": "<testsuite>"})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0
    assert "! JUnit XML parsing failed: junit.xml: " in ran.out
