"""What must hold between jobs."""

import pytest

from tests.config.keywords.pipelines import messages, read, valid


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "release-job: {stage: release, script: a}",
            [
                "release-job job: chosen stage release does not exist; available stages are "
                ".pre, build, test, deploy, .post"
            ],
        ),
        (
            "stages: [a]\nx: {script: a}",
            ["x job: chosen stage test does not exist; available stages are .pre, a, .post"],
        ),
        ("x: {script: a, needs: [y]}", ["x job: undefined need: y"]),
        ("x: {script: a, needs: [{job: y, optional: true}]}", []),
        ("x: {script: a, dependencies: [y]}", ["x job: undefined dependency: y"]),
        ("x: {script: a, rules: [{if: $A, needs: [y]}]}", ["x job: undefined need: y"]),
        ("x: {script: a, needs: [.y]}\n.y: {script: a}", ["x job: undefined need: .y"]),
        (
            "x: {script: a, stage: build, needs: [y]}\ny: {script: a}",
            ["x job: need y is not defined in current or prior stages"],
        ),
        (
            "x: {script: a, stage: build, dependencies: [y]}\ny: {script: a}",
            ["x job: dependency y is not defined in current or prior stages"],
        ),
        ("x: {script: a, needs: [y]}\ny: {script: a}", []),
        (
            "x: {script: a, needs: [y, {job: y}]}\ny: {script: a}",
            ["x has the following needs duplicated: y."],
        ),
        (
            "x: {script: a, needs: [y], dependencies: [z]}\ny: {script: a}\nz: {script: a}",
            ["jobs:x dependencies the z should be part of needs"],
        ),
        (
            "x: {script: a, needs: [{pipeline: p, job: j}], dependencies: [y]}\ny: {script: a}",
            ["jobs:x needs corresponding to dependencies must be from the same pipeline"],
        ),
        (
            "x: {script: a, needs: [x]}",
            ["The pipeline has circular dependencies: self-dependency: x"],
        ),
        (
            "x: {script: a, needs: [y]}\ny: {script: a, needs: [z]}\nz: {script: a, needs: [x]}",
            ['The pipeline has circular dependencies: topological sort failed: ["x", "y", "z"]'],
        ),
    ],
)
def test_stages_needs_and_dependencies(text: str, sentences: list[str]) -> None:
    assert messages(text) == sentences


@pytest.mark.parametrize(
    ("need", "sentence"),
    [
        ("y", None),
        ("'y: [a, c]'", None),
        ("z 2/2", None),
        ("z 3/2", "x job: undefined need: z 3/2"),
        ("'y: [c, a]'", "x job: undefined need: y: [c, a]"),
        ("{job: y, parallel: {matrix: [{A: [a, b], C: c}]}}", None),
        (
            "{job: y, parallel: {matrix: [{A: a, C: d}]}}",
            "x job: undefined need: y: [a, d]",
        ),
        (
            "{job: z, parallel: {matrix: [{A: a}]}}",
            "x job: undefined need: z: [a]",
        ),
    ],
)
def test_parallel_jobs_can_be_needed_one_by_one(need: str, sentence: str | None) -> None:
    found = messages(
        f"""
        x: {{script: a, needs: [{need}]}}
        y: {{script: a, parallel: {{matrix: [{{A: [a, b], C: c}}]}}}}
        z: {{script: a, parallel: 2}}
        """
    )

    assert found == ([] if sentence is None else [sentence])


@pytest.mark.parametrize(("copies", "refused"), [(50, False), (51, True)])
def test_a_job_may_need_fifty_others(copies: int, refused: bool) -> None:
    found = messages(f"x: {{script: a, needs: [y]}}\ny: {{script: a, parallel: {copies}}}")

    assert bool(found) is refused
    assert all("one job can only need 50 others, but you have listed 51" in one for one in found)


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ("", "is not defined"),
        ("y: {script: a}", "does not have environment defined"),
        ("y: {script: a, environment: {name: q, action: stop}}", "have different environment name"),
        ("y: {script: a, environment: {name: p}}", "needs to have action stop defined"),
        ("y: {script: a, environment: {name: p, action: stop}}", None),
    ],
)
def test_the_job_that_stops_an_environment(other: str, fault: str | None) -> None:
    found = messages(f"x: {{script: a, environment: {{name: p, on_stop: y}}}}\n{other}")

    assert found == ([] if fault is None else [f"x job: on_stop job y {fault}"])


def test_needing_a_job_that_was_refused_is_no_mistake_of_its_own() -> None:
    assert messages("x: {script: a, needs: [y]}\ny: {stage: test}") == [
        "jobs y config should implement the script:, run:, or trigger: keyword"
    ]


def test_separate_circles_are_separate_problems() -> None:
    _, problems = read(
        """
        a: {script: a, needs: [b]}
        b: {script: a, needs: [a]}
        c: {script: a, needs: [d]}
        d: {script: a, needs: [c]}
        e: {script: a, needs: [a]}
        """
    )

    assert [(problem.code, problem.mark and problem.mark.line) for problem in problems] == [
        ("circular-needs", 2),
        ("circular-needs", 4),
    ]


def test_a_long_chain_of_needs_is_no_circle() -> None:
    chain = "".join(f"j{n}: {{script: a, needs: [j{n + 1}]}}\n" for n in range(3000))

    assert len(valid(chain + "j3000: {script: a}\n").jobs) == 3001
