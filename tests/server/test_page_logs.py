"""A log that a page shows: found once, read again in parts, followed while it grows."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluv.server.pages.log_html import ALL_LINES, log_html
from gluv.server.pages.log_tail import Tail
from gluv.server.pages.logs import RUN_LINES, Log, log_of, plain_text
from gluv.server.pages.memory import Kept
from gluv.trace.scan import Line, Opened, Scanner, plain_lines, text_of

FRAGMENTS = st.sampled_from(
    (
        *("plain\n", "\x1b[31mred\n", "\x1b[0m\n", "half", "\r", "\n", "ERROR: bad\n", "\xe9\n"),
        *("section_start:1:a\r\x1b[0K", "section_end:4:a\r\x1b[0K", "20xx\n", "\x1b[0m\x1b[1mb\n"),
        *(
            "section_start:2:b[collapsed=true]\r\x1b[0KB\n",
            "section_end:9:b\r\x1b[0K",
            "\x1b]0;x\n",
        ),
        *("2026-02-03T04:05:06.123456Z 00O stamped\n", "\x1b[32;1m$ make\x1b[0;m\n"),
    )
)


def lines_of(log: str) -> list[tuple[int, str]]:
    """The lines that are no titles, straight from the scanner."""
    scanner = Scanner()
    return [
        (item.number, text_of(item))
        for raw in log.split("\n")
        for item in scanner.read(raw)
        if isinstance(item, Line)
    ]


@given(st.lists(FRAGMENTS, max_size=40), st.integers(0, 200))
def test_reading_in_runs_and_as_it_grows_is_reading_it_whole(parts: list[str], cut: int) -> None:
    text = "".join((*parts, "\n"))
    raw = text.encode()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "job.log")
        path.write_bytes(raw[:cut])
        log = Log(path)
        log.refresh()
        path.write_bytes(raw)
        log.refresh()
        read = [(line.number, text_of(line)) for run in log.runs() for line in log.read(run)]
        assert read == lines_of(text.removesuffix("\n"))
        assert log.lines == len(list(plain_lines(text)))
        assert "".join(plain_text(path)) == "".join(f"{one}\n" for one in plain_lines(text))


@given(st.lists(FRAGMENTS, max_size=30), st.lists(st.integers(0, 300), max_size=3))
def test_what_a_tail_tells_is_what_the_page_would_show(parts: list[str], cuts: list[int]) -> None:
    raw = "".join((*parts, "\n")).encode()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "job.log")
        path.write_bytes(raw[: min(cuts, default=0)])
        first = Log(path)
        first.refresh()
        tail, told = Tail(path, first.offset), ""
        for cut in (*sorted(cuts), len(raw)):
            path.write_bytes(raw[:cut])
            more = True
            while more:
                steps, more = tail.steps()
                told += "".join(one.get("html", "") for one in steps if one["step"] != "partial")
        whole = Log(path)
        whole.refresh()
        assert tail.offset == whole.offset
        numbers = [f'id="L{number}"' for number in range(first.lines + 1, whole.lines + 1)]
        assert [one for one in numbers if told.count(one) != 1] == []
        assert told.count('id="L') == len(numbers)


def test_a_log_is_found_once_and_then_only_what_is_new(tmp_path: Path) -> None:
    path, kept = tmp_path / "job.log", Kept(2)
    path.write_text("one\n")
    first = log_of(kept, path)
    with path.open("a") as file:
        file.write("two\nthree")
    again = log_of(kept, path)
    assert again is first
    assert (again.lines, again.offset) == (2, 8)
    partial = again.partial()
    assert partial is not None
    assert (partial.number, text_of(partial)) == (3, "three")
    assert log_of(kept, tmp_path / "missing.log").lines == 0


def test_the_first_fault_of_the_last_command_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    green = "\x1b[32;1m$ {}\x1b[0;m\n"
    path.write_text(
        "section_start:1:step_script\r\x1b[0Kscript\n"
        + green.format("first")
        + "error: forgiven\n"
        + green.format("second")
        + "fine\n\x1b[1m\x1b[31mE   assert 1 == 2\x1b[0m\nFAILED here\n"
        + "section_end:2:step_script\r\x1b[0K"
        + "section_start:2:after_script\r\x1b[0Kafter\n"
        + green.format("third")
        + "section_end:3:after_script\r\x1b[0KERROR: Job failed\n"
    )
    log = Log(path)
    log.refresh()
    assert log.fault == 6


GREEN = "\x1b[32;1m$ {}\x1b[0;m\n"


def _fault_text(path: Path, script: str) -> str:
    """The line that the page points to in a job's log with this script part."""
    path.write_text(
        "prepared\nsection_start:1:step_script\r\x1b[0KExecuting\n"
        + script
        + "section_end:2:step_script\r\x1b[0Ksection_start:2:cleanup\r\x1b[0KCleaning up\n"
        + "section_end:2:cleanup\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 3\x1b[0;m\n"
    )
    log = Log(path)
    log.refresh()
    return list(plain_lines(path.read_bytes().decode()))[log.fault - 1]


