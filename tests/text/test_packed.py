"""What was parsed once comes back as it was, shared nodes included, or not at all."""

from pathlib import Path

import pytest

from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode, Source
from gluv.text.packed import pack, unpack
from gluv.text.reader import parse_documents

CASES = sorted(Path(__file__).parents[1].glob("cases/*/.gitlab-ci.yml"))

EVERYTHING = """\
.base: &base {script: [one, 'two', "thr\\tee"], image: ~}
.more: &more
  variables: {A: 1, B: 1.5, C: true, D: "1", E: -7, F: 0x1f, G: yes, H: '~', I: 1_000}
job:
  <<: [*base, *more]
  script: !reference [.base, script]
  2: key
  rules: [{if: $A}, *base, []]
ü: |
  a block
"""


def both(text: str, name: str = "x.yml") -> tuple[tuple[MapNode, ...], tuple[MapNode, ...]]:
    source = Source(name, text)
    documents = parse_documents(source)
    packed = pack(documents)
    assert packed is not None
    return documents, unpack(source, packed)


def shape(node: Node, seen: dict[int, int]) -> object:
    """A node with its class, place and value, and which of its nodes are the same object."""
    known = seen.get(id(node))
    if known is not None:
        return "again", known
    seen[id(node)] = len(seen)
    place = (type(node), node.source, node.line, node.column)
    match node:
        case ScalarNode():
            return (*place, type(node.value), node.value, node.text, node.quoted)
        case SeqNode():
            return (*place, [shape(item, seen) for item in node.items])
        case MapNode():
            items = [(key, shape(item, seen)) for key, item in node.items.items()]
            return (*place, items, [(key, shape(one, seen)) for key, one in node.keys.items()])
        case ReferenceNode():
            return (*place, node.path)
    raise TypeError(type(node))


def test_everything_comes_back_as_it_was() -> None:
    documents, again = both(EVERYTHING)
    assert [shape(one, {}) for one in again] == [shape(one, {}) for one in documents]
    base = again[0].items[".base"]
    rules = again[0].items["job"]
    assert isinstance(rules, MapNode)
    assert isinstance(rules.items["rules"], SeqNode)
    assert rules.items["rules"].items[1] is base


def test_a_header_comes_back_too() -> None:
    documents, again = both("spec:\n  inputs: {a: }\n---\njob: {script: '$[[ inputs.a ]]'}\n")
    assert len(again) == 2
    assert [shape(one, {}) for one in again] == [shape(one, {}) for one in documents]


def test_every_case_comes_back_as_it_was() -> None:
    checked = 0
    for path in CASES:
        text = path.read_text()
        try:
            documents, again = both(text, path.name)
        except YamlInvalid:
            continue
        assert [shape(one, {}) for one in again] == [shape(one, {}) for one in documents], path
        checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    "value", [":symbol", "123456789012345678901234567890", "-9223372036854775809"]
)
def test_what_would_not_come_back_exactly_is_not_packed(value: str) -> None:
    assert pack(parse_documents(Source("x.yml", f"job:\n  script: {value}\n"))) is None


@pytest.mark.parametrize("value", [".inf", "-.INF", "18446744073709551615", "-9223372036854775808"])
def test_odd_numbers_come_back(value: str) -> None:
    documents, again = both(f"job:\n  script: {value}\n")
    assert shape(again[0], {}) == shape(documents[0], {})
