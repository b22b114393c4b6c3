from gluv.errors import Mark
from gluv.text.excerpt import render_excerpt
from gluv.text.nodes import Source


def excerpt(text: str, line: int, column: int) -> str:
    return render_excerpt(Source("f.yml", text), Mark("f.yml", line, column))


def test_caret_stands_below_the_column() -> None:
    assert excerpt("a: 1\njob:\n  stage: x\n", 3, 10) == "   3 |   stage: x\n     |          ^"


def test_tabs_and_wide_characters_move_the_caret_along() -> None:
    assert excerpt("\ta: x", 1, 5) == "   1 | \ta: x\n     | \t   ^"
    assert excerpt("日本: x", 1, 5) == "   1 | 日本: x\n     |       ^"


def test_long_line_is_cut_around_the_place() -> None:
    shown, caret = excerpt("x" * 300 + "Y" + "z" * 300, 1, 301).split("\n")
    assert len(shown) < 120
    assert shown[caret.index("^")] == "Y"


def test_invisible_characters_are_shown() -> None:
    assert excerpt("a\x07b", 1, 3) == "   1 | a?b\n     |   ^"


def test_a_place_beyond_the_text_has_no_excerpt() -> None:
    assert excerpt("a", 5, 1) == ""
    assert excerpt("", 1, 1) == "   1 | \n     | ^"
    assert excerpt("ab", 1, 99) == "   1 | ab\n     |   ^"
