import codecs
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.errors import Problem
from gluv.text import YamlInvalid
from gluv.text.limits import Limits
from gluv.text.nodes import MapNode, ReferenceNode, Source, plain
from gluv.text.reader import parse, parse_documents
from gluv.text.source import read_source
from gluv.text.symbol import Symbol


def read(text: str) -> MapNode:
    return parse(Source("f.yml", text))


def refusal(text: str, limits: Limits | None = None) -> Problem:
    with pytest.raises(YamlInvalid) as caught:
        parse(Source("f.yml", text), limits or Limits())
    return caught.value.problem


def test_document_becomes_plain_values_with_their_places() -> None:
    document = read("a: 1:30\nb: {k: 5, <<: {k: 6}}\n")
    assert plain(document) == {"a": 5400, "b": {"k": 6}}
    assert str(document.key_mark("b")) == "f.yml:2:1"
    assert str(document.items["b"].mark) == "f.yml:2:4"


def test_scalars_keep_how_they_were_written() -> None:
    document = read("a: 0777\nb: '0777'\nc: |\n  x\nd: :s\n")
    a, b, c, d = document.items.values()
    assert (a.text, a.value, a.quoted) == ("0777", 511, False)  # type: ignore[attr-defined]
    assert (b.value, b.quoted) == ("0777", True)  # type: ignore[attr-defined]
    assert (c.value, c.quoted) == ("x\n", True)  # type: ignore[attr-defined]
    assert isinstance(d.value, Symbol)  # type: ignore[attr-defined]


def test_merged_keys_point_at_where_they_were_written() -> None:
    document = read("x: &x\n  a: 1\ny:\n  <<: *x\n  b: 2\n")
    y = document.items["y"]
    assert isinstance(y, MapNode)
    assert y.key_mark("a").line == 2
    assert y.key_mark("b").line == 5


def test_reference_tag() -> None:
    script = read("a: !reference [.setup, script]\n").items["a"]
    assert isinstance(script, ReferenceNode)
    assert script.path == (".setup", "script")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !reference x\n", '!reference "x" is not valid'),
        ("a: !reference []\n", "!reference [] is not valid"),
        ("a: !reference [x, 1]\n", '!reference ["x", 1] is not valid'),
        ("a: !reference [x, [y]]\n", '!reference ["x", ["y"]] is not valid'),
        ("a: !reference {x: y}\n", '!reference {"x"=>"y"} is not valid'),
    ],
)
def test_reference_must_be_a_list_of_strings(text: str, message: str) -> None:
    problem = refusal(text)
    assert problem.code == "reference-invalid"
    assert problem.mark is not None
    assert problem.mark.column == 4
    assert problem.message == message


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "- a\n", "text\n", "---\n---\n", "{}"])
def test_anything_but_a_mapping_is_refused(text: str) -> None:
    assert refusal(text).message == "Invalid configuration format"


def test_unknown_anchor_is_named() -> None:
    assert refusal("a: *x\n").message == "An alias referenced an unknown anchor: x"


def test_header_and_configuration() -> None:
    header, config = parse_documents(Source("f", "spec:\n  inputs:\n---\na: 1\nb: [\n  c]\n"))
    assert list(header.items) == ["spec"]
    assert plain(config) == {"a": 1, "b": ["c"]}
    assert config.key_mark("b").line == 5
    assert plain(read("spec:\n  inputs:\n---\na: 1\n")) == {"a": 1}


def test_leading_divider_and_comments_do_not_count_as_a_document() -> None:
    assert [plain(d) for d in parse_documents(Source("f", "# c\n---\na: 1\n"))] == [{"a": 1}]
    text = "---\nspec: {}\n---\na: 1\n"
    assert [plain(d) for d in parse_documents(Source("f", text))] == [{"spec": {}}, {"a": 1}]


def test_without_header_the_first_document_counts() -> None:
    assert plain(read("a: 1\n---\nb: 2\n")) == {"a": 1}


