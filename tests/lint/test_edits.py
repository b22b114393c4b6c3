"""Edits: where values stand, and that nothing else moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluv.lint.edits import apply_fixes
from gluv.lint.model import Edit, Fix
from gluv.lint.spans import (
    insert_entry,
    move_items,
    remove_entry,
    remove_item,
    replace_part,
    replace_value,
    scalar_span,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source
from gluv.text.reader import parse


def node(text: str, *path: str | int) -> Node:
    found: Node = parse(Source("f", text))
    for key in path:
        if isinstance(key, int):
            assert isinstance(found, SeqNode)
            found = found.items[key]
        else:
            assert isinstance(found, MapNode)
            found = found.items[key]
    return found


def scalar(text: str, *path: str | int) -> ScalarNode:
    found = node(text, *path)
    assert isinstance(found, ScalarNode)
    return found


def mapping(text: str, *path: str | int) -> MapNode:
    found = node(text, *path)
    assert isinstance(found, MapNode)
    return found


def made(text: str, edit: Edit | None) -> str:
    assert edit is not None
    changed, _ = apply_fixes({"f": text}, [Fix(title="x", edits=(edit,))])
    return changed.get("f", text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 0.10 # why\n", "0.10"),
        ("a: '0.10'\n", "'0.10'"),
        ('a: &x "b\\"c" # d\n', '"b\\"c"'),
        ("a: !!str 0.10\n", "0.10"),
        ("{a: b, c: d}\n", "b"),
        ("a: 'it''s'\r\n", "'it''s'"),
    ],
)
def test_a_scalar_is_found_as_written(text: str, expected: str) -> None:
    span = scalar_span(scalar(text, "a"))
    assert span is not None
    assert text[span[0] : span[1]] == expected


def test_several_lines_without_quotes_are_left_alone() -> None:
    assert scalar_span(scalar("a: b\n  c\n", "a")) is None


def test_a_value_is_replaced_and_its_anchor_and_comment_stay() -> None:
    text = "a: &v 0.10   # the uv\nb: *v\n"
    assert made(text, replace_value(scalar(text, "a"), '"0.10"')) == (
        'a: &v "0.10"   # the uv\nb: *v\n'
    )


def test_a_part_of_a_block_is_replaced_in_its_line() -> None:
    text = "s:\n  - |\n    first\n\n    cut -d x\n    last\n"
    value = scalar(text, "s", 0)
    at = str(value.value).index("-d")
    assert made(text, replace_part(value, at, "-d", "-f")) == text.replace("-d", "-f")


@pytest.mark.parametrize(
    "text", ["s: a --x b\n", "s: 'a --x b'\n", 's: "a --x b"\n', "s: |\n  a --x b\n"]
)
def test_a_part_is_replaced_in_every_style(text: str) -> None:
    value = scalar(text, "s")
    assert made(text, replace_part(value, 2, "--x", "--yy")) == text.replace("--x", "--yy")


def test_what_the_style_cannot_hold_is_not_written() -> None:
    assert replace_part(scalar("s: a b\n", "s"), 0, "a", "a: c") is None
    assert replace_part(scalar("s: 'a b'\n", "s"), 0, "a", "it's") is None
    assert replace_part(scalar('s: "a b"\n', "s"), 0, "a", '"') is None
    assert replace_part(scalar("s: >\n  a b\n", "s"), 0, "a", "c") is None


def test_an_entry_is_put_first_with_the_indent_of_the_others() -> None:
    text = "v:\r\n    # the first\r\n    A: 1\r\n"
    assert made(text, insert_entry(mapping(text, "v"), "B: 2\nC:\n  D: 3")) == (
        "v:\r\n    # the first\r\n    B: 2\r\n    C:\r\n      D: 3\r\n    A: 1\r\n"
    )


def test_a_map_in_braces_or_behind_a_dash_is_left_alone() -> None:
    assert insert_entry(mapping("v: {A: 1}\n", "v"), "B: 2") is None
    assert insert_entry(mapping("v:\n  - A: 1\n", "v", 0), "B: 2") is None


def test_a_merged_map_is_edited_where_it_stands_itself() -> None:
    text = ".a: &a\n  X: 1\nb:\n  <<: *a\n  Y: 2\n"
    assert made(text, insert_entry(mapping(text, "b"), "Z: 3")) == (
        ".a: &a\n  X: 1\nb:\n  <<: *a\n  Z: 3\n  Y: 2\n"
    )


def test_an_entry_leaves_with_its_comment() -> None:
    text = "v:\n  A: 1 # old\n  B: 2\n"
    assert made(text, remove_entry(mapping(text, "v"), "A")) == "v:\n  B: 2\n"
    assert remove_entry(mapping("v:\n  A: 1\n", "v"), "A") is None
    assert remove_entry(mapping("v:\n  A: &x 1\n  B: *x\n", "v"), "A") is None


def test_an_item_leaves_with_its_dash() -> None:
    text = "v:\n  - a\n  - b\n"
    assert made(text, remove_item(scalar(text, "v", 0), 2)) == "v:\n  - b\n"
    assert remove_item(scalar("v: [a, b]\n", "v", 0), 2) is None


def test_fixes_that_touch_wait_and_equal_edits_are_made_once() -> None:
    first = Edit(file="f", start=0, end=1, text="X")
    near = Edit(file="f", start=1, end=2, text="Y")
    far = Edit(file="f", start=5, end=6, text="Z")
    changed, count = apply_fixes(
        {"f": "abcdefgh"},
        [
            Fix(title="1", edits=(first, far)),
            Fix(title="2", edits=(near,)),
            Fix(title="3", edits=(first,)),
            Fix(title="4", edits=(Edit(file="other", start=0, end=0, text="!"),)),
        ],
    )
    assert changed == {"f": "XbcdeZgh"}
    assert count == 2


@given(
    st.text(alphabet="ab\r\n ", max_size=30),
    st.integers(0, 30),
    st.integers(0, 5),
    st.text(alphabet="xy\n", max_size=5),
)
def test_everything_outside_an_edit_stays(text: str, start: int, size: int, new: str) -> None:
    start, end = min(start, len(text)), min(start + size, len(text))
    edit = Edit(file="f", start=start, end=end, text=new)
    changed, _ = apply_fixes({"f": text}, [Fix(title="x", edits=(edit,))])
    after = changed.get("f", text)
    assert after.startswith(text[:start])
    assert after.endswith(text[end:])


def test_items_move_behind_those_of_another_list() -> None:
    text = (
        "j:\n  after_script:\n    - |\n      a\n\n      b\n    - c # d\n"
        "  image: x\n  script:\n    - build\n"
    )
    job = mapping(text, "j")
    after, script = job.items["after_script"], job.items["script"]
    assert isinstance(after, SeqNode)
    assert isinstance(script, SeqNode)
    edits = move_items(after, job.keys["after_script"], script)
    assert edits is not None
    changed, _ = apply_fixes({"f": text}, [Fix(title="x", edits=edits)])
    assert changed["f"] == (
        "j:\n  image: x\n  script:\n    - build\n    - |\n      a\n\n      b\n    - c # d\n"
    )
