"""`gluv run`, `plan` and `logs` as a person uses them."""

import json

import pytest

from tests.cli.conftest import Gluv, Repo

TWO_STAGES = """\
stages: [build, test]
build:
  stage: build
  script:
    - echo built > out.txt
  artifacts:
    paths: [out.txt]
test:
  stage: test
  script:
    - cat out.txt
tagged:
  stage: test
  rules:
    - if: $CI_COMMIT_TAG
  script:
    - echo "tag $CI_COMMIT_TAG, branch ${CI_COMMIT_BRANCH-absent}"
"""


def test_a_branch_pipeline_runs_with_uncommitted_changes(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TWO_STAGES})
    repo.write({".gitlab-ci.yml": TWO_STAGES.replace("echo built", "echo rebuilt")})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0
    assert "test  | rebuilt" in ran.out
    assert "tagged" not in ran.out
    assert "passed" in ran.out
    assert "uncommitted" in ran.out


def test_a_tag_pipeline_has_a_tag_and_no_branch(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TWO_STAGES})
    repo.git("tag", "v1.2.0")
    ran = gluv("run", "-C", repo.root, "--tag", "v1.2.0")
    assert ran.code == 0
    assert "tagged | tag v1.2.0, branch absent" in ran.out


def test_one_job_runs_with_what_it_needs_and_nothing_else(gluv: Gluv, repo: Repo) -> None:
    text = TWO_STAGES.replace("test:\n  stage: test\n", "test:\n  stage: test\n  needs: [build]\n")
    repo.commit({".gitlab-ci.yml": f"{text}unrelated:\n  script: [exit 1]\n"})
    ran = gluv("run", "-C", repo.root, "test")
    assert ran.code == 0
    assert "unrelated" not in ran.out


def test_a_failed_job_fails_the_run_and_shows_its_last_lines(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "job:\n  script:\n    - echo before\n    - exit 7\n"})
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 1
    assert "job: script_failure, exit code 7" in ran.out
    assert "  before" in ran.out.partition("script_failure, exit code 7")[2]


def test_the_log_of_the_last_run_is_kept(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TWO_STAGES})
    assert gluv("run", "-C", repo.root).code == 0
    log = gluv("logs", "-C", repo.root, "test")
    assert log.code == 0
    assert "$ cat out.txt\nbuilt\n" in log.out
    assert "section_start" not in log.out
    assert "section_start" in gluv("logs", "-C", repo.root, "--raw", "test").out
    assert gluv("logs", "-C", repo.root, "nojob").code == 2


def test_the_plan_says_why_a_job_is_not_in_it(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": TWO_STAGES})
    ran = gluv("plan", "-C", repo.root)
    assert ran.code == 0
    assert "$CI_COMMIT_TAG" in ran.out
    assert "(line 15) is false" in ran.out


def test_the_plan_as_json(gluv: Gluv, repo: Repo) -> None:
    sha = repo.commit({".gitlab-ci.yml": TWO_STAGES})
    ran = gluv("plan", "-C", repo.root, "--json")
    plan = json.loads(ran.out)
    assert plan["pipeline"]["sha"] == sha
    assert plan["pipeline"]["ref"] == "main"
    assert [job["name"] for job in plan["jobs"]] == ["build", "test"]
    assert [skipped["name"] for skipped in plan["skipped"]] == ["tagged"]


def test_the_json_of_a_plan_nests_what_yaml_nests(gluv: Gluv, repo: Repo) -> None:
    text = """\
job:
  script: make
  artifacts:
    reports:
      junit: j.xml
      coverage_report: {coverage_format: cobertura, path: c.xml}
  release:
    tag_name: v1
    description: d
    assets: {links: [{name: n, url: "https://e.x/n"}]}
"""
    repo.commit({".gitlab-ci.yml": text})
    (job,) = json.loads(gluv("plan", "-C", repo.root, "--json").out)["jobs"]
    assert job["release"]["assets"] == {"links": [{"name": "n", "url": "https://e.x/n"}]}
    assert "links" not in job["release"]
    assert job["artifacts"]["reports"] == {
        "junit": ["j.xml"],
        "coverage_report": {"coverage_format": "cobertura", "path": "c.xml"},
    }
    assert "coverage_report" not in job["artifacts"]


def test_colours_are_for_terminals_and_for_who_forces_them(
    gluv: Gluv, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({".gitlab-ci.yml": TWO_STAGES})
    assert "\033[" not in gluv("plan", "-C", repo.root).out
    monkeypatch.delenv("NO_COLOR")
    assert "\033[" not in gluv("plan", "-C", repo.root).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\033[" in gluv("plan", "-C", repo.root).out


def test_an_invalid_plan_is_printed_as_json_with_its_problems(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a:\n  stage: nowhere\n  script: [x]\n"})
    ran = gluv("plan", "-C", repo.root, "--json")
    assert ran.code == 2
    plan = json.loads(ran.out)
    assert plan["pipeline"] is None
    problem = plan["problems"][0]
    assert problem["file"] == ".gitlab-ci.yml"
    assert (problem["line"], problem["column"], problem["severity"]) == (2, 3, "error")


def test_no_pipeline_where_workflow_rules_say_so(gluv: Gluv, repo: Repo) -> None:
    repo.commit(
        {".gitlab-ci.yml": "workflow:\n  rules:\n    - if: $CI_COMMIT_TAG\na:\n  script: [x]\n"}
    )
    ran = gluv("run", "-C", repo.root)
    assert ran.code == 0
    assert "no pipeline" in ran.err
