"""Which rules run: select, ignore, per job, and comments in the file."""

import pytest

from gluv.errors import UsageWrong
from gluv.lint.options import LintOptions, read_options
from gluv.lint.registry import RULES
from tests.lint.bench import CI, ids, lint, lint_ci

PIPELINE = """\
variables:
  PYTHON_VERSION: 3.10
deploy-docs:
  image: ghcr.io/astral-sh/uv:python3.13-trixie-slim
  script: [uv run mkdocs]
test:
  image: ghcr.io/astral-sh/uv:python3.13-trixie-slim
  script: [uv run pytest]
"""


def chosen(**keys: object) -> set[str]:
    options = read_options({name.replace("_", "-"): value for name, value in keys.items()})
    return {rule.id for rule in RULES.values() if options.wants(rule)}


def test_without_a_word_everything_runs_but_advice() -> None:
    assert chosen() == {rule.id for rule in RULES.values() if not rule.advice}


def test_the_longer_name_wins() -> None:
    assert chosen(select=["GLU302"]) == {"GLU302"}
    assert chosen(select=["GLU302"], ignore=["GLU3"]) == {"GLU302"}
    assert "GLU302" not in chosen(select=["GLU3"], ignore=["GLU302"])
    assert chosen(select=["ALL"]) == set(RULES)
    assert chosen(ignore=["ALL"]) == set()
    assert chosen(ignore=["ALL"], extend_select=["GLU104"]) == {"GLU104"}
    assert "GLU312" in chosen(extend_select=["GLU312"])


@pytest.mark.parametrize(
    "wrong", [{"select": ["GLU9"]}, {"choose": []}, {"per-job": {"a": ["X"]}}, {"select": 1}]
)
def test_what_does_not_exist_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageWrong):
        read_options(wrong)


def test_a_job_may_be_left_alone() -> None:
    only = read_options({"select": ["GLU105"], "per-job": {"deploy-*": ["GLU1"]}})
    (found,) = lint({CI: PIPELINE}, only)
    assert found.finding.job == "test"


@pytest.mark.parametrize(
    "comment",
    ["# gluv: ignore[GLU104]", "# old #gluv:ignore[GLU1, GLU104]", "# gluv: ignore"],
)
def test_a_comment_silences_its_line(comment: str) -> None:
    text = PIPELINE.replace("3.10\n", f"3.10  {comment}\n")
    assert "GLU104" in lint_ci(PIPELINE)
    assert "GLU104" not in lint_ci(text)
    assert ids(lint({CI: text}, LintOptions(select=("GLU105",)))) == ["GLU105", "GLU105"]


def test_a_comment_for_another_rule_does_not() -> None:
    assert "GLU104" in lint_ci(PIPELINE.replace("3.10\n", "3.10  # gluv: ignore[GLU105]\n"))


def test_a_comment_on_the_line_above_does_and_a_value_above_does_not() -> None:
    above = "  # gluv: ignore[GLU104]\n  PYTHON_VERSION"
    assert "GLU104" not in lint_ci(PIPELINE.replace("  PYTHON_VERSION", above))
    behind = "  A: b  # gluv: ignore[GLU104]\n  PYTHON_VERSION"
    assert "GLU104" in lint_ci(PIPELINE.replace("  PYTHON_VERSION", behind))
