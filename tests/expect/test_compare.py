"""What holds and what does not: every kind of expectation can fail."""

import pytest

from tests.expect.scenes import outcome, outcomes, wrong

BROKEN = "job:\n  script: make\n  imag: alpine\n"


@pytest.mark.parametrize(
    "text",
    [
        "jobs: [build, test]",
        "jobs: {test: null}",
        "jobs: {test: {stage: test, when: on_success}}",
        "jobs: [build: {image: 'python:3.12'}, test: {needs: [build]}]",
        "jobs: {test: {needs: [{job: build, artifacts: true}]}}",
        "jobs: {build: {needs: null, tags: [], services: null, environment: {}}}",
        "jobs: {build: {variables: {WHERE: here, ELSEWHERE: null}}}",
        "skipped: [deploy]",
        "skipped: {deploy: $CI_COMMIT_TAG}",
        "stages: [.pre, build, test, deploy, .post]",
        "pipeline: {source: push, ref: main, tag: false}",
        "environment: {build: {WHERE: here, CI_COMMIT_TAG: null, CI_NODE_TOTAL: 1}}",
        "{context: {tag: v1}, jobs: [build, test, deploy: {environment: production}]}",
    ],
)
def test_what_is_so_holds(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("jobs: [test, build]", ["jobs"]),
        ("jobs: [build]", ["jobs"]),
        ("jobs: [build, test, deploy]", ["jobs"]),
        ("jobs: {deploy: null}", ["jobs.deploy"]),
        ("jobs: {nowhere: null}", ["jobs.nowhere"]),
        ("jobs: {test: {stage: build}}", ["jobs.test.stage"]),
        ("jobs: {test: {needs: []}}", ["jobs.test.needs"]),
        ("jobs: {test: {needs: null}}", ["jobs.test.needs"]),
        (
            "jobs: {test: {needs: [{job: build, artifacts: false}]}}",
            ["jobs.test.needs[0].artifacts"],
        ),
        ("jobs: {build: {variables: {}}}", ["jobs.build.variables"]),
        ("jobs: {build: {variables: {WHERE: there}}}", ["jobs.build.variables.WHERE"]),
        ("jobs: {build: {image: alpine}}", ["jobs.build.image"]),
        ("jobs: {build: {timeout_seconds: true}}", ["jobs.build.timeout_seconds"]),
        ("jobs: {build: {allow_failure: 0}}", ["jobs.build.allow_failure"]),
        ("skipped: []", ["skipped"]),
        ("skipped: [deploy, test]", ["skipped"]),
        ("skipped: {test: null}", ["skipped.test"]),
        ("skipped: {deploy: because}", ["skipped.deploy"]),
        ("stages: [build, test]", ["stages"]),
        ("pipeline: none", ["pipeline"]),
        ("pipeline: Its name", ["pipeline.name"]),
        ("pipeline: {source: schedule}", ["pipeline.source"]),
        ("reason: empty", ["reason"]),
        ("problems: [something]", ["problems"]),
        ("environment: {build: {WHERE: there}}", ["environment.build.WHERE"]),
        ("environment: {build: {WHERE: null}}", ["environment.build.WHERE"]),
        ("environment: {deploy: {WHERE: here}}", ["environment.deploy"]),
    ],
)
def test_what_is_not_so_is_a_difference(text: str, where: list[str]) -> None:
    assert wrong(text) == where


def test_a_difference_has_the_line_of_the_expectation() -> None:
    (difference,) = outcome("jobs:\n  - build\n  - test:\n      when: manual\n").differences
    assert str(difference.mark) == "expect.yml:4:13"
    assert (difference.expected, difference.actual) == ("manual", "on_success")


def test_a_missing_job_says_why() -> None:
    (difference,) = outcome("jobs: [build, test, deploy]").differences
    assert difference.expected == ["build", "test", "deploy"]
    assert difference.actual == ["build", "test"]
    assert len(difference.why) == 1
    assert "deploy: rules: no clause matched" in difference.why[0]


def test_several_events_by_name() -> None:
    text = "a branch: {jobs: [build, test]}\na tag: {context: {tag: v1}, jobs: [build]}\n"
    branch, tag = outcomes(text)
    assert (branch.expectation.name, branch.holds) == ("a branch", True)
    assert (tag.expectation.name, tag.holds) == ("a tag", False)


class TestProblems:
    def test_an_error_nobody_expects_is_the_only_difference(self) -> None:
        (difference,) = outcome("jobs: [job, other]", BROKEN).differences
        assert difference.where == "problems"
        assert difference.expected is None
        assert "unknown keys: imag" in str(difference.actual)

    def test_the_expected_error_holds(self) -> None:
        sentence = "jobs:job config contains unknown keys: imag"
        assert wrong(f"problems: ['{sentence}']", BROKEN) == []
        assert wrong(f"problems: [{{message: '{sentence}', line: 3, column: 3}}]", BROKEN) == []

    def test_part_of_a_sentence_or_another_line_does_not(self) -> None:
        assert wrong("problems: ['unknown keys: imag']", BROKEN) == ["problems", "problems"]
        assert wrong("problems: [{code: unknown-key, line: 1}]", BROKEN) == ["problems"] * 2

    def test_each_expected_problem_needs_one_of_its_own(self) -> None:
        assert wrong("problems: [{line: 3}, {line: 3}]", BROKEN) == ["problems"]

    def test_no_problem_may_be_expected_where_there_is_one(self) -> None:
        assert wrong("problems: []", BROKEN) == ["problems"]

    def test_warnings_need_not_be_listed(self) -> None:
        pipeline = "job:\n  script: make\n  rules:\n    - when: always\n"
        assert wrong("jobs: [job]", pipeline) == []
        assert wrong("{jobs: [job], problems: [{severity: warning, line: 4}]}", pipeline) == []
        assert wrong("{jobs: [job], problems: [{severity: warning, line: 9}]}", pipeline) == [
            "problems"
        ]
