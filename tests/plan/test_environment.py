"""The variables that a job sees."""

import hashlib
import re
from collections.abc import Mapping

import msgspec
import pytest

from gluv.config.keywords.environment import Environment
from gluv.config.keywords.image import Image
from gluv.config.keywords.variables import Variable
from gluv.errors import Mark
from gluv.plan import build
from gluv.plan.context import Context, Server, SettingVariable
from gluv.plan.environment import EnvVar, build_environment
from gluv.plan.predefined import guess_tier
from gluv.plan.slug import environment_slug, group_name
from tests.plan.building import SHA, branch, config, job, merge_request, rule, schedule, tag

RUNTIME = {
    "CI_BUILDS_DIR": "/builds",
    "CI_JOB_ID": "12",
    "CI_JOB_STARTED_AT": "2026-03-04T05:06:09Z",
    "CI_JOB_TOKEN": "glcbt-1",
    "CI_PIPELINE_ID": "3",
    "CI_PROJECT_DIR": "/builds/my-lib",
    "CI_RUNNER_VERSION": "19.4.0",
}


def environment(
    context: Context,
    *,
    top: Mapping[str, str | Variable] | None = None,
    dotenv: Mapping[str, str] | None = None,
    runtime: Mapping[str, str] = RUNTIME,
    **keywords: object,
) -> dict[str, EnvVar]:
    keywords.setdefault("rules", (rule(),))
    plan = build(config(job("test", **keywords), variables=top or {}), context)
    assert plan.pipeline is not None
    found = build_environment(context, plan.pipeline, plan.jobs[0], runtime, dotenv or {})
    assert len({each.key for each in found}) == len(found)
    return {each.key: each for each in found}


def values(context: Context, **keywords: object) -> dict[str, str]:
    found = environment(context, **keywords)  # type: ignore[arg-type]
    return {key: each.value for key, each in found.items()}


SERVER = Server(url="https://git.example.org:8443", version="19.4.2-ee", revision="abc")


def test_a_branch() -> None:
    found = values(branch("feature/ÄB_1", server=SERVER), image=Image(name="python:3.12"))
    expected = {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_SERVER": "yes",
        "CI_SERVER_URL": "https://git.example.org:8443",
        "CI_SERVER_PROTOCOL": "https",
        "CI_SERVER_HOST": "git.example.org",
        "CI_SERVER_PORT": "8443",
        "CI_SERVER_FQDN": "git.example.org:8443",
        "CI_SERVER_VERSION": "19.4.2-ee",
        "CI_SERVER_VERSION_MAJOR": "19",
        "CI_SERVER_VERSION_MINOR": "4",
        "CI_SERVER_VERSION_PATCH": "2",
        "CI_API_V4_URL": "https://git.example.org:8443/api/v4",
        "CI_PROJECT_ID": "1",
        "CI_PROJECT_NAME": "my-lib",
        "CI_PROJECT_TITLE": "my-lib",
        "CI_PROJECT_PATH": "group/sub/my-lib",
        "CI_PROJECT_PATH_SLUG": "group-sub-my-lib",
        "CI_PROJECT_NAMESPACE": "group/sub",
        "CI_PROJECT_ROOT_NAMESPACE": "group",
        "CI_PROJECT_URL": "https://git.example.org:8443/group/sub/my-lib",
        "CI_DEFAULT_BRANCH": "main",
        "CI_CONFIG_PATH": ".gitlab-ci.yml",
        "CI_PIPELINE_SOURCE": "push",
        "CI_PIPELINE_IID": "1",
        "CI_PIPELINE_ID": "3",
        "CI_PIPELINE_URL": "https://git.example.org:8443/group/sub/my-lib/-/pipelines/3",
        "CI_PIPELINE_CREATED_AT": "2026-03-04T05:06:08Z",
        "CI_COMMIT_SHA": SHA,
        "CI_COMMIT_SHORT_SHA": SHA[:8],
        "CI_COMMIT_BEFORE_SHA": "0" * 40,
        "CI_COMMIT_BRANCH": "feature/ÄB_1",
        "CI_COMMIT_REF_NAME": "feature/ÄB_1",
        "CI_COMMIT_REF_SLUG": "feature--b-1",
        "CI_COMMIT_TITLE": "Add a thing",
        "CI_COMMIT_DESCRIPTION": "\nIt is a good one.",
        "CI_COMMIT_REF_PROTECTED": "false",
        "CI_COMMIT_AUTHOR": "Ann <ann@example.org>",
        "CI_JOB_ID": "12",
        "CI_JOB_NAME": "test",
        "CI_JOB_STAGE": "test",
        "CI_JOB_URL": "https://git.example.org:8443/group/sub/my-lib/-/jobs/12",
        "CI_JOB_STARTED_AT_SLUG": "2026-03-04t05-06-09z",
        "CI_JOB_IMAGE": "python:3.12",
        "CI_JOB_TIMEOUT": "3600",
        "CI_JOB_STATUS": "running",
        "CI_NODE_TOTAL": "1",
        "CI_PROJECT_DIR": "/builds/my-lib",
        "CI_RUNNER_VERSION": "19.4.0",
        "CI_REPOSITORY_URL": (
            "https://gitlab-ci-token:glcbt-1@git.example.org:8443/group/sub/my-lib.git"
        ),
        "GITLAB_USER_LOGIN": "root",
    }
    assert {key: found.get(key) for key in expected} == expected
    absent = {"CI_COMMIT_TAG", "CI_MERGE_REQUEST_IID", "CI_NODE_INDEX", "CI_JOB_MANUAL"}
    assert absent.isdisjoint(found)
    assert {"CI_PIPELINE_NAME", "CI_ENVIRONMENT_NAME", "CI_REGISTRY"}.isdisjoint(found)


