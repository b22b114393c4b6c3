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


GATES = """\
stages: [gate, check, deploy]
approve: {stage: gate, when: manual, script: [echo 1]}
hold: {stage: gate, when: manual, allow_failure: false, script: [echo 1], artifacts: {paths: [x]}}
option: {stage: gate, when: manual, script: [echo 1], artifacts: {paths: [x]}}
check: {stage: check, script: [echo 1]}
deploy: {stage: deploy, when: manual, needs: [check, sign], script: [echo 1]}
sign: {stage: check, when: manual, needs: [approve], script: [echo 1]}
take: {stage: check, dependencies: [hold, option], script: [echo 1]}
cleanup: {stage: deploy, when: always, needs: [deploy], script: [echo 1]}
rescue: {stage: deploy, when: on_failure, needs: [deploy], script: [echo 1]}
notes: {stage: check, needs: [approve], script: [echo 1], artifacts: {paths: [x]}}
last: {stage: deploy, script: [echo 1], dependencies: [notes, check]}
"""


@pytest.mark.parametrize(
    ("options", "jobs"),
    [
        (("deploy",), {"approve", "sign", "check", "deploy"}),
        (("deploy", "--no-needs"), {"deploy"}),
        (("take",), {"hold", "take"}),
        (("ta*",), set()),
        (("dep*",), {"check"}),
        # None of these waits for the good end of a manual job.
        (("cleanup",), {"check", "cleanup"}),
        (("rescue",), {"check"}),
        (("last",), {"check", "last"}),
    ],
)
def test_a_named_job_is_not_kept_from_running_by_manual_ones(
    gluv: Gluv, repo: Repo, options: tuple[str, ...], jobs: set[str]
) -> None:
    repo.commit({".gitlab-ci.yml": GATES})
    ran = gluv("run", "-C", repo.root, "--json", *options)
    assert ran.code == 0, ran.err
    assert ran_jobs(ran.out) == jobs


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


def test_a_dry_run_in_json_is_the_plan_in_json(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    ran = gluv("run", "-C", repo.root, "--dry-run", "--json")
    assert (
        json.loads(ran.out)["jobs"]
        == json.loads(gluv("plan", "-C", repo.root, "--json").out)["jobs"]
    )


def test_later_jobs_of_an_environment_know_its_address(gluv: Gluv, repo: Repo) -> None:
    text = """\
stages: [a, b]
default: {before_script: ['echo "[$CI_ENVIRONMENT_URL]"']}
before: {stage: a, environment: {name: e, action: verify}, script: [x=1]}
deploy:
  stage: a
  needs: [before]
  environment: {name: e, url: "https://$CI_JOB_ID"}
  script: [x=1]
same: {stage: b, environment: {name: e, action: verify}, script: [x=1]}
own: {stage: b, environment: {name: e, url: "https://o"}, script: [x=1]}
other: {stage: b, environment: {name: o}, script: [x=1]}
"""
    repo.commit({".gitlab-ci.yml": text})
    lines = gluv("run", "-C", repo.root).out.splitlines()
    said = [line.replace(" ", "") for line in lines if line.endswith("]")]
    found = ["before|[]", "deploy|[https://2]", "other|[]", "own|[https://o]", "same|[https://2]"]
    assert sorted(said) == found


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
    assert ": JUnit XML parsing failed: junit.xml: " in ran.out


REPORTED = """\
lint:
  script: [cp reports/* .]
  artifacts:
    when: always
    reports:
      annotations: links.json
      codequality: quality*.json
      coverage_report: {coverage_format: cobertura, path: cobertura.xml}
      sast: sast.json
      terraform: plan.json
java:
  script: [cp reports/* .]
  artifacts: {reports: {coverage_report: {coverage_format: jacoco, path: jacoco.xml}}}
"""
LINKS = """{"docs": [{"external_link": {"label": "The manual\\u001b[2J", "url": "https://docs.example/?a=1"}}],
 "more": [{"external_link": {"label": "Image", "url": "https://images.example/x"}}]}"""
QUALITY = """[{"description": "a", "severity": "minor"}, {"severity": "blocker", "check_name": "x"},
 {"severity": "minor"}, {"severity": "odd"}, {}]"""
COBERTURA = """<coverage line-rate="0.1"><packages><package><classes><class name="a">
<methods><method name="f"><lines><line number="1" hits="0"/></lines></method></methods>
<lines><line number="1" hits="0"/><line number="2" hits="7"/><line number="3" hits="1"/></lines>
</class></classes></package></packages></coverage>"""
JACOCO = """<report name="x">
<package name="p"><counter type="LINE" missed="9" covered="9"/></package>
<counter type="BRANCH" missed="1" covered="1"/><counter type="LINE" missed="1" covered="3"/>
</report>"""


def test_other_reports_are_in_the_summary(gluv: Gluv, repo: Repo) -> None:
    reports = {
        ".gitlab-ci.yml": REPORTED,
        "reports/links.json": LINKS,
        "reports/quality-1.json": QUALITY,
        "reports/quality-2.json": '[{"severity": "minor"}]',
        "reports/cobertura.xml": COBERTURA,
        "reports/jacoco.xml": JACOCO,
        "reports/sast.json": "{}",
    }
    repo.commit(reports)
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0
    findings = "code quality: 1 blocker, 3 minor, 2 unknown"
    assert f"66.7 % of lines covered, {findings}" in ran.out
    assert "75.0 % of lines covered" in ran.out
    summary = ran.out.partition("links:\n")[2]
    assert summary.startswith(
        "  lint: The manual[2J https://docs.example/?a=1\n  lint: Image https://images.example/x\n"
    )
    said = " ".join(summary.split())
    assert "the report sast was kept, and is shown nowhere (lint)" in said
    assert "terraform" not in said


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("links.json", "[1]", "annotations are not readable: links.json: Expected `object`"),
        ("links.json", '{"a": [{"other": 1}]}', "contains unknown field `other`"),
        ("links.json", '{"a": [{"external_link": {"label": "x", "url": "y"}}]}', "matching regex"),
        ("quality-1.json", "{", "the code quality report is not readable: quality-1.json"),
        ("quality-1.json", "{}", "Expected `array`"),
        ("cobertura.xml", "<a", "the coverage report is not readable: cobertura.xml: unclosed"),
        ("cobertura.xml", "\0", "the coverage report is not readable: cobertura.xml"),
    ],
)
def test_a_broken_report_is_said_and_harms_nothing(
    gluv: Gluv, repo: Repo, file: str, text: str, words: str
) -> None:
    repo.commit({".gitlab-ci.yml": REPORTED, f"reports/{file}": text})
    ran = gluv("run", "-C", repo.root, "lint")
    assert ran.code == 0
    assert any(line.startswith("! ") and words in line for line in ran.out.splitlines()), ran.out


def test_an_image_without_a_value_fails_and_one_from_a_dotenv_report_does_not(
    gluv: Gluv, repo: Repo
) -> None:
    made = "make: {stage: build, script: [echo IMG=alpine > e], artifacts: {reports: {dotenv: e}}}"
    jobs = f'{made}\nnone: {{image: "$NOPE", script: [echo ran]}}\n'
    repo.commit({".gitlab-ci.yml": f'{jobs}given: {{image: "$IMG", script: [echo ran]}}\n'})
    ran = gluv("run", "-C", repo.root, "--executor", "native")
    assert ran.code != 0
    assert "none: image_pull_failure" in ran.out
    assert 'the image "$NOPE" expands to nothing: no value for NOPE' in ran.out
    assert "given | Using native executor with image alpine ..." in ran.out
