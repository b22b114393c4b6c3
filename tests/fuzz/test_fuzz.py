"""Whatever the file holds: no traceback, no hang, no end of memory (more in bench/fuzz.py)."""

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gluv.text.nodes import Source
from gluv.text.reader import parse
from tests.fuzz.bombs import BOMBS, Bomb
from tests.fuzz.corpus import KEYWORDS, VALUES, pipelines
from tests.fuzz.journey import travel
from tests.fuzz.mutation import mutate
from tests.fuzz.written import write_tree

CHECKS = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def few(examples: int) -> settings:
    return settings(
        max_examples=examples, deadline=5000, suppress_health_check=CHECKS, database=None
    )


@few(150)
@given(st.binary(max_size=300))
def test_bytes(content: bytes) -> None:
    travel(content)


@few(150)
@given(st.text("abc:-[]{}&*!|>'\"#%@,?~ \n\t.<0189$/", max_size=200))
def test_punctuation(text: str) -> None:
    travel(text.encode())


@few(150)
@given(st.integers(min_value=0, max_value=2**32))
def test_mutated_pipelines(seed: int) -> None:
    chance = random.Random(seed)
    travel(mutate(chance.choice(pipelines()), chance))


def trees() -> st.SearchStrategy[object]:
    leaves = st.sampled_from(VALUES)
    names = st.sampled_from(KEYWORDS)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=6)
        ),
        max_leaves=30,
    )


@few(200)
@given(st.dictionaries(st.sampled_from(KEYWORDS), trees(), min_size=1, max_size=8))
def test_trees_of_keywords(tree: dict[str, object]) -> None:
    text = write_tree(tree)
    parse(Source("tree.yml", text))  # what is written is YAML, so that the readers see it
    travel(text.encode())


@few(100)
@given(
    st.dictionaries(st.sampled_from(KEYWORDS), st.sampled_from(VALUES), max_size=4),
    st.dictionaries(st.sampled_from(KEYWORDS), trees(), max_size=6),
)
def test_jobs_of_keywords(variables: dict[str, object], keywords: dict[str, object]) -> None:
    job = {"script": "x", **keywords}
    travel(write_tree({"variables": variables, "a": job, ".a": keywords}).encode())


@few(60)
@given(
    st.dictionaries(st.sampled_from(KEYWORDS), trees(), max_size=4),
    st.dictionaries(st.sampled_from(KEYWORDS), trees(), max_size=6),
)
def test_headers_and_includes(spec: dict[str, object], body: dict[str, object]) -> None:
    body = {**body, "a": {"script": "$[[ inputs.a ]]"}}
    file = f"{write_tree({'spec': {'inputs': {'a': spec}}})}\n---\n{write_tree(body)}"
    travel(file.encode())
    travel(b"include: {local: a.yml, inputs: {a: b}}\n", {"a.yml": file})


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs(bomb: Callable[[], Bomb]) -> None:
    text, files = bomb()
    start = time.process_time()
    travel(text.encode(), files)
    assert time.process_time() - start < 30
