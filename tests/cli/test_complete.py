"""What the shell completes, in real shells."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Repo
from tests.cli.test_shell import Terminal

PIPELINE = """\
stages: [build, test]
wheel: {stage: build, script: [x]}
warn: {script: [x]}
"build:wheel of x": {script: [x]}
"build:docs": {script: [x]}
"it's, odd": {script: [x]}
"""


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("gluv run w", ["wheel", "warn"]),
        ("gluv run wh", ["wheel"]),
        ("gluv run wheel ", ["wheel", "warn", r"build:wheel\ of\ x", "build:docs", r"it\'s,\ odd"]),
        ("gluv logs wa", ["warn"]),
        ("gluv shell wa", ["warn"]),
        ("gluv run --stage b", ["build"]),
        ("gluv stat", ["status"]),
        ("gluv run build:", [r"wheel\ of\ x", "docs"]),
        ("gluv run build:w", [r"wheel\ of\ x"]),
        ("gluv run bu", [r"build:wheel\ of\ x", "build:docs"]),
        (r"gluv run build:wheel\ o", [r"wheel\ of\ x"]),
        ("gluv run 'build:w", ["build:wheel of x"]),
        ('gluv run "it', ["it's, odd"]),
        (r"gluv run it\'", [r"it\'s,\ odd"]),
    ],
)
def test_bash_completes_jobs_and_stages(repo: Repo, line: str, wanted: list[str]) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    assert completed(repo, line) == [f"plain,{name}" for name in wanted]


def test_a_broken_file_completes_to_nothing(repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: [\n"})
    assert completed(repo, "gluv run w") == [""]


def completed(repo: Repo, line: str) -> list[str]:
    environ = {**os.environ, "_GLUV_COMPLETE": "bash_complete", "COMP_LINE": line}
    code = "import sys; sys.argv[0] = 'gluv'; from gluv.__main__ import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.root, env=environ, capture_output=True, text=True
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


@pytest.fixture
def bash(repo: Repo, tmp_path: Path) -> Iterator[Terminal]:
    """An interactive bash that knows `gluv` and its completion."""
    repo.commit({".gitlab-ci.yml": PIPELINE})
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gluv").write_text(f'#!/bin/sh\nexec {sys.executable} -m gluv "$@"\n')
    (programs / "gluv").chmod(0o755)
    settings = tmp_path / "bashrc"
    settings.write_text(
        f'PATH={programs}:$PATH; PS1="ready> "; eval "$(_GLUV_COMPLETE=bash_source gluv)"\n'
    )
    arguments = ("bash", "--noprofile", "--rcfile", str(settings), "-i")
    terminal = Terminal(repo, tmp_path / "cache", program=arguments)
    yield terminal
    terminal.close()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("gluv run wh\t", "gluv run wheel "),
        ("gluv run build:w\t", r"gluv run build:wheel\ of\ x "),
        ("gluv run build:wheel\\ o\t", r"gluv run build:wheel\ of\ x "),
        ("gluv run 'build:w\t", "gluv run 'build:wheel of x' "),
        ("gluv shell it\t", r"gluv shell it\'s,\ odd "),
    ],
)
def test_a_real_bash_completes_odd_names_as_one_word(
    bash: Terminal, typed: str, shown: str
) -> None:
    bash.until("ready> ")
    bash.type(typed)
    bash.until(shown)
    bash.type("\x15printf '<%s>' and $0\n")
    bash.until("<and>")
