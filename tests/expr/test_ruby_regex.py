"""Ruby's regular expressions as Python reads them."""

import pytest

from gluv.expr.ruby_regex import RubyRegexInvalid, compile_ruby


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\A(?!docs/).*", "docs/a.md", False),
        (r"\A(?!docs/).*", "src/a.py", True),
        (r"\.rb\z", "a.rb", True),
        (r"\.rb\z", "a.rb\n", False),
        (r"\.rb\Z", "a.rb\n", True),
        (r"^b$", "a\nb\nc", True),
        (r"\h{2}x", "afx", True),
        (r"\H", "abc", False),
        (r"[[:digit:]_]+!", "1_2!", True),
        (r"(?<year>\d{4})", "2026", True),
        (r"(?i)readme", "README.md", True),
        (r"a\[:b", "a[:b", True),
        (r"\\z", r"\z", True),
    ],
)
def test_it_means_the_same(pattern: str, text: str, found: bool) -> None:
    assert bool(compile_ruby(pattern).search(text)) == found


@pytest.mark.parametrize("pattern", ["(", "[[:nothing:]]", r"\p{Alpha}", "a{2,1}"])
def test_what_only_ruby_reads_is_refused(pattern: str) -> None:
    with pytest.raises(RubyRegexInvalid):
        compile_ruby(pattern)
