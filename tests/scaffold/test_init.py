"""The command: what it writes, keeps, refuses and compares."""

import pytest

from gluv.scaffold.choices import Options
from gluv.scaffold.extend import extend
from gluv.scaffold.header import Order, read_order, write_header
from gluv.scaffold.kept import put_kept, read_kept
from gluv.scaffold.lines import Entry, Item, Quoted, Slot, write_entries
from gluv.text.nodes import plain
from gluv.text.reader import parse
from gluv.text.source import read_source
from tests.cli.conftest import Gluv
from tests.scaffold import projects
from tests.scaffold.conftest import Start

OURS = "  # >>> yours: variables\n"
MINE = f"{OURS}  DEPLOY: never\n"


def test_user_parts_survive_and_the_rest_is_renewed(gluv: Gluv, start: Start) -> None:
    repo = start(projects.LIBRARY)
    path = repo.root / ".gitlab-ci.yml"
    assert gluv("init", "-C", repo.root, "--release", "none").code == 0
    first = path.read_text()
    path.write_text(first.replace(OURS, MINE))
    assert gluv("init", "-C", repo.root, "--check").code == 0
    same = gluv("init", "-C", repo.root)
    assert (same.code, "up to date" in same.out) == (0, True)

    wanted = ("init", "-C", repo.root, "--release", "gitlab")
    refused = gluv(*wanted)
    assert refused.code == 2
    assert "--force" in refused.err
    assert path.read_text() == first.replace(OURS, MINE)
    assert gluv(*wanted, "--check").code == 1
    shown = gluv(*wanted, "--diff")
    assert (shown.code, "+    - uvx gluv release" in shown.out) == (1, True)
    assert gluv("init", "-C", repo.root, "--diff").code == 0
    assert gluv(*wanted, "--force").code == 0
    assert MINE in path.read_text()
    assert "uvx gluv release" in path.read_text()


def test_check_remembers_the_options_and_sees_the_project_change(gluv: Gluv, start: Start) -> None:
    repo = start(projects.LIBRARY)
    gluv("init", "-C", repo.root, "--python", "3.12,3.13", "--release", "pypi")
    assert gluv("init", "-C", repo.root, "--check").code == 0
    text = projects.LIBRARY["pyproject.toml"].replace('["pytest"]', '["pytest", "mypy"]')
    repo.write({"pyproject.toml": text})
    changed = gluv("init", "-C", repo.root, "--check", "--diff")
    assert changed.code == 1
    assert "+    - uv run mypy src" in changed.out


def test_a_pipeline_of_the_users_is_not_touched(gluv: Gluv, start: Start) -> None:
    repo = start(projects.EXISTING)
    refused = gluv("init", "-C", repo.root)
    assert refused.code == 2
    assert "--extend" in refused.err
    assert (repo.root / ".gitlab-ci.yml").read_text() == projects.EXISTING[".gitlab-ci.yml"]
    assert gluv("init", "-C", repo.root, "--extend").code == 0
    text = (repo.root / ".gitlab-ci.yml").read_text()
    assert (
        text.replace("include:\n  - local: .gitlab/uv.yml\n\n", "")
        == (projects.EXISTING[".gitlab-ci.yml"])
    )
    assert gluv("init", "-C", repo.root, "--check").code == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: {script: b}\n", "include:\n  - local: .gitlab/uv.yml\n\na: {script: b}\n"),
        (
            "# mine\ninclude:\n- remote: x\na: {script: b}\n",
            "# mine\ninclude:\n- local: .gitlab/uv.yml\n- remote: x\na: {script: b}\n",
        ),
        (
            "spec:\n  inputs: {}\n---\na: {script: b}\n",
            "spec:\n  inputs: {}\n---\ninclude:\n  - local: .gitlab/uv.yml\n\na: {script: b}\n",
        ),
        (
            "a: {script: b}\r\n",
            "include:\r\n  - local: .gitlab/uv.yml\r\n\r\na: {script: b}\r\n",
        ),
    ],
)
def test_include_is_added_and_no_other_byte_changes(text: str, expected: str) -> None:
    assert extend(".gitlab-ci.yml", text).text == expected
    assert extend(".gitlab-ci.yml", expected).text == expected


