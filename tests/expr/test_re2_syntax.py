"""Without the RE2 library expressions match, and are refused, as RE2 does it."""

import re
import sys
import warnings

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gluv.expr.re2_syntax import Refused, translate
from gluv.expr.regex import RegexInvalid, compile_pattern, compile_source

TEXTS = (
    "", "a", "A", "aa", "aaa", "ab", "a\n", "a\nb", "b\na", "v1.2.3", "release/1.0", "main",
    "1", "a1_", "é", "É", " ", "\t", "\v", "a b", "a-b", "[x]", "x]", "a.b", "$", "^", "AbC",
)  # fmt: skip

EXPRESSIONS = (
    "a", "^a$", "a$", "(?m)^a$", "(?i)AB", "(?i:a)b", "a(?i)b", "(a(?i)b|c)d", "(?U)a+", "(?U)a+?",
    "(?s).b", ".b", r"\d+\.\d+", r"\w+", r"\s", r"\bb", r"\Aa\z", "[[:alpha:]]+", "[[:^digit:]]",
    r"[\d.]+", r"[^\W_]", r"\Q$^\E", r"\x{41}", r"\x41", r"\101", "a{2}", "a{2,}", "a{,2}", "a{",
    "(?P<n>a)b", "(?<n>a)b", "[]x]", "[^]x]", "[a-c-]", "[a&&b]", "[[x]", "x|y|", "(?-i)a", "a*?",
    "(?i)é", "^v\\d+(\\.\\d+){2}$", r"[\[\]]", "a|b*", "()", "(|a)*",
)  # fmt: skip

REFUSED = (
    "(?=a)", "(?!a)", "(?<=a)b", r"(a)\1", "a++", "a**", "*a", "(?>a)", "(?#c)", "(", ")", "[a",
    "a{1001}", "a{3,2}", r"\y", r"\Z", r"\u0041", "[z-a]", "[[:nope:]]", "(?P=n)", "\\", "(?x)a",
)  # fmt: skip


def by_re2(expression: str) -> list[tuple[int, int] | None] | None:
    """Where RE2 finds the expression in each text; None if it refuses it."""
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(expression, options=options)
    except re2.error:
        return None
    found = [pattern.search(text) for text in TEXTS]
    return [None if match is None else match.span() for match in found]


def by_translation(expression: str) -> list[tuple[int, int] | None] | None:
    """The same by Python's engine."""
    try:
        translated = translate(expression)
    except Refused:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pattern = re.compile(translated)
    found = [pattern.search(text) for text in TEXTS]
    return [None if match is None else match.span() for match in found]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_it_matches_where_re2_does(expression: str) -> None:
    expected = by_re2(expression)
    assert expected is not None
    assert by_translation(expression) == expected


@pytest.mark.parametrize("expression", REFUSED)
def test_it_refuses_what_re2_refuses(expression: str) -> None:
    assert by_re2(expression) is None
    with pytest.raises(Refused):
        translate(expression)


def test_a_property_of_unicode_needs_the_library() -> None:
    with pytest.raises(Refused, match=r"gluv\[re2\]"):
        translate(r"\p{Greek}")


def test_rules_do_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "re2", None)
    compile_source.cache_clear()
    compile_pattern.cache_clear()
    assert compile_pattern("/^V\\d+$/i").search("v1")
    assert compile_source("a(b)").groups("xab") == ("ab", "b")
    with pytest.raises(RegexInvalid, match="invalid perl operator"):
        compile_source("(?=a)")
    compile_source.cache_clear()
    compile_pattern.cache_clear()


PIECES = st.sampled_from(
    ["a", "b", ".", "^", "$", "|", "(", ")", "(?:", "(?i)", "(?m)", "(?s)", "(?U)", "*", "+", "?",
     "{2}", "{1,2}", "[ab]", "[^a]", "[a-c]", r"\d", r"\w", r"\b", "A", "1", " ", r"\n", "-",
     "(?i:", "[[:upper:]]", r"\A", r"\z"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=7).map("".join))
def test_any_expression_is_read_as_re2_reads_it(expression: str) -> None:
    # `a(?i)*` repeats the `a` for RE2; it is refused here.
    assume(not re.search(r"\(\?[imsU]\)[*+?{]", expression))
    assert by_translation(expression) == by_re2(expression)
