"""The commands in a script: what is seen, and what is not claimed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gluv.lint.commands import Command, read_commands
from gluv.lint.shell import read_calls
from gluv.text.nodes import ScalarNode, Source


def words(script: str) -> list[list[str]]:
    return [[word.text for word in call.words] for call in read_calls(script)]


def commands(script: str) -> tuple[Command, ...]:
    node = ScalarNode(Source("x", script), 1, 1, script, script)
    return read_commands(node, "script", 0)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("uv sync && uv run pytest", [["uv", "sync"], ["uv", "run", "pytest"]]),
        ("a; b | c || d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("uv \\\n  sync \\\n  --locked", [["uv", "sync", "--locked"]]),
        ("uv \\\r\n  sync", [["uv", "sync"]]),
        ("echo 'a && b' \"c; d\"", [["echo", "a && b", "c; d"]]),
        ("# uv publish\nls # uv build", [["ls"]]),
        ("a#b c", [["a#b", "c"]]),
        ("if test -f x; then uv build; fi", [["test", "-f", "x"], ["uv", "build"]]),
        ('for p in dist/*; do uv publish "$p"; done', [["uv", "publish", "$p"]]),
        ("uv build > log.txt 2>&1", [["uv", "build"]]),
        ("cat <<EOF > f\nuv publish\nEOF\nls", [["cat"], ["ls"]]),
        ("cat <<-'END'\n\tuv publish\n\tEND\nls", [["cat"], ["ls"]]),
        ('x="$(uv version --short)"', [["uv", "version", "--short"], []]),
        ("echo `git describe`", [["git", "describe"], ["echo", "`git describe`"]]),
        ("f() { uv sync; }", [["f"], ["uv", "sync"]]),
        ("echo $((1 + 2)) ok", [["echo", "$((1 + 2))", "ok"]]),
        ("(cd a && make)", [["cd", "a"], ["make"]]),
    ],
)
def test_words(script: str, expected: list[list[str]]) -> None:
    assert words(script) == expected


def test_assignments_stand_apart() -> None:
    (call,) = read_calls("A=1 B='2 3' uv publish x=y")
    assert call.env == {"A": "1", "B": "2 3"}
    assert [word.text for word in call.words] == ["uv", "publish", "x=y"]


@given(st.text(alphabet="uv $(){}'\"`\\|&;<>#=\n\ra-E", max_size=60))
def test_no_script_stops_the_reader(script: str) -> None:
    for call in read_calls(script):
        assert 0 <= call.start <= call.end
        for word in call.words:
            assert script[word.start : word.start + len(word.raw)] == word.raw


@pytest.mark.parametrize(
    ("script", "program", "sub", "options"),
    [
        ("uv sync --locked --no-dev", "uv", "sync", ("--locked", "--no-dev")),
        ("uv --project a sync", "uv", "sync", ("--project",)),
        ("uv pip install --system x", "uv", "pip install", ("--system",)),
        ("uv cache prune --ci", "uv", "cache prune", ("--ci",)),
        ("/usr/bin/uv build --out-dir=x", "uv", "build", ("--out-dir",)),
        ("uvx --from build pyproject-build", "uv", "tool run", ("--from",)),
        ("python3.12 -m twine upload -u x dist/*", "twine", "", ("-u",)),
        ("sudo -E env A=b timeout 5m git push -f", "git", "", ("-f",)),
    ],
)
def test_programs(script: str, program: str, sub: str, options: tuple[str, ...]) -> None:
    command = commands(script)[0]
    assert (command.program, command.sub, command.options) == (program, sub, options)


def test_what_uv_runs_is_a_command_of_its_own() -> None:
    run, twine = commands("uv run --with twine -- twine upload --skip-existing dist/*")
    assert run.options == ("--with",)
    assert twine.program == "twine"
    assert twine.has("--skip-existing")
    assert twine.ran_by is run or twine.ran_by == run
    _, module = commands("uv run -m pytest -q")
    assert module.program == "pytest"


def test_a_shell_in_a_shell_is_not_looked_into() -> None:
    assert commands('bash -c "uv publish"') == ()