def test_include_that_is_no_list_is_left_to_the_user() -> None:
    extension = extend(".gitlab-ci.yml", "include: other.yml\n")
    assert extension.text == "include: other.yml\n"
    assert ".gitlab/uv.yml" in extension.note


def test_jobs_find_the_stages_of_the_pipeline() -> None:
    layout = extend("f", "stages: [check, package, ship]\n").layout
    assert (layout.test, layout.build, layout.release) == ("check", "package", "ship")
    layout = extend("f", "a: {script: b}\n").layout
    assert (layout.test, layout.build, layout.release) == ("test", "build", "deploy")


@pytest.mark.parametrize(
    "order",
    [
        Order(),
        Order(mode="part", options=Options(release="none")),
        Order(mode="component"),
        Order(mode="component", component="git.example.com/tools/gluv@1"),
        Order(options=Options(pythons=("3.11", "3.12"), base_layer="alpine3.23", release="pypi")),
    ],
)
def test_header_says_how_to_make_it_again(order: Order) -> None:
    header = "".join(f"# {line}\n" for line in write_header(order).splitlines())
    assert read_order(header) == order
    assert read_order("# Written by me\n") is None


def test_parts_whose_place_is_gone_are_kept_at_the_end() -> None:
    kept = read_kept("# >>> yours: a\nx: 1\n# <<< yours: a\n# >>> yours: b\n# <<< yours: b\n")
    assert kept == {"a": "x: 1\n"}
    assert put_kept("y: 2\n", kept) == "y: 2\n\n# >>> yours: a\nx: 1\n# <<< yours: a\n"


def test_lines_read_as_what_was_meant() -> None:
    entries = (
        Entry("version", Quoted("3.10"), "why\nindeed"),
        Entry("odd", ["3.10", "yes", "a: b", "# c", "two words", "$VAR", "null", "*x"]),
        Entry("map", [Entry("key", 'don\'t "x"'), Slot("here")]),
        Entry("list", [Item((Entry("if", '$A == "b"', "why"), Entry("when", "never")))]),
        Entry("script", ["echo 'a: b'", "x \\ y", "tab\there"]),
        Entry("flag", True),
    )
    text = "\n".join(write_entries(entries)) + "\n"
    assert plain(parse(read_source("f", text.encode()))) == {
        "version": "3.10",
        "odd": ["3.10", "yes", "a: b", "# c", "two words", "$VAR", "null", "*x"],
        "map": {"key": 'don\'t "x"'},
        "list": [{"if": '$A == "b"', "when": "never"}],
        "script": ["echo 'a: b'", "x \\ y", "tab\there"],
        "flag": True,
    }


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"readme.txt": ""}, "no Python project here"),
        ({"api/pyproject.toml": "[project]\n"}, "these do: api"),
        ({"pyproject.toml": "[project\n"}, "not valid TOML"),
    ],
)
def test_no_project(gluv: Gluv, start: Start, files: dict[str, str], said: str) -> None:
    refused = gluv("init", "-C", start(files).root)
    assert refused.code == 2
    assert said in refused.err


def test_tools_are_run_from_where_they_are(gluv: Gluv, start: Start) -> None:
    groups = '[dependency-groups]\ntest = ["pytest", "pytest-cov"]\nlint = ["ruff", "black"]\n'
    extra = '[project.optional-dependencies]\ntypes = ["mypy"]\n\n[tool.ty]\n'
    text = projects.pyproject("parrot-cage", extra, projects.HATCHLING, groups)
    repo = start({**projects.LIBRARY, "pyproject.toml": text, "docs/conf.py": ""})
    gluv("init", "-C", repo.root)
    written = (repo.root / ".gitlab-ci.yml").read_text()
    for command in (
        "uv run --group test pytest --junitxml=report.xml --cov=parrot_cage",
        "uv run --group lint ruff check\n",
        "uv run --group lint black --check .",
        "uv run --extra types mypy src",
        "uv run --with ty ty check",
        "sphinx-build -W docs public",
    ):
        assert command in written
    assert "ruff format" not in written  # black is the formatter
    assert "coverage_format: cobertura" in written
