"""Small files that grow beyond all measure are refused with one sentence, and soon."""

import pytest

from gluv.config import load
from gluv.text.nodes import Source
from tests.config.loader.fakes import Files
from tests.fuzz.bombs import BOMBS


@pytest.mark.parametrize("bomb", ["extends", "extends_apart", "references", "rules"])
def test_extends_and_references_are_bounded(bomb: str) -> None:
    text, files = BOMBS[bomb]()
    loaded = load(Source(".gitlab-ci.yml", text), Files(files))
    assert loaded.config is None
    assert [problem.message for problem in loaded.problems] == ["The parsed YAML is too big"]


def test_a_chain_of_references_through_deep_lists_ends_in_a_sentence() -> None:
    text, files = BOMBS["reference_depth"]()
    loaded = load(Source(".gitlab-ci.yml", text), Files(files))
    assert loaded.problems[0].message.endswith("is part of a chain that is too long")


def test_many_jobs_may_extend_one_template() -> None:
    jobs = "".join(f"j{n}: {{extends: .base, variables: {{B: '{n}'}}}}\n" for n in range(3000))
    text = f".base: {{script: [a, b], variables: {{A: x}}}}\n{jobs}"
    loaded = load(Source(".gitlab-ci.yml", text), Files())
    assert loaded.problems == ()
    assert loaded.config is not None
    assert len(loaded.config.jobs) == 3000


def test_problems_that_only_follow_from_a_broken_entry_are_left_out_by_its_whole_name() -> None:
    text = "a: b: {extends: .gone}\na: {script: x, needs: ['a: b']}\n"
    text = text.replace("a: b:", '"a: b":', 1)
    loaded = load(Source(".gitlab-ci.yml", text), Files())
    assert [problem.code for problem in loaded.problems] == ["extends"]
