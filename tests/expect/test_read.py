"""A wrong expectation file is refused with its line, not taken as something that holds."""

import pytest

from gluv.expect.model import Scene
from gluv.expect.read import read_expectations
from gluv.plan.context import SettingVariable
from gluv.text.nodes import Source
from tests.expect.scenes import mistakes


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("job: [a]", 1, "`job` is neither a key of an expectation nor a named one"),
        ("jobs: [a]\njbos: [b]", 2, "an expectation has no key `jbos`"),
        ("jobs: [a: {wen: manual}]", 1, "the job a has no key `wen`"),
        ("jobs: a", 1, "`jobs` is a list of names"),
        ("jobs: [a: manual]", 1, "what is expected of the job a is a map"),
        ("jobs: [[a]]", 1, "`jobs` is a list of names"),
        ("skipped: [a: [b]]", 1, "why a is skipped is text"),
        ("pipeline: [a]", 1, "`pipeline` is `none`"),
        ("pipeline: {nam: x}", 1, "a pipeline has no key `nam`"),
        ("reason: [a]", 1, "`reason` is text"),
        ("stages: build", 1, "`stages` is a list"),
        ("problems: text", 1, "`problems` is a list"),
        ("problems: [1]", 1, "a problem is a sentence or a map"),
        ("problems: [{lin: 1}]", 1, "a problem has no key `lin`"),
        ("environment: [a]", 1, "`environment` is a map of jobs"),
        ("environment: {a: b}", 1, "the environment of a is a map"),
        ("context: {branch: main}", 1, "expects nothing"),
        ("context: {brunch: x}\njobs: []", 1, "a context has no key `brunch`"),
        ("context: [x]\njobs: []", 1, "`context` is a map or a name"),
        ("context: release\njobs: []", 1, "there is no context named `release`"),
        ("context: {tag: v1, branch: main}\njobs: []", 1, "for a tag, or for a branch"),
        ("context: {source: pussh}\njobs: []", 1, "there is no pipeline source `pussh`"),
        ("context: {source: merge_request_event}\njobs: []", 1, "needs `mr: TARGET`"),
        ("context: {mr: main, source: push}\njobs: []", 1, "is merge_request_event"),
        ("context: {mr: {title: x}}\njobs: []", 1, "`mr` is the target branch"),
        ("context: {tag: v1, changed: [a]}\njobs: []", 1, "GitLab knows what changed"),
        ("context: {schedule: x, changed: [a]}\njobs: []", 1, "GitLab knows what changed"),
        ("context: {changed: a}\njobs: []", 1, "`changed` is a list of paths"),
        ("context: {branch: 1}\njobs: []", 1, "`branch` is text"),
        ("context: {protected: maybe}\njobs: []", 1, "`protected` is true or false"),
        ("context: {variables: [a]}\njobs: []", 1, "`variables` is a map"),
        ("context: {variables: {A: [a]}}\njobs: []", 1, "the value of A is text"),
        ("context: {settings: {A: {valeu: x}}}\njobs: []", 1, "the variable A has no key `valeu`"),
        ("a: {jobs: []}\nb: {jobs: []}\na: {jobs: [x]}", 3, "`a` is there twice"),
        ("- a", 1, "Invalid configuration format"),
    ],
)
def test_a_mistake_has_its_line(text: str, line: int, message: str) -> None:
    problems = mistakes(text)
    assert problems
    assert message in problems[0].message
    assert problems[0].mark is not None
    assert (problems[0].mark.file, problems[0].mark.line) == ("expect.yml", line)


def test_a_likely_key_is_named() -> None:
    assert mistakes("jobs: [a: {wen: manual}]")[0].hint == "did you mean `when`?"


def test_a_named_context() -> None:
    scene = Scene(tag="v1")
    read = read_expectations(
        Source("expect.yml", "{context: release, jobs: []}"), {"release": scene}
    )
    assert [each.scene for each in read.expectations] == [scene]


def test_settings_variables() -> None:
    text = "context: {settings: {A: 1, B: [{value: x}, {value: y, scope: group}]}}\njobs: []"
    (expectation,) = read_expectations(Source("expect.yml", text)).expectations
    assert expectation.scene.settings == (
        SettingVariable(key="A", value="1"),
        SettingVariable(key="B", value="x"),
        SettingVariable(key="B", value="y", scope="group"),
    )


def test_one_expectation_is_named_after_its_file() -> None:
    read = read_expectations(Source("tests/pipeline/tag.yml", "jobs: []"))
    assert [each.name for each in read.expectations] == ["tag"]
