import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.expr.durations import is_never, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("42", 42),
        ("42 seconds", 42),
        ("3 mins 4 sec", 184),
        ("2 hrs 20 min", 8400),
        ("2h20min", 8400),
        ("1h 30 mins", 5400),
        ("6 mos 1 day", 15638400),
        ("47 yrs 6 mos and 4d", 47 * 31557600 + 6 * 2592000 + 4 * 86400),
        ("3 weeks and 2 days", 1987200),
        ("1 week", 604800),
        ("30m", 1800),
        ("1.5 hours", 5400),
        ("0.5h", 1800),
        (".5 h", 1800),
        ("1.2s", 1.2),
        ("3:30", 210),
        ("1:05:30", 3930),
        ("1 day, 2 hours", 93600),
        ("day", 86400),
        ("1 Hour PLUS 1 minute", 3660),
        ("one hour", 3600),
        ("twenty-five minutes", 1500),
        ("two hundred days", 17280000),
        ("1 and a half hours", 5400),
        ("10 20 minutes", 1200),
    ],
)
def test_durations_are_read_as_chronic_duration_reads_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "0", "0 days", "never", "soon", "1 fortnight", "a day", "1,5 hours x", "-", "1h !"]
)
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


def test_never_is_a_word_of_its_own() -> None:
    assert is_never("never")
    assert is_never("Never")
    assert not is_never("1 day")


@given(st.text(st.sampled_from("0123456789.: ,hmdwsy-andone"), max_size=20))
@settings(max_examples=300, deadline=1000)
def test_any_text_answers(text: str) -> None:
    seconds = parse_duration(text)
    assert seconds is None or seconds > 0


def test_absurd_lengths_are_no_trouble() -> None:
    assert parse_duration("9" * 199) == int("9" * 199)
    assert parse_duration("." + "9" * 198) is not None
    assert parse_duration("9" * 10_000) is None
