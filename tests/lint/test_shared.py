"""Fixes of what several jobs share: made where all of them want it, left alone elsewhere."""

import pytest

from gluv.lint.options import LintOptions
from tests.lint.bench import CI, ids, lint, mended

UV = "ghcr.io/astral-sh/uv"
PIN = {".python-version": "3.11\n"}
PYTHON = LintOptions(select=("GLU107",))


def test_a_template_of_jobs_with_one_image_is_mended() -> None:
    text = (
        f".base:\n  image: {UV}:0.10.6-python3.12-trixie-slim\n  variables:\n    A: b\n"
        "a:\n  extends: .base\n  script: [uv run x]\n"
        "b:\n  extends: .base\n  script: [uv run y]\n"
    )
    after = mended({CI: text, **PIN}, PYTHON)[CI]
    assert after == text.replace("    A: b\n", '    UV_PYTHON: "3.12"\n    A: b\n')


@pytest.mark.parametrize("link", ["extends: .base", "<<: *base"])
def test_a_template_of_jobs_with_several_images_is_left_alone(link: str) -> None:
    text = (
        ".base: &base\n  variables:\n    A: b\n"
        f"a:\n  {link}\n  image: {UV}:0.10.6-python3.12-trixie-slim\n  script: [uv run x]\n"
        f"b:\n  {link}\n  image: {UV}:0.10.6-python3.11-trixie-slim\n  script: [uv run y]\n"
    )
    assert ids(lint({CI: text, **PIN}, PYTHON)) == ["GLU107"]
    assert mended({CI: text, **PIN}, PYTHON)[CI] == text


def test_a_job_without_variables_gets_its_own() -> None:
    text = (
        f".base:\n  script: [uv run x]\na:\n  extends: .base\n"
        f"  image: {UV}:0.10.6-python3.12-trixie-slim\n"
    )
    after = mended({CI: text, **PIN}, PYTHON)[CI]
    assert after == text.replace("a:\n", 'a:\n  variables:\n    UV_PYTHON: "3.12"\n')


def test_a_variable_of_images_that_are_right_is_left_alone() -> None:
    text = (
        "variables: {BASE: bookworm-slim}\n"
        f"old:\n  image: {UV}:0.9.30-python3.12-$BASE\n  script: [uv -V]\n"
        f"new:\n  image: {UV}:0.10.6-python3.12-$BASE\n  script: [uv -V]\n"
    )
    only = LintOptions(select=("GLU101",))
    assert ids(lint({CI: text}, only)) == ["GLU101"]
    assert mended({CI: text}, only)[CI] == text


def test_the_fix_of_a_version_in_a_variable_keeps_the_image_as_it_is() -> None:
    text = (
        'variables:\n  BASE: "bookworm-slim"  # small\n'
        f"new:\n  image: {UV}:0.10.6-python3.12-$BASE\n  script: [uv -V]\n"
    )
    only = LintOptions(select=("GLU101",))
    assert mended({CI: text}, only)[CI] == text.replace("bookworm", "trixie")
