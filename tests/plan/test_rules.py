"""Which jobs are in a pipeline, and the sentence for those that are not."""

import pytest

from gluv.config.keywords.policy import Policy
from gluv.config.keywords.rules import Changes, Exists
from gluv.config.keywords.workflow import Workflow
from gluv.config.model import Config
from gluv.plan import build
from gluv.plan.context import Context
from gluv.plan.model import Plan
from tests.plan.building import (
    FakeRepository,
    branch,
    config,
    job,
    merge_request,
    rule,
    schedule,
    tag,
)


def names(plan: Plan) -> list[str]:
    return [each.name for each in plan.jobs]


def why(config_: Config, context: Context, name: str) -> str:
    plan = build(config_, context)
    return next(entry.why for entry in plan.skipped if entry.name == name)


def test_a_job_without_rules_is_for_branches_and_tags_only() -> None:
    plain = config(job("test"))
    assert names(build(plain, branch())) == ["test"]
    assert names(build(plain, tag())) == ["test"]
    assert names(build(plain, schedule())) == ["test"]
    plan = build(plain, merge_request())
    assert plan.pipeline is None
    assert plan.reason.startswith("The resulting pipeline would have been empty.")
    assert plan.skipped[0].why == (
        "only (implicit): [branches, tags] does not hold for a merge request pipeline"
    )


def test_workflow_rules_switch_the_implicit_only_off() -> None:
    always = Workflow(rules=(rule(),))
    assert names(build(config(job("test"), workflow=always), merge_request())) == ["test"]


def test_the_first_matching_clause_decides() -> None:
    release = job(
        "release",
        rules=(
            rule("$CI_COMMIT_TAG =~ /-rc/", line=3, when="never"),
            rule("$CI_COMMIT_TAG", line=5, when="manual", variables={"A": "1"}),
            rule(line=9, when="never"),
        ),
    )
    other = job("test", rules=(rule(),))
    both = config(release, other)
    planned = build(both, tag("v1")).jobs[0]
    assert planned.rule is not None
    assert (planned.rule.index, planned.rule.if_) == (1, "$CI_COMMIT_TAG")
    assert (planned.when, planned.allow_failure) == ("manual", False)
    assert planned.variables["A"].value == "1"
    assert why(both, tag("v1-rc1"), "release") == (
        "rules: `$CI_COMMIT_TAG =~ /-rc/` (line 3) is true, and its `when` is never"
    )
    assert why(both, branch(), "release") == (
        "rules: `when: never` (line 9), for everything that no earlier clause matched"
    )


def test_no_clause_matched() -> None:
    plain = config(
        job(
            "release",
            rules=(rule("$CI_COMMIT_TAG", line=14), rule('$CI_COMMIT_BRANCH == "x"', line=15)),
        ),
        job("test"),
        job("none", rules=()),
    )
    assert why(plain, branch(), "release") == (
        "rules: no clause matched: `$CI_COMMIT_TAG` (line 14) is false; "
        '`$CI_COMMIT_BRANCH == "x"` (line 15) is false'
    )
    assert why(plain, branch(), "none") == "rules: the list is empty, so no clause can match"


@pytest.mark.parametrize(
    ("changed", "matches"),
    [
        (frozenset({"src/a/b.py"}), True),
        (frozenset({"README.md"}), False),
        (frozenset(), False),
        (None, True),
    ],
)
def test_changes(changed: frozenset[str] | None, matches: bool) -> None:
    clause = rule(changes=Changes(paths=("$DIR/**/*.{py,pyi}",)))
    plain = config(
        job("test", rules=(clause,), variables={"DIR": "$TOP", "TOP": "src"}), job("other")
    )
    plan = build(plain, branch(repository=FakeRepository(changed=changed)))
    assert ("test" in names(plan)) is matches


def test_changes_compare_to() -> None:
    clause = rule(changes=Changes(paths=("a",), compare_to="$TARGET"))
    plain = config(job("test", rules=(clause,)), variables={"TARGET": "main"})
    repository = FakeRepository(changed=frozenset(), since={"main": frozenset({"a"})})
    assert names(build(plain, branch(repository=repository))) == ["test"]
    broken = build(plain, branch(repository=FakeRepository()))
    assert broken.pipeline is None
    assert [problem.message for problem in broken.problems] == [
        "Failed to parse rule for test: rules:changes:compare_to is not a valid ref"
    ]


