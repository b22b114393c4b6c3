"""Jobs that start another pipeline."""

import pytest

from gluv.config.keywords.trigger import Forward, Trigger
from tests.config.keywords.pipelines import messages, valid


def test_trigger_forms() -> None:
    jobs = valid(
        """
        a: {trigger: group/project}
        b:
          trigger:
            project: group/project
            branch: main
            strategy: depend
            inputs: {a: 1}
            forward: {yaml_variables: false, pipeline_variables: true}
        c: {trigger: {include: child.yml}}
        d: {trigger: {include: [{local: child.yml}, {project: g/p, file: [a.yml]}]}}
        """
    ).jobs

    assert jobs["a"].trigger == Trigger(project="group/project")
    assert jobs["b"].trigger == Trigger(
        project="group/project",
        branch="main",
        strategy="depend",
        inputs={"a": 1},
        forward=Forward(yaml_variables=False, pipeline_variables=True),
    )
    assert jobs["c"].trigger == Trigger(include=({"local": "child.yml"},))
    assert jobs["d"].trigger == Trigger(
        include=({"local": "child.yml"}, {"project": "g/p", "file": ["a.yml"]})
    )


@pytest.mark.parametrize(
    ("keywords", "sentence"),
    [
        ("trigger: 1", "jobs:x:trigger has to be either a string or a hash"),
        ("trigger: ''", "jobs:x:trigger config can't be blank"),
        ("trigger: {branch: a}", "jobs:x:trigger project can't be blank"),
        ("trigger: {project: a, tag: b}", "jobs:x:trigger config contains unknown keys: tag"),
        (
            "trigger: {include: a, project: b}",
            "jobs:x:trigger config contains unknown keys: project",
        ),
        (
            "trigger: {project: a, strategy: wait}",
            "jobs:x:trigger strategy should be depend or mirror",
        ),
        (
            "trigger: {project: a, forward: {yaml_variables: 1}}",
            "jobs:x:trigger:forward yaml variables should be a boolean value",
        ),
        (
            "trigger: {include: [a, b, c, d]}",
            "jobs:x:trigger:include config is too long (maximum is 3)",
        ),
        (
            "trigger: {include: [{artifact: a}]}",
            "jobs:x:trigger:include:include config must specify the job where to fetch the "
            "artifact from",
        ),
        (
            "trigger: {include: [{project: a}]}",
            "jobs:x:trigger:include:include config must specify the file where to fetch the "
            "config from",
        ),
        (
            "trigger:",
            "jobs:x config should contain either a trigger or a needs:pipeline",
        ),
        (
            "needs: [y]",
            "jobs:x config should contain either a trigger or a needs:pipeline",
        ),
        (
            "needs: [{pipeline: a}, {pipeline: b}]",
            "jobs:x config should contain at most one bridge need",
        ),
        ("{trigger: a, image: b}", "jobs:x config contains unknown keys: image"),
        (
            "{trigger: a, when: delayed}",
            "jobs:x when should be one of: on_success, on_failure, always, manual",
        ),
        (
            "{trigger: a, allow_failure: {exit_codes: 1}}",
            "jobs:x allow failure should be a boolean value",
        ),
        ("{trigger: a, parallel: 2}", 'jobs:x:parallel config cannot use "parallel: <number>".'),
        (
            "{trigger: a, needs: [{pipeline: b, job: c}]}",
            "jobs:x:needs config uses invalid types: cross_dependency",
        ),
    ],
)
def test_a_mistake_is_refused_in_gitlabs_sentence(keywords: str, sentence: str) -> None:
    body = keywords if keywords.startswith("{") else f"\n  {keywords}"
    assert sentence in messages(f"x: {body}\ny: {{script: exit 0}}\n")


def test_a_trigger_job_may_inherit_what_it_does_not_use() -> None:
    config = valid(
        """
        default: {image: alpine, interruptible: true}
        a: {trigger: group/project}
        b: {needs: {pipeline: group/project}}
        """
    )

    assert config.jobs["a"].image is None
    assert config.jobs["a"].interruptible is True


def test_the_job_that_makes_a_child_pipeline_must_come_first() -> None:
    assert messages(
        """
        child: {stage: build, trigger: {include: [{artifact: a.yml, job: make}]}}
        make: {stage: test, script: exit 0}
        """
    ) == ["child job: dependency make is not defined in current or prior stages"]
