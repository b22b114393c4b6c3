from gluv.trace.clean import Cleaner
from gluv.trace.limits import Limiter
from gluv.trace.lines import Lines
from gluv.trace.sections import TITLES, section_end, section_start


def test_broken_utf8_and_nul_do_no_harm() -> None:
    cleaner = Cleaner()
    whole = cleaner.feed(b"a\xff\0b \xc3") + cleaner.feed(b"\xa4 \xc3", final=True)
    assert whole == "a\ufffd\ufffdb ä \ufffd"


def test_the_limit_is_said_once_in_the_runners_words() -> None:
    limiter = Limiter(10)
    written = limiter.feed("This is the") + limiter.feed(" rest") + limiter.feed("more")
    assert written == (
        "This is th\n\x1b[33;1mJob's log exceeded limit of 10 bytes.\n"
        "Job execution will continue but no more output will be collected.\x1b[0;m\n"
    )


def test_the_limit_cuts_no_character_in_two() -> None:
    assert Limiter(3).feed("aää").startswith("aä\n")


def test_lines_are_whole_and_show_what_a_terminal_shows() -> None:
    lines = Lines()
    assert lines.feed("one\ntw") == ["one"]
    assert lines.feed("o\n10%\r50%\r100%\r\n\n") == ["two", "100%", ""]
    assert lines.feed("last") == []
    assert lines.close() == ["last"]
    assert lines.close() == []


def test_section_markers_are_in_the_log_but_not_in_its_lines() -> None:
    lines = Lines()
    text = (
        section_start("get_sources", 5.9)
        + "body\n"
        + section_end("get_sources", 6)
        + section_start("step_script", 6)
        + section_end("step_script", 7)
        + "\n"
    )
    assert text.startswith("section_start:5:get_sources\r\x1b[0K")
    assert "\r\x1b[0Ksection_start:6:step_script\r" in text
    shown = lines.feed(text)
    assert shown == [
        f"\x1b[36;1m{TITLES['get_sources']}\x1b[0;m\x1b[0;m",
        "body",
        f"\x1b[36;1m{TITLES['step_script']}\x1b[0;m\x1b[0;m",
    ]
