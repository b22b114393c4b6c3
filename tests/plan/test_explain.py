"""Why a job is in or out, condition by condition."""

import pytest

from gluv.config import load
from gluv.config.model import Config
from gluv.errors import UsageWrong
from gluv.plan.context import Context
from gluv.plan.explain import JobExplained, explain_jobs
from gluv.text.nodes import Source
from tests.plan.building import FakeRepository, branch, merge_request, schedule, tag
from tests.plan.test_guide import NoFiles


def config(text: str) -> Config:
    loaded = load(Source(".gitlab-ci.yml", text), NoFiles())
    assert loaded.config is not None, loaded.problems
    return loaded.config


def explain(text: str, context: Context) -> JobExplained:
    (job,) = explain_jobs(config(f"a:\n  script: date\n{text}"), context, ("a",))
    return job


def test_a_job_without_rules_in_a_merge_request() -> None:
    job = explain("", merge_request())
    assert not job.included
    (refs,) = job.conditions
    assert (refs.keyword, refs.text, refs.implicit, refs.held) == (
        "only",
        "[branches, tags]",
        True,
        False,
    )
    assert refs.found == "this is a merge request pipeline"
    assert explain("", branch()).conditions[0].held


def test_only_and_except_say_what_they_saw() -> None:
    text = (
        "  only: {refs: [branches], variables: ['$GO == \"yes\"'], changes: [src/*]}\n"
        "  except: [schedules]\n"
    )
    repository = FakeRepository(changed=frozenset({"src/a.py"}))
    job = explain(text, branch(repository=repository, variables={"GO": "yes"}))
    assert job.included
    assert [(each.keyword, each.kind, each.held) for each in job.conditions] == [
        ("only", "refs", True),
        ("only", "variables", True),
        ("only", "changes", True),
        ("except", "refs", False),
    ]
    assert job.conditions[1].found == 'true: $GO == "yes"  ($GO is "yes")'
    assert job.conditions[2].found == "changed: src/a.py"
    assert not explain(text, schedule(variables={"GO": "yes"})).included


def test_rules_have_no_conditions_of_only() -> None:
    job = explain("  rules: [{if: $CI_COMMIT_TAG}]\n", tag())
    assert job.included
    assert job.conditions == ()
    assert job.rules[0].clauses[0].found == 'true: $CI_COMMIT_TAG  ($CI_COMMIT_TAG is "v1.2.0")'
    assert job.mark is not None
    assert job.mark.line == 1


def test_exists_names_a_path() -> None:
    context = branch(repository=FakeRepository({"src/a.py": "1", "b": "2"}))
    job = explain("  rules: [{exists: ['**/*.py']}]\n", context)
    assert job.rules[0].clauses[0].found == "there is src/a.py"
    job = explain("  rules: [{exists: ['*.rs']}]\n", context)
    assert job.rules[0].clauses[0].found == "no path of the commit matches"


def test_names_and_globs() -> None:
    made = config("unit-a: {script: x}\nunit-b: {script: x}\nlint: {script: x}\n")
    names = [each.name for each in explain_jobs(made, branch(), ("unit-*", "lint"))]
    assert names == ["unit-a", "unit-b", "lint"]
    assert len(explain_jobs(made, branch(), ())) == 3
    with pytest.raises(UsageWrong, match="no job 'unitt'"):
        explain_jobs(made, branch(), ("unitt",))