@pytest.mark.parametrize(
    "line",
    [
        "AssertionError expected 1 got 2",
        "ValueError: no such parrot",
        "ModuleNotFoundError: No module named 'parrot'",
        "subprocess.CalledProcessError: Command 'x' returned 1",
        "urllib3.exceptions.ResponseError",
        "parrot.errors.SilentException",
        "Traceback (most recent call last):",
        "src/a.py:12: error: no return",
    ],
)
def test_the_lines_that_python_ends_with_are_faults(tmp_path: Path, line: str) -> None:
    found = _fault_text(tmp_path / "job.log", GREEN.format("python x.py") + f"fine\n{line}\nbye\n")
    assert found == line


@pytest.mark.parametrize("line", ["0 errors", "ErrorHandler is here", "no terror", "mirrored"])
def test_words_that_only_look_like_faults_are_none(tmp_path: Path, line: str) -> None:
    found = _fault_text(tmp_path / "job.log", GREEN.format("python x.py") + f"{line}\n")
    assert found == "ERROR: Job failed: exit code 3"


def test_a_command_that_printed_nothing_leaves_the_fault_to_the_one_before(tmp_path: Path) -> None:
    script = GREEN.format("pytest || true") + "AssertionError expected 1 got 2\n"
    silent = GREEN.format("true") + GREEN.format("exit 3")
    assert _fault_text(tmp_path / "job.log", script + silent).startswith("AssertionError")
    # One that printed something has the last word, whatever was forgiven before it.
    spoke = GREEN.format("make") + "gone wrong\n"
    assert _fault_text(tmp_path / "job.log", script + spoke).startswith("ERROR: Job failed")


def test_a_few_lines_are_shown_where_a_link_to_them_would_stand(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    short = "section_start:1:a\r\x1b[0KA\nalone\nsection_end:1:a\r\x1b[0K"
    path.write_text(short + "".join(f"{number}\n" for number in range(ALL_LINES * 2)))
    log = Log(path)
    log.refresh()
    assert ">alone<" in str(log_html(log, link="?line="))
    # So many of them that the page would be as long as the log are links again.
    path = tmp_path / "many.log"
    path.write_text(short * ALL_LINES * 2)
    log = Log(path)
    log.refresh()
    page = str(log_html(log, link="?line="))
    assert page.count(">alone<") < ALL_LINES * 1.5
    assert ">Show line 2</a>" in page
    assert "Show lines 2 to 2" not in page


def test_of_a_long_log_the_end_is_shown_or_what_is_around_a_line(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    total = ALL_LINES * 3
    path.write_text("".join(f"{number}\n" for number in range(total)))
    log = Log(path)
    log.refresh()
    end = str(log_html(log, link="?line="))
    assert f'id="L{total}"' in end
    assert 'id="L1"' not in end
    assert f'href="?line=1#L1">Show lines 1 to {RUN_LINES}</a>' in end
    around = str(log_html(log, around=700, link="?line="))
    assert 'id="L700"' in around
    assert f'id="L{total}"' not in around


def test_a_title_and_lines_on_one_line_of_the_file_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text("section_start:1:a\r\x1b[0KT section_end:2:a\r\x1b[0Kafter\nnext\n", newline="")
    log = Log(path)
    log.refresh()
    read = [(line.number, text_of(line)) for run in log.runs() for line in log.read(run)]
    assert read == [(2, "after"), (3, "next")]
    opened = next(Scanner().read("section_start:1:a\r\x1b[0KT"))
    assert isinstance(opened, Opened)