def test_standard_ports_are_not_in_the_fqdn() -> None:
    found = values(branch(server=Server(url="https://git.example.org")))
    assert (found["CI_SERVER_PORT"], found["CI_SERVER_FQDN"]) == ("443", "git.example.org")


def test_a_tag() -> None:
    found = values(tag("v1.2.0", tag_message="One\n\nTwo"))
    assert found["CI_COMMIT_TAG"] == found["CI_COMMIT_REF_NAME"] == "v1.2.0"
    assert found["CI_COMMIT_TAG_MESSAGE"] == "One\n\nTwo"
    assert found["CI_COMMIT_REF_SLUG"] == "v1-2-0"
    assert "CI_COMMIT_BRANCH" not in found


def test_a_merge_request() -> None:
    found = values(merge_request())
    assert found["CI_PIPELINE_SOURCE"] == "merge_request_event"
    assert found["CI_COMMIT_REF_NAME"] == "topic"
    assert found["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"] == "topic"
    assert found["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] == "main"
    assert found["CI_MERGE_REQUEST_REF_PATH"] == "refs/merge-requests/7/head"
    assert found["CI_MERGE_REQUEST_EVENT_TYPE"] == "detached"
    assert found["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"] == ""
    assert found["CI_MERGE_REQUEST_DRAFT"] == "true"
    assert found["CI_OPEN_MERGE_REQUESTS"] == "group/sub/my-lib!7"
    assert {"CI_COMMIT_BRANCH", "CI_COMMIT_TAG"}.isdisjoint(found)


def test_a_schedule() -> None:
    found = values(schedule())
    assert found["CI_PIPELINE_SOURCE"] == "schedule"
    assert found["CI_PIPELINE_SCHEDULE_DESCRIPTION"] == "nightly"
    assert found["CI_COMMIT_BRANCH"] == "main"


def test_parallel_and_manual_jobs() -> None:
    found = values(branch(), parallel=3, when="manual", rules=None)
    assert (found["CI_NODE_INDEX"], found["CI_NODE_TOTAL"]) == ("1", "3")
    assert found["CI_JOB_NAME"] == "test 1/3"
    assert found["CI_JOB_NAME_SLUG"] == "test-1-3"
    assert found["CI_JOB_GROUP_NAME"] == "test"
    assert found["CI_JOB_MANUAL"] == "true"


def test_precedence() -> None:
    """Each layer sets its own name and all the names of the weaker ones."""
    mark = Mark(".gitlab-ci.yml", 3, 5)
    layers = ["top", "job", "rule", "dotenv", "instance", "group", "project", "pipeline"]

    def names_up_to(layer: str) -> dict[str, str]:
        return {f"V_{name}": layer for name in layers[: layers.index(layer) + 1]}

    settings = tuple(
        SettingVariable(key=key, value=value, scope=level)
        for level in ("project", "group", "instance")
        for key, value in names_up_to(level).items()
    )
    found = environment(
        branch(settings=settings, variables=names_up_to("pipeline")),
        top={key: Variable(value=v, mark=mark) for key, v in names_up_to("top").items()},
        variables=names_up_to("job"),
        rules=(rule(variables=names_up_to("rule")),),
        dotenv=names_up_to("dotenv"),
    )
    assert {found[f"V_{name}"].value for name in layers} == {"pipeline"}
    for count in range(len(layers) - 1, 0, -1):
        strongest = layers[count - 1]
        kept = {layer: {f"V_{layers[0]}": layer} for layer in layers[:count]}
        found = environment(
            branch(
                settings=tuple(
                    SettingVariable(key="V_top", value=level, scope=level)
                    for level in ("instance", "group", "project")
                    if level in kept
                ),
                variables=kept.get("pipeline", {}),
            ),
            top=kept.get("top", {}),
            variables=kept.get("job", {}),
            rules=(rule(variables=kept.get("rule", {})),),
            dotenv=kept.get("dotenv", {}),
        )
        assert found["V_top"].value == strongest


def test_where_values_come_from() -> None:
    found = environment(
        branch(settings=(SettingVariable(key="S", value="1", masked=True),), variables={"P": "1"}),
        top={"T": Variable(value="1", mark=Mark("ci/base.yml", 3, 5))},
        dotenv={"D": "1"},
    )
    assert {key: found[key].origin for key in ("T", "S", "P", "D", "CI", "CI_PROJECT_DIR")} == {
        "T": "ci/base.yml:3",
        "S": "project settings",
        "P": "pipeline variable",
        "D": "dotenv",
        "CI": "GitLab",
        "CI_PROJECT_DIR": "runner",
    }
    assert found["S"].masked
    assert found["CI_JOB_TOKEN"].masked
    assert not found["CI_JOB_ID"].masked


def test_who_can_override_what() -> None:
    found = values(
        branch(),
        top={
            "CI_PROJECT_DIR": "/elsewhere",
            "CI_JOB_TOKEN": "mine",
            "CI_COMMIT_SHA": "mine",
            "GITLAB_USER_LOGIN": "mine",
            "CI_RUNNER_VERSION": "mine",
        },
    )
    assert found["CI_PROJECT_DIR"] == "/elsewhere"
    assert found["CI_JOB_TOKEN"] == found["CI_COMMIT_SHA"] == "mine"
    assert found["GITLAB_USER_LOGIN"] == "root"
    assert found["CI_RUNNER_VERSION"] == "19.4.0"


def test_expansion() -> None:
    found = values(
        branch(settings=(SettingVariable(key="KEY", value="secret", file=True),)),
        top={
            "URL": "${CI_API_V4_URL}/projects/$CI_PROJECT_ID",
            "TOKEN": "${CI_JOB_TOKEN}",
            "DIR": "$CI_PROJECT_DIR/.cache",
            "DEEP": "%URL%/$DIR",
            "NONE": "a${NOWHERE}b",
            "DOLLAR": "$$CI_JOB_ID",
            "RAW": Variable(value="$URL", expand=False),
            "VIA": "<$RAW>",
            "AT": "$KEY",
            "CI_COMMIT_REF_SLUG": "v-$CI_COMMIT_REF_SLUG",
        },
        dotenv={"FROM": "$CI_JOB_ID"},
    )
    assert found["URL"] == "http://127.0.0.1/api/v4/projects/1"
    assert found["TOKEN"] == "glcbt-1"
    assert found["DIR"] == "/builds/my-lib/.cache"
    assert found["DEEP"] == f"{found['URL']}//builds/my-lib/.cache"
    assert found["NONE"] == "ab"
    assert found["DOLLAR"] == "$CI_JOB_ID"
    assert found["RAW"] == "$URL"
    assert found["VIA"] == "<$URL>"
    assert found["KEY"] == "secret"
    assert found["AT"] == "/builds/my-lib.tmp/KEY"
    assert found["CI_COMMIT_REF_SLUG"] == "v-main"


def test_the_content_of_a_file_variable_is_expanded_unless_raw() -> None:
    content = "user $CI_JOB_ID:${TOKEN} $$PATH [$NOWHERE] $OTHER"
    found = values(
        branch(
            settings=(
                SettingVariable(key="KEY", value=content, file=True),
                SettingVariable(key="OTHER", value="other", file=True),
                SettingVariable(key="RAW", value=content, file=True, raw=True),
            )
        ),
        top={"TOKEN": "<$CI_JOB_TOKEN>", "AT": "$KEY"},
    )
    assert found["KEY"] == "user 12:<glcbt-1> $PATH [] /builds/my-lib.tmp/OTHER"
    assert found["RAW"] == content
    assert found["AT"] == "/builds/my-lib.tmp/KEY"


def test_settings_are_for_protected_refs_and_environments() -> None:
    settings = (
        SettingVariable(key="P", value="1", protected=True),
        SettingVariable(key="E", value="all"),
        SettingVariable(key="E", value="reviews", environment_scope="review/*"),
        SettingVariable(key="E", value="exact", environment_scope="review/main"),
        SettingVariable(key="X", value="1", environment_scope="prod"),
    )
    plain = values(branch(settings=settings))
    assert plain["E"] == "all"
    assert {"P", "X"}.isdisjoint(plain)
    assert values(branch(settings=settings, protected=True))["P"] == "1"
    for name, expected in (("review/$CI_COMMIT_REF_NAME", "exact"), ("review/x", "reviews")):
        found = values(branch(settings=settings), environment=Environment(name=name))
        assert found["E"] == expected
        assert "X" not in found


def test_an_environment() -> None:
    found = values(
        branch("topic"),
        environment=Environment(
            name="review/$CI_COMMIT_REF_NAME", url="https://$CI_ENVIRONMENT_SLUG.$HOST/$CI_JOB_ID"
        ),
        dotenv={"HOST": "example.org"},
    )
    assert found["CI_ENVIRONMENT_NAME"] == "review/topic"
    assert found["CI_ENVIRONMENT_ACTION"] == "start"
    assert found["CI_ENVIRONMENT_TIER"] == "development"
    slug = found["CI_ENVIRONMENT_SLUG"]
    assert slug.startswith("review-topic-")
    assert found["CI_ENVIRONMENT_URL"] == f"https://{slug}.example.org/12"


# The pairs of GitLab's own specification, a suffix written as six dots.
@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("staging-12345678901234567", "staging-123456789-......"),
        ("9-staging-123456789012345", "env-9-staging-123-......"),
        ("staging-1234567890123456", "staging-1234567890123456"),
        ("production", "production"),
        ("PRODUCTION", "production-......"),
        ("review/1-foo", "review-1-foo-......"),
        ("1-foo", "env-1-foo-......"),
        ("foo-", "foo"),
        ("foo--bar", "foo-bar-......"),
        ("*-foo", "env-foo-......"),
        ("staging-12345678-01234567", "staging-12345678-......"),
    ],
)
def test_environment_slugs(name: str, slug: str) -> None:
    found = environment_slug(name)
    assert re.fullmatch(slug.replace("......", "[a-z0-9]{6}"), found)
    if slug.endswith("......"):
        last = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 36**6
        assert int(found[-6:], 36) == last