def test_too_many_comparisons_count_as_changed() -> None:
    clause = rule(changes=Changes(paths=("nothing/*",)))
    plain = config(job("test", rules=(clause,)), job("other"))
    few = FakeRepository(changed=frozenset(map(str, range(50_000))))
    many = FakeRepository(changed=frozenset(map(str, range(50_001))))
    assert names(build(plain, branch(repository=few))) == ["other"]
    assert names(build(plain, branch(repository=many))) == ["test", "other"]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("pyproject.toml", True),
        ("*.toml", True),
        ("**/*.py", True),
        ("src/*.py", False),
        ("src/*/b.py", True),
        ("nothing", False),
        ("${FILE}.toml", True),
    ],
)
def test_exists(pattern: str, matches: bool) -> None:
    clause = rule(exists=Exists(paths=(pattern,)))
    plain = config(job("test", rules=(clause,)), job("other"), variables={"FILE": "pyproject"})
    repository = FakeRepository({"pyproject.toml": "1", "src/a/b.py": "2"})
    assert ("test" in names(build(plain, branch(repository=repository)))) is matches


def test_exists_in_another_project_is_refused() -> None:
    clause = rule(exists=Exists(paths=("a",), project="other/one"))
    plan = build(config(job("test", rules=(clause,))), branch())
    assert [problem.message for problem in plan.problems] == [
        "Failed to parse rule for test: rules:exists:project `other/one` is not a valid "
        "project path"
    ]


def test_all_conditions_of_a_clause_must_hold() -> None:
    clause = rule("$CI_COMMIT_BRANCH", exists=Exists(paths=("a",)))
    plain = config(job("test", rules=(clause,)), job("other"))
    assert names(build(plain, branch())) == ["other"]
    assert names(build(plain, branch(repository=FakeRepository({"a": "1"})))) == ["test", "other"]


@pytest.mark.parametrize(
    ("refs", "context", "matches"),
    [
        (("main",), branch(), True),
        (("main",), branch("other"), False),
        (("branches",), branch(), True),
        (("branches",), tag(), False),
        (("tags",), tag(), True),
        (("/^v[0-9]/",), tag(), True),
        (("/^V[0-9]/i",), tag(), True),
        (("/^w/",), tag(), False),
        (("merge_requests",), merge_request(), True),
        (("main",), merge_request("main"), False),
        (("branches",), merge_request(), False),
        (("schedules",), schedule(), True),
        (("pushes",), schedule(), False),
        (("pushes",), branch(), True),
        (("web",), branch(source="web"), True),
        (("api",), branch(source="api"), True),
        (("triggers", "pipelines"), branch(source="pipeline"), True),
        (("main@group/sub/my-lib",), branch(), True),
        (("main@other/fork",), branch(), False),
        (("branches@group/sub/my-lib",), branch(), True),
    ],
)
def test_only_and_except_refs(refs: tuple[str, ...], context: Context, matches: bool) -> None:
    plain = config(
        job("only", only=Policy(refs=refs)),
        job("except", only=Policy(refs=("/./", *_all())), except_=Policy(refs=refs)),
        job("other", rules=(rule(),)),
    )
    found = names(build(plain, context))
    assert ("only" in found) is matches
    assert ("except" in found) is not matches


def _all() -> tuple[str, ...]:
    return ("branches", "tags", "merge_requests")


def test_only_variables_and_changes_must_all_hold() -> None:
    policy = Policy(variables=('$A == "1"', '$A == "2"'), changes=("src/*",))
    plain = config(job("test", only=policy), job("other"), variables={"A": "2"})
    hit = FakeRepository(changed=frozenset({"src/a"}))
    assert names(build(plain, branch(repository=hit))) == ["test", "other"]
    assert names(build(plain, branch())) == ["other"]
    assert names(build(plain, branch(repository=hit, variables={"A": "3"}))) == ["other"]
    # refs are still the default ones
    assert build(plain, merge_request(repository=hit)).pipeline is None


