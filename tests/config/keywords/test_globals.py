"""The keywords at the top of a file, and what is a job at all."""

import pytest

from gluv.config.keywords.auto_cancel import AutoCancel
from tests.config.keywords.pipelines import messages, read, valid

JOB = "\nx: {script: exit 0, stage: .pre}\n"


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("", (".pre", "build", "test", "deploy", ".post")),
        ("stages: [a, b]", (".pre", "a", "b", ".post")),
        ("stages: [a, [b, [c]]]", (".pre", "a", "b", "c", ".post")),
        ("stages: [.post, a, a, .pre]", (".pre", "a", ".post")),
        ("stages:", (".pre", "build", "test", "deploy", ".post")),
    ],
)
def test_stages_have_edges(text: str, stages: tuple[str, ...]) -> None:
    assert valid(text + JOB).stages == stages


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("stages: a", "stages config should be an array of strings"),
        ("stages: [1]", "stages config should be an array of strings"),
        ("variables: a", "variables config should be a hash"),
        ("variables: {A: {value: b, desc: c}}", "variables:a config uses invalid data keys: desc"),
        (
            "variables: {A: {value: c, options: [a, b]}}",
            "variables:a config value must be present in options",
        ),
        ("default: a", "default config should be a hash"),
        ("default: {secrets: {}}", "default config contains unknown keys: secrets"),
        ("default: {image: [a]}", "default:image config should be a hash or a string"),
        ("default: {identity: aws}", "default identity must be one of: google_cloud"),
        ("image: [a]", "image config should be a hash or a string"),
        ("cache: {when: a}", "cache when should be one of: on_success, on_failure, always"),
        ("workflow: a", "workflow config should be a hash"),
        ("workflow: {rule: []}", "workflow config contains unknown keys: rule"),
        ("workflow: {name: 1}", "workflow name should be a string"),
        ("workflow: {rules: [{if: $A, when: manual}]}", "workflow:rules:rule when unknown value"),
        ("workflow: {rules: [{allow_failure: true}]}", "workflow:rules:rule config contains unkno"),
        ("workflow: {rules: [$A]}", "workflow:rules:rule config should be a hash"),
        (
            "workflow: {auto_cancel: {on_new_commit: a}}",
            "workflow:auto_cancel on new commit must be one of: conservative, interruptible, none",
        ),
        ("y:", "jobs y config should implement the script:, run:, or trigger: keyword"),
        ("my_job: {stage: test}", "jobs my job config should implement the script:, run:, or"),
        ("y: [a]", "jobs y config should implement the script:, run:, or trigger: keyword"),
        ("script: a", "jobs script config should implement the script:, run:, or trigger: keyword"),
        (".y:", "jobs:.y config can't be blank"),
        ("y: {script: ''}", "jobs:y script can't be blank"),
        ("y: {script: []}", "jobs:y script can't be blank"),
        ("y: {script: null}", "jobs:y script can't be blank"),
        (f"{'n' * 256}: {{script: a}}", "name is too long (maximum is 255 characters)"),
    ],
)
def test_a_mistake_is_refused_in_gitlabs_sentence(text: str, sentence: str) -> None:
    found = messages(text + JOB)

    assert len(found) == 1
    assert sentence in found[0]


def test_hidden_jobs_may_hold_anything() -> None:
    assert list(valid(".list: [a]\n.text: a\n.map: {foo: 1}" + JOB).jobs) == ["x"]


@pytest.mark.parametrize("text", ["stages: [a]", ".x: {script: a}", "variables: {A: b}"])
def test_a_file_without_visible_jobs_is_refused(text: str) -> None:
    config, problems = read(text)

    assert config is None
    assert [problem.message for problem in problems] == [
        "jobs config should contain at least one visible job"
    ]


def test_workflow() -> None:
    workflow = valid(
        """
        workflow:
          name: $TITLE
          auto_cancel: {on_new_commit: interruptible, on_job_failure: all}
          rules:
            - if: $A
              variables: {B: c}
              auto_cancel: {on_new_commit: none}
            - when: never
        x: {script: a}
        """
    ).workflow

    assert (workflow.name, workflow.auto_cancel) == (
        "$TITLE",
        AutoCancel(on_new_commit="interruptible", on_job_failure="all"),
    )
    assert workflow.rules is not None
    first, last = workflow.rules
    assert (first.if_, first.variables["B"].value) == ("$A", "c")
    assert (first.auto_cancel, last.when) == ({"on_new_commit": "none"}, "never")


def test_jobs_get_the_defaults() -> None:
    jobs = valid(
        """
        default: {image: alpine, tags: [a], retry: 1}
        before_script: [setup]
        x: {script: a}
        y: {script: a, image: debian, inherit: {default: [tags]}}
        z: {script: a, tags: null, inherit: {default: false}}
        """
    ).jobs

    assert jobs["x"].image is not None
    assert (jobs["x"].image.name, jobs["x"].tags, jobs["x"].before_script) == (
        "alpine",
        ("a",),
        ("setup",),
    )
    assert jobs["y"].image is not None
    assert (jobs["y"].image.name, jobs["y"].tags, jobs["y"].retry) == ("debian", ("a",), None)
    assert (jobs["z"].image, jobs["z"].tags) == (None, ())
