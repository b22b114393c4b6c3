import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.expr.inputs import interpolate
from gluv.text.nodes import Node, Source, plain
from gluv.text.reader import parse

INPUTS: dict[str, object] = {
    "name": "it's $HOME",
    "number": 5,
    "ratio": 1.5,
    "flag": True,
    "list": ["a", {"if": '$A == "b"', "when": "manual"}, 1, None],
    "empty": "",
    "none": None,
    "job-stage": "test",
    "digits": "0123456789",
    "tags": "docker, linux,,arm64",
    "block": "$[[ inputs.number ]]",
}
VARIABLES = {"HOME": "/root", "SECRET": "s3cret"}


def read(text: str) -> tuple[Node, list[str]]:
    document = parse(Source("f.yml", text))
    node, problems = interpolate(document, INPUTS, VARIABLES, masked={"SECRET"})
    return node, [f"{problem.mark}: {problem.message}" for problem in problems]


def value(text: str) -> object:
    node, problems = read(f"v: '{text}'\n")
    assert problems == []
    result = plain(node)
    assert isinstance(result, dict)
    return result["v"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$[[ inputs.number ]]", 5),
        ("$[[inputs.flag]]", True),
        ("$[[ inputs.list ]]", ["a", {"if": '$A == "b"', "when": "manual"}, 1, None]),
        ("$[[ inputs.none ]]", None),
        ("$[[ inputs.job-stage ]]", "test"),
        ("x$[[ inputs.number ]]", "x5"),
        (" $[[ inputs.number ]]", " 5"),
        ("$[[ inputs.flag ]]/$[[ inputs.ratio ]]/$[[ inputs.none ]]|", "true/1.5/|"),
        (
            "= $[[ inputs.list ]]",
            '= ["a", {:if=>"$A == \\"b\\"", :when=>"manual"}, 1, nil]',
        ),
        ("$[[ inputs.number ]]$[[ inputs.number ]]", "55"),
        ("$[[ inputs.block ]] $[[ inputs.number ]]", "5 5"),
        ("$[[ inputs.block ]]", "$[[ inputs.number ]]"),
        ("$[[ inputs.digits | truncate(3,5) ]]", "34567"),
        ("$[[ inputs.digits | truncate( 3 , 5 ) ]]", "34567"),
        ("$[[ inputs.digits | truncate(20,5) ]]", ""),
        ("$[[ inputs.name | expand_vars ]]", "it's /root"),
        ("$[[ inputs.name | expand_vars | truncate(5,20) ]]", "/root"),
        ("$[[ inputs.name | posix_escape ]]", "it\\'s\\ \\$HOME"),
        ("$[[ inputs.name | posix_quote ]]", "it\\'s\\ \\$HOME"),
        ("$[[ inputs.empty | posix_escape ]]", "''"),
        ('$[[ inputs.tags | split("",") ]]', None),
        ("$[[ matrix.x ]]", "$[[ matrix.x ]]"),
        ("$[ inputs.number ]", "$[ inputs.number ]"),
        ("$[[ ]]", "$[[ ]]"),
        ("$[[ x ]]", "$[[ x ]]"),
        ("é$[[ inputs.number ]]中", "é5中"),
    ],
)
def test_blocks_are_replaced(text: str, expected: object) -> None:
    if "split" in text:
        node, problems = read("v: \"$[[ inputs.tags | split(',') ]]\"\n")
        assert (plain(node), problems) == ({"v": ["docker", "linux", "arm64"]}, [])
        return
    assert value(text) == expected


def test_keys_and_places() -> None:
    node, problems = read("$[[ inputs.job-stage ]]-job:\n  script:\n    - $[[ inputs.number ]]\n")
    assert problems == []
    assert plain(node) == {"test-job": {"script": [5]}}
    assert str(node.key_mark("test-job")) == "f.yml:1:1"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("inputs.no", "unknown interpolation key: `no`"),
        ("other.no", "unknown interpolation key: `other`"),
        ("inputs.name.x", "unknown interpolation key: `x`"),
        ("inputs", "invalid interpolation access pattern"),
        ("inputs.name | a | b | c | d", "too many functions in interpolation block"),
        (
            "inputs.name | nope(1)",
            "no function matching `nope(1)`: check that the function name, arguments, and types"
            " are correct",
        ),
        (
            "inputs.number | truncate(0,1)",
            "error in `truncate` function: invalid input type: truncate can only be used with"
            " string inputs",
        ),
        (
            "inputs.list | expand_vars",
            "error in `expand_vars` function: invalid input type: expand_vars can only be used"
            " with string inputs",
        ),
        ("inputs." + "x" * 1100, "maximum interpolation expression size exceeded"),
    ],
)
def test_mistakes_are_reported_in_gitlabs_words(block: str, message: str) -> None:
    node, problems = read(f"a: 1\nv: x $[[ {block} ]]\n")
    assert problems == [f"f.yml:2:4: {message}"]
    assert plain(node) == {"a": 1, "v": f"x $[[ {block} ]]"}


def test_masked_variables_are_not_shown() -> None:
    document = parse(Source("f", "v: $[[ inputs.x | expand_vars ]]\n"))
    _, problems = interpolate(document, {"x": "$SECRET"}, VARIABLES, masked={"SECRET"})
    assert [problem.message for problem in problems] == [
        "error in `expand_vars` function: variable expansion error:"
        " masked variables cannot be expanded"
    ]


def test_every_mistake_is_reported() -> None:
    _, problems = read("a: $[[ inputs.x ]]\nb: [$VAR, '$[[ inputs.y ]]']\n")
    assert [problem.split(": ")[0] for problem in problems] == ["f.yml:1:4", "f.yml:2:11"]


def test_what_has_no_block_stays_the_same_object() -> None:
    document = parse(Source("f", "a: &x {b: [1, 2]}\nc: *x\nd: !reference [a, b]\n"))
    assert interpolate(document, INPUTS, VARIABLES)[0] is document


def test_shared_nodes_stay_shared() -> None:
    document = parse(Source("f", "a: &x {b: '$[[ inputs.number ]]'}\nc: *x\n"))
    node, _ = interpolate(document, INPUTS, VARIABLES)
    assert node.items["a"] is node.items["c"]  # type: ignore[attr-defined]


PARTS = st.sampled_from(
    ["$[[", "]]", " ", "inputs", ".", "name", "number", "|", "truncate(1,2)", "x", "$[", "[[", "\n"]
)


@given(st.lists(PARTS, max_size=14).map("".join))
@settings(max_examples=300, deadline=1000)
def test_any_text_is_interpolated_or_refused(text: str) -> None:
    document = parse(Source("f", "v: 1\n"))
    document.items["v"].value = text  # type: ignore[attr-defined]
    _, problems = interpolate(document, INPUTS, VARIABLES)
    assert all(problem.message and problem.mark for problem in problems)


def test_open_blocks_take_no_time() -> None:
    document = parse(Source("f", f"v: '{'$[[ a ' * 100_000}'\nw: '{'$[[ a ' * 200_000}'\n"))
    started = time.perf_counter()
    node, problems = interpolate(document, INPUTS, VARIABLES)
    assert time.perf_counter() - started < 2
    assert node is document
    assert [problem.message for problem in problems] == ["config node too large"]
