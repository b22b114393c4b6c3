"""`gluv lint` with the uv rules: findings, fixes, settings, formats, exit codes."""

import json
import subprocess
from pathlib import Path

import pytest

from gluv.lint.registry import RULES
from tests.cli.conftest import Gluv, Repo

IMAGE = "ghcr.io/astral-sh/uv"
PIPELINE = f"""\
# the pipeline
include: ci/test.yml
variables:
  PYTHON_VERSION: 3.10   # the oldest
lint:
  image: {IMAGE}:0.10.6-python$PYTHON_VERSION-trixie-slim
  script:
    - uv run --locked ruff check
"""
INCLUDED = f"""\
test:
  image: '{IMAGE}:0.10.6-python3.12-bookworm-slim'
  script: [uv run pytest]
"""
FILES = {
    ".gitlab-ci.yml": PIPELINE,
    "ci/test.yml": INCLUDED,
    "uv.lock": "version = 1\n",
    "pyproject.toml": '[project]\nname = "parrot"\nversion = "1.0"\n',
}


def test_findings_stand_in_the_included_file_and_exit_with_1(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 1
    assert (
        f"ci/test.yml:2:10: error: the tag 0.10.6-python3.12-bookworm-slim of {IMAGE} was never "
        "published [GLU101]\n"
        f"     2 |   image: '{IMAGE}:0.10.6-python3.12-bookworm-slim'\n"
        "       |          ^\n"
        "  next: the nearest tag that was: 0.10.6-python3.12-trixie-slim\n"
    ) in ran.out
    assert ".gitlab-ci.yml:4:19: error: PYTHON_VERSION is the number 3.1, not 3.10" in ran.out


def test_an_invalid_configuration_is_not_looked_at_by_the_rules(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "variables: {UV_VERSION: 0.10}\na: {scirpt: [x]}\n"})
    ran = gluv("lint", "-C", repo.root)
    assert ran.code == 2
    assert "GLU" not in ran.out