def test_one_condition_of_except_is_enough() -> None:
    policy = Policy(variables=("$SKIP",), changes=("docs/*",))
    plain = config(job("test", except_=policy), job("other"))
    assert names(build(plain, branch())) == ["test", "other"]
    assert names(build(plain, branch(variables={"SKIP": "1"}))) == ["other"]
    docs = FakeRepository(changed=frozenset({"docs/a"}))
    assert names(build(plain, branch(repository=docs))) == ["other"]


def test_workflow_rules() -> None:
    workflow = Workflow(
        name="Pipeline for $CI_COMMIT_BRANCH $KIND",
        rules=(
            rule('$CI_COMMIT_BRANCH == "main"', line=2, variables={"KIND": "main", "B": "flow"}),
            rule("$CI_COMMIT_TAG", line=4, when="never"),
        ),
    )
    plain = config(
        job("test", variables={"B": "job"}, rules=(rule('$KIND == "main"'),)),
        workflow=workflow,
        variables={"KIND": "none"},
    )
    plan = build(plain, branch())
    assert plan.pipeline is not None
    assert plan.pipeline.name == "Pipeline for main main"
    assert plan.pipeline.variables == {"KIND": "main", "B": "flow"}
    variables = {key: each.value for key, each in plan.jobs[0].variables.items()}
    assert variables == {"KIND": "main", "B": "job"}
    for context, reason in (
        (tag(), "workflow:rules: `$CI_COMMIT_TAG` (line 4) is true, and its `when` is never"),
        (branch("x"), "workflow:rules: no clause matched: "),
    ):
        filtered = build(plain, context)
        assert filtered.pipeline is None
        assert filtered.reason == (
            "The pipeline did not run. Review the workflow:rules configuration for the pipeline."
        )
        assert filtered.skipped[0].why.startswith(reason)
        assert filtered.valid


def test_jobs_in_pre_and_post_make_no_pipeline() -> None:
    plain = config(job("a", stage=".pre"), job("b", stage=".post"))
    plan = build(plain, branch())
    assert plan.pipeline is None
    assert [entry.name for entry in plan.skipped] == ["a", "b"]
    more = config(job("a", stage=".pre"), job("b", stage=".post"), job("c", stage="build"))
    assert names(build(more, branch())) == ["a", "c", "b"]


@pytest.mark.parametrize(
    ("keywords", "expected"),
    [
        ({}, ("on_success", False, None)),
        ({"when": "manual"}, ("manual", True, None)),
        ({"when": "manual", "allow_failure": False}, ("manual", False, None)),
        ({"when": "delayed", "start_in": 60}, ("delayed", False, 60)),
        ({"rules": (rule(when="manual"),)}, ("manual", False, None)),
        ({"rules": (rule(when="manual", allow_failure=True),)}, ("manual", True, None)),
        ({"rules": (rule(when="delayed", start_in=5),)}, ("delayed", False, 5)),
        ({"when": "manual", "rules": (rule(),)}, ("manual", True, None)),
        (
            {"allow_failure": True, "rules": (rule(allow_failure=False),)},
            ("on_success", False, None),
        ),
    ],
)
def test_when_and_allow_failure(
    keywords: dict[str, object], expected: tuple[str, bool, int | None]
) -> None:
    planned = build(config(job("test", **keywords)), branch()).jobs[0]
    assert (planned.when, planned.allow_failure, planned.start_in) == expected


def test_a_rule_sets_interruptible_and_needs() -> None:
    from gluv.config.keywords.needs import Need

    clause = rule(interruptible=False, needs=(Need(job="build"),))
    plain = config(
        job("build", stage="build"),
        job("test", interruptible=True, needs=(), rules=(clause,)),
    )
    planned = build(plain, branch()).jobs[1]
    assert planned.interruptible is False
    assert planned.needs is not None
    assert [need.job for need in planned.needs] == ["build"]


def test_an_invalid_configuration_has_no_pipeline() -> None:
    from gluv.errors import Problem

    error = Problem(code="unknown-key", message="jobs:test config contains unknown keys: x")
    plan = build(config(job("test")), branch(), problems=(error,))
    assert (plan.pipeline, plan.jobs, plan.problems, plan.valid) == (None, (), (error,), False)
    warning = Problem(code="x", message="y", severity="warning")
    assert build(config(job("test")), branch(), problems=(warning,)).pipeline is not None
