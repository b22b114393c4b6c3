import math

from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.text.nodes import Source, plain
from gluv.text.reader import parse, read_document
from gluv.text.write import render_yaml

WORDS = st.sampled_from(
    ["yes", "no", "null", "~", "1:30", "0777", "1,000", "2024-01-01", "<<", ":s", "a: b", "a #b",
     "- a", "a:", " a", "a ", "a\nb", "a\nb\n", "a\n\n", "\n", "\na", "  a\nb", "a\r\nb", "\ta\n",
     "é", "\u2028", "\ufeff", "\x00", "\x85", "---", "...", "? a", "&a", "*a", "!a", "%a", "@a",
     "{}", "[]", "", "'", '"', "\\", "$[[ inputs.a ]]", "x" * 700, "a\n \n b", "a\n\tb", "#"]
)  # fmt: skip
TEXT = st.one_of(WORDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
SCALARS = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(allow_nan=False),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXT, inner, max_size=4)),
    max_leaves=15,
)


@given(st.dictionaries(TEXT, VALUES, min_size=1, max_size=4))
@settings(max_examples=400, deadline=2000)
def test_what_is_written_reads_the_same(value: dict[str, object]) -> None:
    written = render_yaml(value)
    document = read_document(Source("f", written))
    assert document is not None
    assert repr(plain(document)) == repr(value), written


def test_strings_that_look_like_something_else_are_quoted() -> None:
    value = {"on": "yes", "a": "012", "b": "1:30", "c": "plain text", "d": "a: b"}
    expected = '"on": "yes"\na: "012"\nb: "1:30"\nc: plain text\nd: "a: b"\n'
    assert render_yaml(value) == expected


def test_several_lines_become_a_block() -> None:
    expected = "script:\n  - |\n    one\n    two\n  - three\n"
    assert render_yaml({"script": ["one\ntwo\n", "three"]}) == expected


def test_nodes_keep_references_and_lose_anchors() -> None:
    document = parse(Source("f", "a: &a {b: 1}\nc: *a\nd: !reference [x, a b, '1']\n"))
    expected = 'a:\n  b: 1\nc:\n  b: 1\nd: !reference [x, a b, "1"]\n'
    assert render_yaml(document) == expected


def test_special_floats() -> None:
    value = {"a": math.inf, "b": -math.inf, "c": 1e20, "d": 1e-7, "e": 100.0}
    text = render_yaml(value)
    assert text == "a: .inf\nb: -.inf\nc: 1.0e+20\nd: 1.0e-07\ne: 100.0\n"
    assert plain(parse(Source("f", text))) == value
