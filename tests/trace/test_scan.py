"""A trace as a page shows it: numbered lines, sections, styles."""

import pytest

from gluv.trace.scan import Closed, Line, Opened, Scanner, pieces_of, plain_lines, text_of
from gluv.trace.styles import PLAIN, Style, applied


def scan(log: str) -> list[Line | Opened | Closed]:
    scanner = Scanner()
    return [item for raw in log.split("\n") for item in scanner.read(raw)]


def shown(log: str) -> list[tuple[str, str]]:
    """The pieces of a log's only line: text and classes."""
    (line,) = scan(log)
    assert isinstance(line, Line)
    return [(piece.text, piece.style.classes) for piece in pieces_of(line)]


def test_sections_open_nest_and_close() -> None:
    log = (
        "section_start:10:outer\r\x1b[0KOuter\none\n"
        "section_start:11:inner[collapsed=true]\r\x1b[0KInner\ntwo\n"
        "section_end:13:inner\r\x1b[0Kthree\nsection_end:20:outer\r\x1b[0KJob succeeded"
    )
    told = [
        (type(item).__name__, text_of(item if isinstance(item, Line) else item.title))
        for item in scan(log)
        if not isinstance(item, Closed)
    ]
    assert told == [
        ("Opened", "Outer"),
        ("Line", "one"),
        ("Opened", "Inner"),
        ("Line", "two"),
        ("Line", "three"),
        ("Line", "Job succeeded"),
    ]
    closed = [item for item in scan(log) if isinstance(item, Closed)]
    assert [(item.name, item.seconds) for item in closed] == [("inner", 2), ("outer", 10)]
    assert [item.collapsed for item in scan(log) if isinstance(item, Opened)] == [False, True]


def test_an_end_closes_what_was_left_open_inside_and_a_stray_one_nothing() -> None:
    log = (
        "section_end:1:stray\r\x1b[0Ka\nsection_start:2:x\r\x1b[0KX\n"
        "section_start:3:y\r\x1b[0KY\nsection_end:9:x\r\x1b[0K"
    )
    closed = [item.name for item in scan(log) if isinstance(item, Closed)]
    assert closed == ["y", "x"]


def test_what_only_looks_like_a_mark_is_text() -> None:
    assert list(plain_lines("section_start:x:y\nsay section_end:1:a")) == [
        "section_start:x:y",
        "say section_end:1:a",
    ]


def test_line_numbers_are_those_of_the_text() -> None:
    log = "a\nsection_start:1:s\r\x1b[0Ktitle\nsection_end:2:s\r\x1b[0K\n\nlast\n"
    assert list(plain_lines(log)) == ["a", "title", "", "last"]
    numbers = [
        item.title.number if isinstance(item, Opened) else item.number
        for item in scan(log.removesuffix("\n"))
        if not isinstance(item, Closed)
    ]
    assert numbers == [1, 2, 3, 4]


def test_a_carriage_return_leaves_what_came_last_in_the_style_before_it() -> None:
    assert shown("\x1b[31m10%\r100%\r") == [("100%", "f1")]


@pytest.mark.parametrize(
    ("log", "pieces"),
    [
        ("\x1b[1;32mok\x1b[0m then", [("ok", "f2 bold"), (" then", "")]),
        ("\x1b[91mx\x1b[39my", [("x", "f9"), ("y", "")]),
        ("\x1b[38;5;141mx", [("x", "f141")]),
        ("\x1b[38;2;255;0;0mx", [("x", "f196")]),
        ("\x1b[38:2::0:0:255mx", [("x", "f21")]),
        ("\x1b[48;5;3mx\x1b[49my", [("x", "g3"), ("y", "")]),
        ("\x1b[38;5;999mx", [("x", "")]),
        ("\x1b[38;5mx\x1b[38mx", [("x", ""), ("x", "")]),
        ("\x1b[3;4;9mx\x1b[23;24;29my", [("x", "italic underline strike"), ("y", "")]),
        ("\x1b[7mx\x1b[27my", [("x", "inverse"), ("y", "")]),
        ("\x1b[mx", [("x", "")]),
        ("a\x1b[2Kb\x1b[1Ac\x1b]0;title\x07d\x1b(Be", [("a", ""), ("b", "")]),
        ("tab\tstays\x07\x08", [("tab\tstays", "")]),
    ],
)
def test_styles_are_read_and_all_else_is_taken_out(log: str, pieces: list[tuple[str, str]]) -> None:
    assert shown(log)[: len(pieces)] == pieces
    assert all("\x1b" not in text for text, _ in shown(log))


def test_times_of_the_runner_stand_beside_the_line() -> None:
    (line,) = scan("2026-02-03T04:05:06.123456Z 00O hello")
    assert isinstance(line, Line)
    assert (line.stamp, text_of(line)) == ("2026-02-03T04:05:06.123456Z", "hello")


def test_a_style_lasts_over_lines_until_it_is_reset() -> None:
    first, second, third = scan("\x1b[33ma\nb\x1b[0m\nc")
    assert isinstance(second, Line)
    assert isinstance(third, Line)
    assert second.style == Style(colour=3)
    assert third.style == PLAIN
    assert first != second


def test_any_numbers_make_a_style() -> None:
    for codes in (";;;", "38;2;1", "48:5", "999;1", "38;5;5;1"):
        assert isinstance(applied(PLAIN, codes), Style)