def test_problem_in_the_second_document_has_its_own_place() -> None:
    problem = refusal("spec: {}\n--- a: 1\n  b: [1\n---x\n")
    assert problem.mark is not None
    assert problem.mark.line > 1
    problem = refusal("spec: {}\n---\na: 1\nb: @x\n")
    assert str(problem.mark) == "f.yml:4:4"


def test_depth_is_limited_to_one_hundred_levels() -> None:
    assert plain(read("a: " + "[" * 99 + "]" * 99))
    assert refusal("a: " + "[" * 100 + "]" * 100).message == "The parsed YAML is too big"
    assert refusal("a: " + "{b: " * 100_000).message == "The parsed YAML is too big"


def test_depth_counts_through_aliases() -> None:
    deep = "a: &a " + "[" * 60 + "]" * 60 + "\nb: "
    assert read(deep + "[" * 39 + "*a" + "]" * 39)
    assert refusal(deep + "[" * 40 + "*a" + "]" * 40).message == "The parsed YAML is too big"


def test_alias_that_contains_itself_is_refused() -> None:
    assert refusal("a: &x [*x]\n").message == "The parsed YAML is too big"
    assert refusal("a: &x {b: {c: *x}}\n").message == "The parsed YAML is too big"


def test_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    started = time.perf_counter()
    assert refusal("\n".join(lines)).message == "The parsed YAML is too big"
    assert time.perf_counter() - started < 1


def test_limits_can_be_set() -> None:
    assert refusal("a: [1, 2, 3]\nb: [4]", Limits(nodes=3)).code == "yaml-too-big"
    assert refusal("a: [[1]]\n", Limits(depth=2)).code == "yaml-too-big"


def test_bytes_become_text() -> None:
    assert read_source("f", b"\xef\xbb\xbfa: 1\n").text == "a: 1\n"
    assert read_source("f", codecs.BOM_UTF16_LE + "a: é".encode("utf-16-le")).text == "a: é"
    with pytest.raises(YamlInvalid) as caught:
        read_source("f", b"a: 1\nb: caf\xe9!\n")
    assert str(caught.value.problem.mark) == "f:2:7"
    assert "UTF-8 octet" in caught.value.problem.message


def test_control_characters_have_a_place() -> None:
    problem = refusal("a: 1\nb: é\x00\n")
    assert str(problem.mark) == "f.yml:2:5"


FRAGMENTS = st.sampled_from(
    [
        "a", "b: ", "- ", "\n", "\n  ", "[", "]", "{", "}", ", ", "&x ", "*x", "<<: ", "!!str ",
        "!reference ", "|", ">", "'", '"', "#", "---\n", "...", "? ", ": ", "\t", "\r\n", "1:30",
        "2024-01-01", "\\x", "%YAML", "@", "`", "!", "é", "\x00", "\ufeff", "\x85", "~", ":s", "0x",
    ]
)  # fmt: skip


def attempt(text: str) -> None:
    """Read `text`; a refusal must have a message and a place."""
    problem: Problem | None = None
    documents: tuple[MapNode, ...] = ()
    try:
        documents = parse_documents(Source("f", text))
    except YamlInvalid as error:
        problem = error.problem
    if problem is None:
        assert documents
        assert all(isinstance(document, MapNode) for document in documents)
    else:
        assert problem.message
        assert problem.mark is not None
        assert min(problem.mark.line, problem.mark.column) >= 1


@given(st.lists(FRAGMENTS, max_size=40).map("".join))
@settings(max_examples=400, deadline=2000)
def test_any_mixture_of_yaml_is_read_or_refused(text: str) -> None:
    attempt(text)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=2000)
def test_any_text_is_read_or_refused(text: str) -> None:
    attempt(text)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=2000)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        source = read_source("f", data)
    except YamlInvalid:
        return
    attempt(source.text)


@pytest.mark.parametrize(
    "text", ["9" * 5000, "0x" + "f" * 5000, "9" * 5000 + ":30", "9" * 5000 + ":30.5"]
)
def test_a_number_beyond_measure_is_text(text: str) -> None:
    node = parse(Source("x.yml", f"a: {text}\n")).items["a"]
    assert plain(node) == text
