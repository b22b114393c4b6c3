"""GitLab's table of predefined variables, from a real repository to what a job gets.

A variable that does not apply is absent, never empty.
"""

import re
import subprocess
from pathlib import Path

import pytest

from gluv.config import load
from gluv.host.context import ContextOptions, build_context
from gluv.host.fetch import HostFetcher
from gluv.host.git_reading import read_repository
from gluv.plan import build
from gluv.plan.context import Server
from gluv.plan.environment import build_environment
from gluv.plan.includes import include_variables
from gluv.settings import Settings
from gluv.text.nodes import Source

CONFIG = """\
workflow: {name: "The pipeline of $CI_COMMIT_REF_NAME"}
stages: [check]
'test job':
  stage: check
  image: python:3.12
  tags: [a, b]
  parallel: 2
  environment: {name: review/$CI_COMMIT_REF_SLUG, url: https://example.com, action: prepare}
  script: [date]
  rules: [{when: manual}]
plain: {stage: check, script: [date], rules: [{when: always}]}
"""
RUNTIME = {
    "CI_BUILDS_DIR": "/builds",
    "CI_PROJECT_DIR": "/builds/group/sub/lib",
    "RUNNER_TEMP_PROJECT_DIR": "/builds/group/sub/lib.tmp",
    "CI_JOB_ID": "7",
    "CI_JOB_TOKEN": "glcbt-x",
    "CI_JOB_STARTED_AT": "2026-03-04T05:06:09Z",
    "CI_PIPELINE_ID": "5",
    "CI_RUNNER_VERSION": "1.0",
    "CI_RUNNER_REVISION": "r",
    "CI_RUNNER_SHORT_TOKEN": "s",
    "CI_RUNNER_EXECUTABLE_ARCH": "linux/amd64",
}


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


