"""What the shell completes."""

import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Repo

PIPELINE = "stages: [build, test]\nwheel:\n  stage: build\n  script: [x]\nwarn:\n  script: [x]\n"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("gluv run w", ["plain,wheel", "plain,warn"]),
        ("gluv run wh", ["plain,wheel"]),
        ("gluv logs wa", ["plain,warn"]),
        ("gluv run --stage b", ["plain,build"]),
        ("gluv stat", ["plain,status"]),
    ],
)
def test_bash_completes_jobs_and_stages(repo: Repo, words: str, wanted: list[str]) -> None:
    repo.commit({".gitlab-ci.yml": PIPELINE})
    assert completed(repo, words) == wanted


def test_a_broken_file_completes_to_nothing(repo: Repo) -> None:
    repo.commit({".gitlab-ci.yml": "a: [\n"})
    assert completed(repo, "gluv run w") == [""]


def completed(repo: Repo, words: str) -> list[str]:
    environ = {
        **os.environ,
        "_GLUV_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    code = "import sys; sys.argv[0] = 'gluv'; from gluv.__main__ import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=repo.root, env=environ, capture_output=True, text=True
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()
