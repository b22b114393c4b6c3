"""A trace without GitLab's marks."""

import pytest

from gluv.report.readable import readable


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("section_start:1:step_script\r\x1b[0K\x1b[0KExecuting", "Executing"),
        ("section_end:1:step_script\r\x1b[0K", ""),
        ("section_start:1:a[collapsed=true]\r\x1b[0KTitle", "Title"),
        ("10%\r50%\r100%", "100%"),
        ("100%\r", "100%"),
        ("\x1b[32;1m$ uv sync\x1b[0;m", "$ uv sync"),
    ],
)
def test_a_line_reads_as_a_terminal_would_show_it(line: str, shown: str) -> None:
    assert readable(line, colour=False) == shown


def test_colour_is_kept_where_wanted() -> None:
    assert readable("\x1b[32mok\x1b[0m", colour=True) == "\x1b[32mok\x1b[0m"
