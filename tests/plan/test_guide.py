"""The guide's pipeline, from the file to the plan, in real repositories."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gluv.config import load
from gluv.config.fetch import FetchFailed
from gluv.host.context import ContextOptions, build_context
from gluv.host.git_reading import read_repository
from gluv.plan import build
from gluv.plan.explain import explain_all, explain_job, explain_workflow
from gluv.plan.json import render_json
from gluv.plan.selection import Selection
from gluv.settings import Settings
from gluv.text.nodes import Source

GUIDE = """\
stages: [test, release]

variables:
  UV_VERSION: "0.10.6"
  PYTHON_VERSION: "3.12"
  BASE_LAYER: trixie-slim
  UV_LINK_MODE: copy
  UV_SYSTEM_PYTHON: 1

uv:
  image: ghcr.io/astral-sh/uv:$UV_VERSION-python$PYTHON_VERSION-$BASE_LAYER
  variables:
    UV_CACHE_DIR: .uv-cache
  cache:
    - key:
        files:
          - uv.lock
      paths:
        - $UV_CACHE_DIR
  script:
    - uv sync
    - uv cache prune --ci

release-job:
  stage: release
  rules:
    - if: $CI_COMMIT_TAG
  variables:
    UV_PUBLISH_URL: "${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/packages/pypi"
    UV_PUBLISH_PASSWORD: "${CI_JOB_TOKEN}"
  script:
    - uv build --wheel --all-packages
  release:
    tag_name: '$CI_COMMIT_TAG'
    description: '$CI_PROJECT_NAME release $CI_COMMIT_TAG'
  after_script:
    - uv publish
"""

BUSY = """\
workflow:
  name: "Busy $CI_COMMIT_REF_NAME"
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH
      variables: {KIND: branch}
build:
  stage: build
  script: make
  parallel:
    matrix:
      - PY: ["3.11", "3.12"]
  services: [{name: "postgres:16", alias: db}]
  artifacts: {paths: [dist], expire_in: 1 day, reports: {junit: report.xml}}
  retry: {max: 2, when: [script_failure]}
