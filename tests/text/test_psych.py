"""The reader against what Ruby's Psych was recorded to say (`tests/data/psych.rb`)."""

import json
import math
from pathlib import Path

import pytest

from gluv.text import YamlInvalid
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source
from gluv.text.reader import read_document
from gluv.text.symbol import Symbol
from gluv.text.write import render_yaml

_LINES = (Path(__file__).parents[1] / "data" / "psych.tsv").read_text("utf-8").split("\n")
RECORDED: list[tuple[str, object]] = [
    (json.loads(line.split("\t")[0]), json.loads(line.split("\t")[1])) for line in _LINES if line
]


def is_error(value: object) -> bool:
    return isinstance(value, dict) and "error" in value


def encode(node: Node | None) -> object:
    """A node in the words of the recording."""
    match node:
        case None:
            return None
        case ScalarNode(value=Symbol() as value):
            return {"symbol": str(value)}
        case ScalarNode(value=float() as value):
            return {"float": "NaN" if math.isnan(value) else value}
        case ScalarNode():
            return node.value
        case SeqNode():
            return [encode(item) for item in node.items]
        case MapNode():
            return {"map": [[key, encode(item)] for key, item in node]}
    raise TypeError(type(node))


def floats(value: object) -> object:
    """The recording with its floats as numbers, however Ruby wrote them."""
    if isinstance(value, list):
        return [floats(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "float" in value:
        text = str(value["float"])
        return {"float": "NaN" if text == "NaN" else float(text.replace("Infinity", "inf"))}
    if "map" in value:
        return {"map": [[key, floats(item)] for key, item in value["map"]]}
    return value


def same(left: object, right: object) -> bool:
    """Equal, and true is not 1."""
    return left == right and repr(left) == repr(right)


def test_recording_is_large_enough() -> None:
    assert len(RECORDED) > 350


@pytest.mark.parametrize(
    ("document", "expected"), [entry for entry in RECORDED if not is_error(entry[1])]
)
def test_value_is_the_one_psych_reads(document: str, expected: object) -> None:
    node = read_document(Source("f.yml", document))
    assert same(encode(node), floats(expected))


@pytest.mark.parametrize(
    ("document", "expected"), [entry for entry in RECORDED if not is_error(entry[1])]
)
def test_written_value_is_read_again(document: str, expected: object) -> None:
    node = read_document(Source("f.yml", document))
    if node is not None:
        written = render_yaml(node)
        assert same(encode(read_document(Source("f.yml", written))), encode(node)), written


@pytest.mark.parametrize(("document", "error"), [entry for entry in RECORDED if is_error(entry[1])])
def test_document_psych_refuses_is_refused(document: str, error: dict[str, str]) -> None:
    with pytest.raises(YamlInvalid) as caught:
        read_document(Source("f.yml", document))
    problem = caught.value.problem
    assert problem.mark is not None
    assert problem.mark.line <= len(document.splitlines()) + 1
    if error["error"] in ("Psych::SyntaxError", "Psych::DisallowedClass"):
        if "control characters" in problem.message:  # libyaml gives no place for these
            assert problem.message.split(" at ")[0] == error["message"].split(" at ")[0]
        else:
            assert problem.message == error["message"]