BEFORE_THE_PIPELINE = names(
    """
    CI GITLAB_CI CI_SERVER_URL CI_SERVER_PROTOCOL CI_SERVER_HOST CI_SERVER_PORT CI_SERVER_FQDN
    CI_SERVER_SHELL_SSH_HOST CI_SERVER_SHELL_SSH_PORT CI_SERVER_NAME CI_SERVER_VERSION
    CI_SERVER_VERSION_MAJOR CI_SERVER_VERSION_MINOR CI_SERVER_VERSION_PATCH CI_SERVER_REVISION
    CI_API_V4_URL CI_API_GRAPHQL_URL CI_TEMPLATE_REGISTRY_HOST CI_CONFIG_PATH CI_DEFAULT_BRANCH
    CI_PROJECT_ID CI_PROJECT_NAME CI_PROJECT_TITLE CI_PROJECT_DESCRIPTION CI_PROJECT_PATH
    CI_PROJECT_PATH_SLUG CI_PROJECT_NAMESPACE CI_PROJECT_NAMESPACE_ID CI_PROJECT_NAMESPACE_SLUG
    CI_PROJECT_ROOT_NAMESPACE CI_PROJECT_URL CI_PROJECT_VISIBILITY CI_PROJECT_REPOSITORY_LANGUAGES
    CI_PROJECT_TOPICS CI_PROJECT_CLASSIFICATION_LABEL CI_PAGES_DOMAIN CI_PAGES_HOSTNAME
    CI_PAGES_URL GITLAB_FEATURES CI_PIPELINE_SOURCE CI_PIPELINE_CREATED_AT CI_COMMIT_SHA
    CI_COMMIT_SHORT_SHA CI_COMMIT_BEFORE_SHA CI_COMMIT_REF_NAME CI_COMMIT_REF_SLUG
    CI_COMMIT_MESSAGE CI_COMMIT_TITLE CI_COMMIT_DESCRIPTION CI_COMMIT_MESSAGE_IS_TRUNCATED
    CI_COMMIT_REF_PROTECTED CI_COMMIT_TIMESTAMP CI_COMMIT_AUTHOR
    """
)
IN_EVERY_JOB = BEFORE_THE_PIPELINE | names(
    """
    CI_SERVER CI_PROJECT_DIR CI_BUILDS_DIR GITLAB_USER_ID GITLAB_USER_LOGIN GITLAB_USER_NAME
    GITLAB_USER_EMAIL CI_PIPELINE_ID CI_PIPELINE_IID CI_PIPELINE_URL CI_PIPELINE_NAME CI_JOB_ID
    CI_JOB_URL CI_JOB_TOKEN CI_JOB_STARTED_AT CI_JOB_STARTED_AT_SLUG CI_JOB_NAME CI_JOB_NAME_SLUG
    CI_JOB_GROUP_NAME CI_JOB_STAGE CI_JOB_STATUS CI_JOB_TIMEOUT CI_NODE_TOTAL CI_REPOSITORY_URL
    CI_RUNNER_ID CI_RUNNER_DESCRIPTION CI_RUNNER_TAGS CI_RUNNER_VERSION CI_RUNNER_REVISION
    CI_RUNNER_EXECUTABLE_ARCH CI_RUNNER_SHORT_TOKEN CI_CONCURRENT_ID CI_CONCURRENT_PROJECT_ID
    CI_DISPOSABLE_ENVIRONMENT RUNNER_TEMP_PROJECT_DIR
    """
)
OF_THE_JOB = names(
    """
    CI_JOB_IMAGE CI_JOB_MANUAL CI_NODE_INDEX CI_ENVIRONMENT_NAME CI_ENVIRONMENT_SLUG
    CI_ENVIRONMENT_URL CI_ENVIRONMENT_ACTION CI_ENVIRONMENT_TIER
    """
)
BRANCH = frozenset({"CI_COMMIT_BRANCH"})
TAG = frozenset({"CI_COMMIT_TAG", "CI_COMMIT_TAG_MESSAGE"})
MERGE_REQUEST = frozenset(
    f"CI_MERGE_REQUEST_{name}"
    for name in names(
        """
    ID IID REF_PATH PROJECT_ID PROJECT_PATH PROJECT_URL TITLE DESCRIPTION DESCRIPTION_IS_TRUNCATED
    DRAFT APPROVED SQUASH_ON_MERGE EVENT_TYPE SOURCE_BRANCH_NAME SOURCE_BRANCH_PROTECTED
    SOURCE_PROJECT_ID SOURCE_PROJECT_PATH SOURCE_PROJECT_URL TARGET_BRANCH_NAME
    TARGET_BRANCH_PROTECTED SOURCE_BRANCH_SHA TARGET_BRANCH_SHA DIFF_ID DIFF_BASE_SHA
    """
    )
) | {"CI_OPEN_MERGE_REQUESTS"}
EVENTS = {
    "branch": (ContextOptions(), BRANCH, frozenset[str]()),
    "other branch": (ContextOptions(branch="topic"), BRANCH, frozenset[str]()),
    "tag": (ContextOptions(tag="v1.0"), TAG, frozenset[str]()),
    "merge request": (
        ContextOptions(branch="topic", mr="main"),
        MERGE_REQUEST,
        frozenset[str](),
    ),
    "schedule": (
        ContextOptions(schedule="nightly"),
        BRANCH,
        frozenset({"CI_PIPELINE_SCHEDULE_DESCRIPTION"}),
    ),
    "scheduled source": (
        ContextOptions(source="schedule", tag="v1.0"),
        TAG,
        frozenset({"CI_PIPELINE_SCHEDULE_DESCRIPTION"}),
    ),
    "api": (ContextOptions(source="api"), BRANCH, frozenset[str]()),
    "web": (ContextOptions(source="web"), BRANCH, frozenset[str]()),
    "trigger": (
        ContextOptions(source="trigger"),
        BRANCH,
        frozenset({"CI_PIPELINE_TRIGGERED"}),
    ),
}
"""Options, what the ref adds before the pipeline, and what the source adds with it."""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann Example")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.org")
    root = tmp_path / "lib"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ann Example")
    git(root, "config", "user.email", "ann@example.org")
    git(root, "remote", "add", "origin", "https://gitlab.example.com/group/sub/lib.git")
    git(root, "commit", "-q", "--allow-empty", "-m", "Start")
    git(root, "commit", "-q", "--allow-empty", "-m", "Go on\n\nin two lines")
    git(root, "tag", "-m", "The first", "v1.0", "HEAD^")
    git(root, "switch", "-q", "-c", "topic")
    git(root, "commit", "-q", "--allow-empty", "-m", "Draft: try")
    git(root, "switch", "-q", "main")
    return root


