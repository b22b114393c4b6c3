"""`--update`: what is written holds, asks about the same things, and changes nothing else."""

import pytest

from gluv.expect.rewrite import Rewritten, rewrite, starting_files
from gluv.text.nodes import Source, plain
from gluv.text.reader import parse
from tests.expect.scenes import PIPELINE, outcomes, planned, surroundings

BROKEN = "job:\n  script: make\n  imag: alpine\n"
NONE = "workflow: {rules: [{if: $NOT_THERE}]}\njob: {script: make}\n"


def rewritten(text: str, pipeline: str = PIPELINE) -> Rewritten | None:
    pairs = planned(text, pipeline)
    return rewrite(
        Source("expect.yml", text), [outcome for outcome, _ in pairs], [plan for _, plan in pairs]
    )


def updated(text: str, pipeline: str = PIPELINE) -> object:
    result = rewritten(text, pipeline)
    assert result is not None
    assert all(outcome.holds for outcome in outcomes(result.text, pipeline))
    return plain(parse(Source("expect.yml", result.text)))


def test_what_holds_is_not_touched() -> None:
    assert rewritten("# why\njobs: [build, test]   # two\n") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("jobs: [build]", {"jobs": ["build", "test"]}),
        (
            "jobs: [build: {stage: test}]",
            {
                "jobs": [
                    {"build": {"stage": "build"}},
                    {"test": {"stage": "test", "needs": ["build"], "variables": {"WHERE": "here"}}},
                ]
            },
        ),
        ("jobs: {test: {when: manual}}", {"jobs": {"test": {"when": "on_success"}}}),
        ("jobs: {test: {when: manual}, deploy: null}", {"jobs": {"test": {"when": "on_success"}}}),
        ("jobs: {test: {needs: []}}", {"jobs": {"test": {"needs": ["build"]}}}),
        (
            "jobs: {build: {image: alpine, stage: build}}",
            {"jobs": {"build": {"image": "python:3.12", "stage": "build"}}},
        ),
        ("skipped: []", {"skipped": ["deploy"]}),
        (
            "skipped: {deploy: CI_COMMIT_TAG, test: null}",
            {"skipped": {"deploy": "CI_COMMIT_TAG"}},
        ),
        (
            "{jobs: [build, test], pipeline: {source: web, ref: main}}",
            {"jobs": ["build", "test"], "pipeline": {"source": "push", "ref": "main"}},
        ),
        (
            "pipeline: none",
            {
                "jobs": [
                    {
                        "build": {
                            "stage": "build",
                            "image": "python:3.12",
                            "variables": {"WHERE": "here"},
                        }
                    },
                    {"test": {"stage": "test", "needs": ["build"], "variables": {"WHERE": "here"}}},
                ]
            },
        ),
        (
            "{jobs: [build, test], environment: {build: {WHERE: there, NOT: x}}}",
            {
                "jobs": ["build", "test"],
                "environment": {"build": {"WHERE": "here", "NOT": None}},
            },
        ),
        (
            "{context: {tag: v1, variables: {A: '1'}}, jobs: [build, test]}",
            {
                "context": {"tag": "v1", "variables": {"A": "1"}},
                "jobs": ["build", "test", "deploy"],
            },
        ),
    ],
)
def test_what_does_not_hold_is_todays(old: str, new: object) -> None:
    assert updated(old) == new


def test_errors_of_today() -> None:
    new = {"problems": [{"message": "jobs:job config contains unknown keys: imag", "line": 3}]}
    assert updated("jobs: [job]", BROKEN) == new


def test_no_pipeline_today() -> None:
    new = updated("jobs: [job]", NONE)
    assert isinstance(new, dict)
    assert new["pipeline"] == "none"
    assert "workflow:rules" in str(new["reason"])


def test_only_the_wrong_one_of_several_changes() -> None:
    text = "one: {jobs: {test: {needs: [{job: build}]}}}\ntwo: {jobs: [build]}\n"
    assert updated(text) == {
        "one": {"jobs": {"test": {"needs": [{"job": "build"}]}}},
        "two": {"jobs": ["build", "test"]},
    }


def test_the_comments_above_the_first_key_stay() -> None:
    result = rewritten("# Why this is here.\n\njobs: [build]\n")
    assert result is not None
    assert result.text.startswith("# Why this is here.\n\njobs:\n")
    assert not result.comments_lost


def test_comments_inside_are_lost_and_counted() -> None:
    result = rewritten("# head\njobs:\n  # inside\n  - build\n")
    assert result is not None
    assert result.comments_lost
    assert "inside" not in result.text


def test_the_first_files_hold() -> None:
    files = starting_files(surroundings())
    assert sorted(files) == [
        "branch.yml",
        "default-branch.yml",
        "merge-request.yml",
        "schedule.yml",
        "tag.yml",
    ]
    for text in files.values():
        (outcome,) = outcomes(text)
        assert outcome.holds
    assert "pipeline: none" in files["merge-request.yml"]
    assert "deploy" in files["tag.yml"]