@pytest.mark.parametrize(
    ("name", "tier"),
    [
        ("Production", "production"),
        ("prd", "production"),
        ("review/x", "development"),
        ("qa", "testing"),
        ("stg", "staging"),
        ("pre-prod", "staging"),
        ("somewhere", "other"),
    ],
)
def test_tiers(name: str, tier: str) -> None:
    assert guess_tier(name) == tier


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("test", "test"),
        ("test 1/3", "test"),
        ("test: [a, b]", "test"),
        ("test: [a] 1/2", "test"),
        ("test 3", "test 3"),
    ],
)
def test_group_names(name: str, group: str) -> None:
    assert group_name(name) == group


def test_what_the_runner_must_hand_in() -> None:
    with pytest.raises(KeyError, match="CI_JOB_TOKEN"):
        values(branch(), runtime={key: "x" for key in RUNTIME if key != "CI_JOB_TOKEN"})


def test_long_messages_are_cut() -> None:
    context = branch()
    commit = msgspec.structs.replace(context.commit, message="x" * 100_001)
    found = values(msgspec.structs.replace(context, commit=commit))
    assert len(found["CI_COMMIT_MESSAGE"]) == 100_000
    assert found["CI_COMMIT_MESSAGE_IS_TRUNCATED"] == "true"
    assert found["CI_COMMIT_DESCRIPTION"] == found["CI_COMMIT_MESSAGE"]


def test_id_tokens_are_masked() -> None:
    found = environment(
        branch(), runtime=RUNTIME | {"PYPI_ID_TOKEN": "jwt"}, id_tokens={"PYPI_ID_TOKEN": ("pypi",)}
    )
    assert (found["PYPI_ID_TOKEN"].value, found["PYPI_ID_TOKEN"].masked) == ("jwt", True)