def test_diff_shows_what_fix_writes(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    ran = gluv("lint", "-C", repo.root, "--diff")
    assert ran.code == 1
    assert (repo.root / ".gitlab-ci.yml").read_text() == PIPELINE
    assert '-  PYTHON_VERSION: 3.10   # the oldest\n+  PYTHON_VERSION: "3.10"   # the oldest\n' in (
        ran.out
    )
    patch = repo.root.parent / "fix.patch"
    patch.write_text(ran.out)
    fixed = gluv("lint", "-C", repo.root, "--fix")
    assert fixed.code == 0
    assert "made 2 fixes in .gitlab-ci.yml, ci/test.yml" in fixed.err
    written = {name: (repo.root / name).read_bytes() for name in FILES}
    repo.git("checkout", "-q", ".")
    subprocess.run(["git", "apply", str(patch)], cwd=repo.root, check=True)
    assert {name: (repo.root / name).read_bytes() for name in FILES} == written


def test_a_second_fix_changes_nothing(gluv: Gluv, repo: Repo) -> None:
    repo.commit(FILES)
    gluv("lint", "-C", repo.root, "--fix")
    once = {name: (repo.root / name).read_bytes() for name in FILES}
    again = gluv("lint", "-C", repo.root, "--fix")
    assert (again.code, again.err) == (0, "")
    assert {name: (repo.root / name).read_bytes() for name in FILES} == once
    diff = gluv("lint", "-C", repo.root, "--diff")
    assert (diff.code, diff.out) == (0, "")


def test_windows_line_ends_and_a_byte_order_mark_stay(gluv: Gluv, repo: Repo) -> None:
    repo.commit({"uv.lock": "version = 1\n"})
    path = repo.root / ".gitlab-ci.yml"
    text = (
        "# é\nt:\n  image: python:3.12\n  variables:\n    A: b\n  script:\n    - uv sync --frozen\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    gluv("lint", "-C", repo.root, "--fix")
    mended = text.replace("--frozen", "--locked")
    assert path.read_bytes() == b"\xef\xbb\xbf" + mended.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_unsafe_fixes_are_made_only_when_asked_for(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": f"t:\n  image: {IMAGE}:0.10.6\n  script: [uv --version]\n"})
    assert "python3.13" not in gluv("lint", "-C", repo.root, "--diff").out
    ran = gluv("lint", "-C", repo.root, "--fix", "--unsafe-fixes")
    assert ran.code == 0
    assert f"{IMAGE}:0.10.6-python3.13-trixie-slim\n" in (
        (repo.root / ".gitlab-ci.yml").read_text()
    )


def test_settings_and_options_choose_rules(gluv: Gluv, repo: Repo) -> None:
    settings = '[tool.gluv.lint]\nignore = ["GLU104"]\n[tool.gluv.lint.per-job]\ntest = ["GLU1"]\n'
    repo.commit(FILES | {"pyproject.toml": settings})
    assert gluv("lint", "-C", repo.root).code == 0
    ran = gluv("lint", "-C", repo.root, "--select", "GLU104,GLU101")
    assert "GLU104" in ran.out
    wrong = gluv("lint", "-C", repo.root, "--select", "GLU9")
    assert wrong.code == 2
    assert "there is no rule GLU9" in wrong.err


def test_formats_know_advice(gluv: Gluv, repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": f"t:\n  image: {IMAGE}:0.10-alpine\n  script: [ls, uv -V]\n"})
    ran = gluv("lint", "-C", repo.root, "--format", "github")
    assert ran.out.startswith("::notice file=.gitlab-ci.yml,line=2,col=10,title=GLU105::")
    shown = json.loads(gluv("lint", "-C", repo.root, "--format", "json").out)
    assert (shown["valid"], shown["warnings"], shown["infos"]) == (True, 0, 1)
    sarif = json.loads(gluv("lint", "-C", repo.root, "--format", "sarif").out)
    assert [each["level"] for each in sarif["runs"][0]["results"]] == ["note"]
    described = sarif["runs"][0]["tool"]["driver"]["rules"][0]
    assert described["shortDescription"]["text"] == RULES[described["id"]].title
    quality = json.loads(gluv("lint", "-C", repo.root, "--format", "codequality").out)
    assert [each["severity"] for each in quality] == ["info"]
    assert "1 info\n" in gluv("lint", "-C", repo.root).out


def test_a_file_outside_of_a_repository_is_checked_and_mended(gluv: Gluv, tmp_path: Path) -> None:
    path = tmp_path / "ci.yml"
    path.write_text("variables:\n  UV_VERSION: 0.10\nt: {script: [x]}\n")
    assert gluv("lint", path).code == 1
    assert gluv("lint", path, "--fix").code == 0
    assert path.read_text() == 'variables:\n  UV_VERSION: "0.10"\nt: {script: [x]}\n'


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_standard_input_is_not_mended_in_silence(gluv: Gluv, repo: Repo, option: str) -> None:
    repo.commit(FILES)
    ran = gluv("lint", "-C", repo.root, "-", option)
    assert ran.code == 2
    assert "standard input can be checked, not mended" in ran.err


def test_a_finding_in_the_project_shows_its_line(gluv: Gluv, repo: Repo) -> None:
    index = (
        '[[tool.uv.index]]\nname = "team"\n'
        'url = "https://gitlab.example.com/api/v4/projects/7/packages/pypi/simple"\n'
        "explicit = true\n"
    )
    repo.commit({".gitlab-ci.yml": "t: {script: [x]}\n", "pyproject.toml": index})
    ran = gluv("lint", "-C", repo.root)
    assert "pyproject.toml:3:1: error: GitLab forwards" in ran.out
    assert '     3 | url = "https://gitlab' in ran.out
    gluv("lint", "-C", repo.root, "--fix")
    assert (repo.root / "pyproject.toml").read_text() == index + 'authenticate = "always"\n'


@pytest.mark.parametrize("rule", ["GLU302", "glu302"])
def test_explain_prints_the_page(gluv: Gluv, rule: str) -> None:
    ran = gluv("explain", rule)
    assert ran.code == 0
    assert ran.out.startswith("# GLU302: a cache in the project that is built\n")
    assert "## Good" in ran.out


def test_explain_lists_rules_and_refuses_others(gluv: Gluv) -> None:
    assert "GLU101  error    an image tag that was never published\n" in gluv("explain").out
    assert gluv("explain", "GLU999").code == 2