def git(directory: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


class Event:
    """What include sees, and what the two jobs of the pipeline get."""

    def __init__(self, root: Path, options: ContextOptions) -> None:
        settings = Settings(protected=("main",))
        server = Server(url="https://gitlab.example.com:8443")
        context = build_context(read_repository(root), settings, options, server)
        self.before = include_variables(context)
        loaded = load(Source(".gitlab-ci.yml", CONFIG), HostFetcher(root, root / ".gluv", settings))
        assert loaded.config is not None
        plan = build(loaded.config, context, problems=loaded.problems)
        assert plan.pipeline is not None
        self.jobs = {
            job.name: {
                each.key: each.value
                for each in build_environment(context, plan.pipeline, job, RUNTIME)
            }
            for job in plan.jobs
        }


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_there_and_nothing_else(root: Path, name: str) -> None:
    options, of_ref, of_source = EVENTS[name]
    event = Event(root, options)
    assert set(event.before) == BEFORE_THE_PIPELINE | of_ref
    everywhere = IN_EVERY_JOB | of_ref | of_source
    assert set(event.jobs["plain"]) == everywhere
    assert set(event.jobs["test job 1/2"]) == everywhere | OF_THE_JOB


def values(root: Path, name: str) -> dict[str, str]:
    return Event(root, EVENTS[name][0]).jobs["test job 1/2"]


def check(found: dict[str, str], expected: dict[str, str]) -> None:
    assert {key: found.get(key) for key in expected} == expected


def test_the_values_of_a_branch(root: Path) -> None:
    head = git(root, "rev-parse", "main")
    found = values(root, "branch")
    check(
        found,
        {
            "CI_SERVER_FQDN": "gitlab.example.com:8443",
            "CI_SERVER_PORT": "8443",
            "CI_API_GRAPHQL_URL": "https://gitlab.example.com:8443/api/graphql",
            "CI_CONFIG_PATH": ".gitlab-ci.yml",
            "CI_PROJECT_PATH": "group/sub/lib",
            "CI_PROJECT_NAMESPACE": "group/sub",
            "CI_PROJECT_NAMESPACE_SLUG": "group-sub",
            "CI_PROJECT_ROOT_NAMESPACE": "group",
            "CI_COMMIT_SHA": head,
            "CI_COMMIT_SHORT_SHA": head[:8],
            "CI_COMMIT_REF_NAME": "main",
            "CI_COMMIT_REF_PROTECTED": "true",
            "CI_COMMIT_TITLE": "Go on",
            "CI_COMMIT_AUTHOR": "Ann Example <ann@example.org>",
            "CI_PIPELINE_SOURCE": "push",
            "CI_PIPELINE_NAME": "The pipeline of main",
            "GITLAB_USER_LOGIN": "ann",
            "CI_JOB_NAME": "test job 1/2",
            "CI_JOB_NAME_SLUG": "test-job-1-2",
            "CI_JOB_GROUP_NAME": "test job",
            "CI_JOB_MANUAL": "true",
            "CI_NODE_INDEX": "1",
            "CI_NODE_TOTAL": "2",
            "CI_ENVIRONMENT_NAME": "review/main",
            "CI_ENVIRONMENT_ACTION": "prepare",
            "CI_ENVIRONMENT_TIER": "development",
            "CI_RUNNER_TAGS": '["a", "b"]',
            "CI_JOB_IMAGE": "python:3.12",
        },
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["CI_PIPELINE_CREATED_AT"])


def test_the_values_of_a_tag(root: Path) -> None:
    check(
        values(root, "tag"),
        {
            "CI_COMMIT_TAG": "v1.0",
            "CI_COMMIT_TAG_MESSAGE": "The first",
            "CI_COMMIT_REF_NAME": "v1.0",
            "CI_COMMIT_REF_SLUG": "v1-0",
            "CI_COMMIT_REF_PROTECTED": "false",
            "CI_COMMIT_BEFORE_SHA": "0" * 40,
            "CI_COMMIT_SHA": git(root, "rev-parse", "v1.0^{commit}"),
            "CI_PIPELINE_SOURCE": "push",
        },
    )


def test_the_values_of_a_merge_request(root: Path) -> None:
    check(
        values(root, "merge request"),
        {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_REF_NAME": "topic",
            "CI_COMMIT_BEFORE_SHA": "0" * 40,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "topic",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED": "false",
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED": "true",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(root, "rev-parse", "main"),
            "CI_MERGE_REQUEST_TITLE": "Draft: try",
            "CI_MERGE_REQUEST_DRAFT": "true",
            "CI_MERGE_REQUEST_EVENT_TYPE": "detached",
            "CI_MERGE_REQUEST_REF_PATH": "refs/merge-requests/1/head",
            "CI_OPEN_MERGE_REQUESTS": "group/sub/lib!1",
        },
    )


@pytest.mark.parametrize("name", ["schedule", "api", "web", "trigger"])
def test_the_values_of_other_sources(root: Path, name: str) -> None:
    found = values(root, name)
    check(
        found,
        {
            "CI_PIPELINE_SOURCE": name,
            "CI_COMMIT_BRANCH": "main",
            "CI_COMMIT_BEFORE_SHA": "0" * 40,
        },
    )
    if name == "schedule":
        assert found["CI_PIPELINE_SCHEDULE_DESCRIPTION"] == "nightly"
    if name == "trigger":
        assert found["CI_PIPELINE_TRIGGERED"] == "true"
