import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gluv.expr.braces import expand_braces
from gluv.expr.globs import artifact_match, compile_artifact_globs, compile_globs

_LINES = (Path(__file__).parents[1] / "data" / "fnmatch.tsv").read_text("utf-8").splitlines()
PATHS, *RECORDED = [[str(json.loads(part)) for part in line.split("\t")] for line in _LINES]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded[0])
def test_matches_what_ruby_matches(recorded: list[str]) -> None:
    pattern, *expected = recorded
    matches = compile_globs([pattern])
    assert [path for path in PATHS if matches(path)] == expected


def test_one_of_several_patterns_is_enough() -> None:
    matches = compile_globs(["Dockerfile", "src/**/*.py", "{a,b}.txt"])
    assert matches("Dockerfile")
    assert matches("src/x/y.py")
    assert matches("b.txt")
    assert not matches("src/x/y.md")
    assert not compile_globs([])("a")


def test_many_files_are_quick() -> None:
    matches = compile_globs(["src/**/*.{py,pyi}", "docs/**/*", "**/test_*.py", "*.md", "uv.lock"])
    paths = [f"packages/p{n}/deep/er/file_{n}.txt" for n in range(50_000)]
    started = time.perf_counter()
    assert not any(matches(path) for path in paths)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "**/a/" * 30 + "b", "[ab]*" * 30 + "c"])
def test_no_pattern_takes_exponential_time(pattern: str) -> None:
    started = time.perf_counter()
    assert not compile_globs([pattern])("a" * 300)
    assert not compile_globs([pattern])("a/" * 300)
    assert not artifact_match(pattern, "a/" * 300)
    assert time.perf_counter() - started < 2


def test_braces_are_bounded() -> None:
    assert expand_braces("a{b,c{d,e}}") == ["ab", "acd", "ace"]
    assert len(expand_braces("{a,b}" * 40)) == 10_000


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("dist/*", "dist/a.whl", True),
        ("dist/*", "dist/x/a.whl", False),
        ("dist/*", "dist/.hidden", True),
        ("dist/**", "dist", True),
        ("dist/**", "dist/x/y", True),
        ("dist/**", "distx", False),
        ("**/*.xml", "a.xml", True),
        ("**/*.xml", "a/b/c.xml", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a**b", "axxb", True),
        ("a**b", "ax/b", False),
        ("**", "a/b", True),
        ("*.{whl,tar.gz}", "x.tar.gz", True),
        ("?.txt", "a.txt", True),
        ("[a-c].txt", "b.txt", True),
        ("[^a-c].txt", "b.txt", False),
        ("[!a-c].txt", "d.txt", True),
        ("[].txt", "].txt", False),
        ("{a", "{a", False),
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("./dist/", "dist", True),
        ("a//b", "a/b", True),
    ],
)
def test_artifact_paths_match_as_doublestar(pattern: str, path: str, expected: bool) -> None:
    assert artifact_match(pattern, path) is expected


def test_a_named_directory_is_taken_whole() -> None:
    matches = compile_artifact_globs(["dist/", "coverage/*.d", ".venv"])
    assert matches("dist/a/b.whl")
    assert matches("coverage/x.d/file")
    assert matches(".venv")
    assert not matches("distribution/a")
    assert compile_artifact_globs(["./"])("any/thing")


PATTERNS = st.text(st.sampled_from("ab/*?[]!^-{},\\."), max_size=20)


@given(PATTERNS, st.text(st.sampled_from("ab/.-]"), max_size=12))
@settings(max_examples=500, deadline=1000)
def test_any_pattern_answers(pattern: str, path: str) -> None:
    assert compile_globs([pattern])(path) in (True, False)
    assert artifact_match(pattern, path) in (True, False)


@given(st.lists(st.text(st.sampled_from("abc."), min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_path_matches_itself_and_the_stars(parts: list[str]) -> None:
    path = "/".join(parts)
    for pattern in (path, "**/*", "/".join("*" for _ in parts), f"**/{parts[-1]}"):
        assert compile_globs([pattern])(path)
        if "." not in parts:
            assert artifact_match(pattern, path)
