"""Problems as data: all at once, each at its place, with a next step; warnings beside errors."""

import subprocess
import sys

import pytest

from tests.config.keywords.pipelines import read


def test_all_problems_come_at_once_and_each_has_its_mark() -> None:
    config, problems = read(
        """\
        stages: [build]
        variables:
          A: {value: b, desc: c}
        x:
          script: [a, {b: c}]
          cache:
            key: a/b
            polcy: pull
          needs: [y]
        z:
          scrip: a
        """
    )

    assert [(problem.code, str(problem.mark)) for problem in problems] == [
        ("unknown-key", ".gitlab-ci.yml:3:17"),
        ("wrong-type", ".gitlab-ci.yml:5:15"),
        ("unknown-key", ".gitlab-ci.yml:8:5"),
        ("invalid-value", ".gitlab-ci.yml:7:10"),
        ("job-without-script", ".gitlab-ci.yml:11:3"),
        ("undefined-stage", ".gitlab-ci.yml:4:1"),
        ("undefined-need", ".gitlab-ci.yml:9:3"),
    ]
    assert config is not None
    assert list(config.jobs) == ["x"]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("x: {script: a, artefacts: {}}", "did you mean `artifacts`?"),
        ("x: {script: a, cache: {polcy: pull}}", "did you mean `policy`?"),
        ("x: {script: a, when: onsuccess}", "did you mean `on_success`?"),
        ("x: {script: a, stage: tset}", "did you mean `test`?"),
        ("x: {script: a, needs: [buidl]}\nbuild: {script: a}", "did you mean `build`?"),
        ("x: {script: [a: b]}", "put the line in quotes: YAML reads `word: word` as a map"),
        ("x: {script: a, timeout: 3600}", 'put it in quotes, as in "30 minutes"'),
        ("x: {script: a, coverage: total}", "put it between slashes: /.../"),
        ("x: {script: a, parallel: {matrix: [{V: [3.10]}]}}", "put the value in quotes"),
        ("x: {trigger: a/b, image: c}", "a trigger job does not take this keyword"),
        ("stages: [a]\nx: {script: a}", "a job without `stage:` is in the stage test"),
        ("x: {script: a, stage: release}", "add `release` to `stages:`"),
    ],
)
def test_a_problem_says_what_to_do(text: str, hint: str) -> None:
    assert read(text)[1][0].hint == hint


def test_a_mistake_in_a_shared_place_is_one_problem() -> None:
    _, problems = read(
        """
        default: {image: [a]}
        .cache: &cache {key: a/b}
        x: {script: a, cache: *cache}
        y: {script: a, cache: *cache}
        """
    )

    assert [problem.message for problem in problems] == [
        "default:image config should be a hash or a string",
        'jobs:x:cache:key config cannot contain the "/" character',
    ]


def test_every_keyword_of_a_job_has_its_mark() -> None:
    config, _ = read("x:\n  script: a\n  tags: [b]\n")

    assert config is not None
    assert {key: str(mark) for key, mark in config.jobs["x"].marks.items()} == {
        "script": ".gitlab-ci.yml:2:3",
        "tags": ".gitlab-ci.yml:3:3",
    }
    assert str(config.jobs["x"].mark) == ".gitlab-ci.yml:1:1"


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("x: {script: a, rules: [{if: $A}, {when: always}]}", True),
        ("x: {script: a, rules: [{if: $A}, {when: never}]}", False),
        ("x: {script: a, rules: [{if: $A, when: always}]}", False),
        ("x: {script: a, rules: [{when: always, allow_failure: true}]}", False),
        ("x: {script: a, rules: [{when: always}]}\nworkflow: {rules: [{if: $A}]}", False),
    ],
)
def test_rules_that_may_make_two_pipelines_are_a_warning(text: str, warned: bool) -> None:
    config, problems = read(text)

    assert config is not None
    assert [(problem.severity, problem.message.split(" - ")[0]) for problem in problems] == (
        [
            (
                "warning",
                "jobs:x may allow multiple pipelines to run for a single action due to "
                "`rules:when` clause with no `workflow:rules`",
            )
        ]
        if warned
        else []
    )


def test_reading_loads_the_small_languages_only_when_a_keyword_needs_them() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from tests.config.keywords.pipelines import valid\n"
            "valid('x: {script: a, cache: {key: b, paths: [c]}, needs: []}')\n"
            "print([name for name in ('re2', 'asyncio', 'difflib', 'gluv.expr.rules_if')"
            " if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "[]"
