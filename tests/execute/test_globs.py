import pytest

from gluv.execute.globs import compile_glob, static_prefix


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.txt", "a.txt", True),
        ("*.txt", ".txt", True),
        ("*.txt", "d/a.txt", False),
        ("**/*.txt", "a.txt", True),
        ("**/*.txt", "d/e/a.txt", True),
        ("d/**", "d", True),
        ("d/**", "d/e/f", True),
        ("d/**", "de", False),
        ("d/**/f", "d/f", True),
        ("d/**/f", "d/x/y/f", True),
        ("d/**/f", "d/xf", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[!a-c]x", "dx", True),
        ("[^a]x", "/x", False),
        ("{a,b/c}.txt", "b/c.txt", True),
        ("{a,b*}.txt", "bcd.txt", True),
        ("a,b", "a,b", True),
        ("\\*", "*", True),
        ("\\*", "x", False),
        ("a.b", "axb", False),
        ("[", "[", True),
    ],
)
def test_globs_match_as_the_runner_does(pattern: str, path: str, matches: bool) -> None:
    assert (compile_glob(pattern).fullmatch(path) is not None) is matches


def test_the_static_part_of_a_pattern() -> None:
    assert static_prefix("a/b/*.txt") == "a/b"
    assert static_prefix("*.txt") == "."
    assert static_prefix("a/**/b") == "a"