test:
  script: [make test]
  needs: [{job: build, artifacts: false}]
  allow_failure: {exit_codes: 3}
  environment: {name: review/$CI_COMMIT_REF_SLUG, url: https://example.org}
  cache: {key: "$CI_COMMIT_REF_SLUG", paths: [x], fallback_keys: [a]}
  coverage: '/(\\d+)%/'
  rules:
    - if: $NEVER
      when: never
    - changes: [src/**/*]
      when: manual
downstream:
  stage: deploy
  trigger: {project: group/other, strategy: depend}
later:
  stage: deploy
  script: date
  when: delayed
  start_in: 30 minutes
  resource_group: one
  id_tokens: {T: {aud: pypi}}
"""

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "plan.schema.json").read_text())


class NoFiles:
    """A fetcher for configurations that include nothing."""

    def local(self, path: str) -> Source:
        raise FetchFailed(f"Local file `{path}` does not exist!")

    def local_files(self) -> tuple[str, ...]:
        return ()

    def remote(self, url: str) -> Source:
        raise FetchFailed(url)

    def project(self, project: str, path: str, ref: str | None) -> Source:
        raise FetchFailed(project)

    def template(self, name: str) -> Source:
        raise FetchFailed(name)

    def component(self, address: str) -> Source:
        raise FetchFailed(address)

    def artifact(self, job: str, path: str) -> Source:
        raise FetchFailed(job)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.org")
    root = tmp_path / "thing"
    (root / "src").mkdir(parents=True)
    (root / "uv.lock").write_text("version = 1\n")
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Start")
    git(root, "tag", "v1.2.0")
    git(root, "switch", "-q", "-c", "topic")
    (root / "src" / "a.py").write_text("")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Add a")
    git(root, "switch", "-q", "main")
    return root


def git(directory: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


Planner = Callable[..., dict[str, Any]]


@pytest.fixture
def plan(repo: Path) -> Planner:
    """The plan of a configuration as the JSON that people get, checked against the schema."""

    def make(text: str, jobs: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
        loaded = load(Source(".gitlab-ci.yml", text), NoFiles())
        assert loaded.config is not None
        context = build_context(read_repository(repo), Settings(), ContextOptions(**options))
        made = build(loaded.config, context, Selection(jobs=jobs), problems=loaded.problems)
        printed: dict[str, Any] = json.loads(render_json(made))
        jsonschema.validate(printed, SCHEMA)
        return printed

    return make


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_branch_pipeline(plan: Planner, repo: Path) -> None:
    made = plan(GUIDE)
    assert made["pipeline"] == {
        "name": None,
        "source": "push",
        "ref": "main",
        "tag": False,
        "sha": git(repo, "rev-parse", "HEAD"),
        "variables": {},
        "auto_cancel": {"on_new_commit": None, "on_job_failure": None},
    }
    (job,) = made["jobs"]
    assert (job["name"], job["stage"], job["rule"], job["needs"]) == ("uv", "test", None, None)
    assert job["image"]["name"] == "ghcr.io/astral-sh/uv:0.10.6-python3.12-trixie-slim"
    assert job["variables"]["UV_SYSTEM_PYTHON"] == "1"
    blob = git(repo, "hash-object", "uv.lock")
    digest = hashlib.sha1(blob.encode()).hexdigest()
    assert job["cache"][0]["key"] == f"0_uv-{digest}-non_protected"
    assert job["cache"][0]["paths"] == ["$UV_CACHE_DIR"]
    assert made["skipped"] == [
        {
            "name": "release-job",
            "why": "rules: no clause matched: `$CI_COMMIT_TAG` (line 27) is false",
        }
    ]
    assert made["problems"] == []


def test_the_key_is_that_of_the_commit_not_of_the_working_tree(plan: Planner, repo: Path) -> None:
    before = plan(GUIDE)["jobs"][0]["cache"]
    (repo / "uv.lock").write_text("version = 2\n")
    assert plan(GUIDE)["jobs"][0]["cache"] == before


def test_the_tag_pipeline(plan: Planner) -> None:
    made = plan(GUIDE, tag="v1.2.0")
    assert (made["pipeline"]["ref"], made["pipeline"]["tag"]) == ("v1.2.0", True)
    assert [job["name"] for job in made["jobs"]] == ["uv", "release-job"]
    release = made["jobs"][1]
    assert release["rule"] == {
        "index": 0,
        "if": "$CI_COMMIT_TAG",
        "file": ".gitlab-ci.yml",
        "line": 27,
        "column": 7,
    }
    assert release["release"]["tag_name"] == "v1.2.0"
    assert release["release"]["description"] == "thing release v1.2.0"
    assert release["variables"]["UV_PUBLISH_PASSWORD"] == "${CI_JOB_TOKEN}"
    assert made["skipped"] == []


def test_the_guide_has_no_merge_request_pipeline(plan: Planner) -> None:
    made = plan(GUIDE, branch="topic", mr="main")
    assert (made["pipeline"], made["jobs"]) == (None, [])
    assert "Review the rules configuration" in made["reason"]


def test_a_schedule(plan: Planner) -> None:
    made = plan(GUIDE, source="schedule")
    assert made["pipeline"]["source"] == "schedule"
    assert [job["name"] for job in made["jobs"]] == ["uv"]


def test_a_missing_stage_prints_the_object_all_the_same(plan: Planner) -> None:
    made = plan(GUIDE.replace("stages: [test, release]\n", ""))
    assert (made["pipeline"], made["jobs"]) == (None, [])
    (problem,) = made["problems"]
    assert problem["message"] == (
        "release-job job: chosen stage release does not exist; "
        "available stages are .pre, build, test, deploy, .post"
    )
    assert (problem["file"], problem["severity"]) == (".gitlab-ci.yml", "error")
    assert problem["line"] == 24


def test_many_keywords(plan: Planner) -> None:
    made = plan(BUSY, branch="topic", mr="main")
    assert made["pipeline"]["name"] == "Busy topic"
    jobs = {job["name"]: job for job in made["jobs"]}
    assert list(jobs) == ["build: [3.11]", "build: [3.12]", "test", "downstream", "later"]
    first = jobs["build: [3.11]"]
    assert first["parallel"] == {"index": 1, "total": 2}
    assert first["variables"] == {"PY": "3.11"}
    assert first["retry"] == {"max": 2, "when": ["script_failure"], "exit_codes": []}
    assert first["artifacts"]["reports"] == {"junit": ["report.xml"]}
    test = jobs["test"]
    assert test["needs"] == [
        {"job": "build: [3.11]", "artifacts": False, "optional": False},
        {"job": "build: [3.12]", "artifacts": False, "optional": False},
    ]
    assert (test["when"], test["rule"]["index"]) == ("manual", 1)
    assert test["allow_failure"] == {"exit_codes": [3]}
    assert test["cache"][0]["key"] == "topic-non_protected"
    assert test["cache"][0]["fallback_keys"] == ["a-non_protected"]
    assert test["environment"]["name"] == "review/topic"
    assert jobs["downstream"]["trigger"]["project"] == "group/other"
    assert (jobs["later"]["when"], jobs["later"]["start_in"]) == ("delayed", 1800)
    branch = plan(BUSY, branch="topic")
    assert branch["pipeline"]["variables"] == {"KIND": "branch"}


def test_one_job_and_what_it_needs(plan: Planner) -> None:
    made = plan(BUSY, ("test",), branch="topic", mr="main")
    assert [job["name"] for job in made["jobs"]] == ["build: [3.11]", "build: [3.12]", "test"]


def test_explaining(repo: Path) -> None:
    loaded = load(Source(".gitlab-ci.yml", BUSY), NoFiles())
    assert loaded.config is not None
    context = build_context(
        read_repository(repo), Settings(), ContextOptions(branch="topic", mr="main")
    )
    (test,) = explain_job(loaded.config, context, "test")
    assert test.included
    assert test.why == "rules: clause 2 (line 26) matched, so when: manual"
    assert [rule.verdict for rule in test.rules] == ["did not match", "matched"]
    assert test.rules[0].clauses[0].found == "false: $NEVER  ($NEVER is null)"
    assert test.rules[1].clauses[0].found == "changed: src/a.py"
    assert [each.name for each in explain_all(loaded.config, context)] == [
        "build: [3.11]",
        "build: [3.12]",
        "test",
        "downstream",
        "later",
    ]
    assert [rule.verdict for rule in explain_workflow(loaded.config, context)] == [
        "matched",
        "not reached",
    ]
    (release,) = explain_job(
        load(Source(".gitlab-ci.yml", GUIDE), NoFiles()).config,  # type: ignore[arg-type]
        build_context(read_repository(repo), Settings(), ContextOptions()),
        "release-job",
    )
    assert not release.included
    assert release.rules[0].clauses[0].matched is False
