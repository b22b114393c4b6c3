from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluv.trace.masking import Masker


def mask(text: bytes, *secrets: str, cuts: tuple[int, ...] = ()) -> bytes:
    masker = Masker(secrets)
    edges = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(edges)]
    return b"".join(map(masker.feed, pieces)) + masker.close()


@pytest.mark.parametrize("cut", range(24))
def test_a_secret_is_masked_wherever_the_chunk_ends(cut: int) -> None:
    assert mask(b"before s3cret-value after", "s3cret-value", cuts=(cut,)) == (
        b"before [MASKED] after"
    )


def test_the_longest_secret_wins_also_across_chunks() -> None:
    assert mask(b"abcdef abc abcx", "abc", "abcdef", cuts=(3,)) == b"[MASKED] [MASKED] [MASKED]x"


def test_an_unfinished_secret_is_printed_at_the_end() -> None:
    assert mask(b"see s3cre", "s3cret") == b"see s3cre"


@pytest.mark.parametrize("cut", range(40))
def test_what_follows_a_token_prefix_is_masked(cut: int) -> None:
    text = b"x glpat-AbC_d-1.2=3 y glpat- z"
    assert mask(text, cuts=(min(cut, len(text)),)) == b"x glpat-[MASKED] y glpat-[MASKED] z"


def test_a_secret_that_is_itself_a_token_is_masked_whole() -> None:
    assert mask(b"token=glcbt-12_xyz!", "glcbt-12_xyz") == b"token=[MASKED]!"


@given(
    st.text("ab", max_size=30),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=4),
    st.lists(st.integers(0, 30), max_size=6),
)
def test_chunks_make_no_difference(text: str, secrets: list[str], cuts: list[int]) -> None:
    data = text.encode()
    inside = tuple(min(cut, len(data)) for cut in cuts)
    assert mask(data, *secrets, cuts=inside) == mask(data, *secrets)


@given(st.binary(max_size=60))
def test_nothing_is_lost_without_secrets(data: bytes) -> None:
    masker = Masker((), prefixes=())
    assert masker.feed(data) + masker.close() == data
