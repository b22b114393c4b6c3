"""What `include:` may look at."""

import pytest

from gluv.config import load
from gluv.plan.context import SettingVariable
from gluv.plan.includes import include_rules, include_variables
from gluv.text.nodes import Source
from tests.plan.building import FakeRepository, branch, tag
from tests.plan.test_guide import NoFiles

CHANGED = FakeRepository(changed=frozenset({"src/a.py"}), since={"main": frozenset({"b"})})


def test_variables_before_the_pipeline() -> None:
    context = branch(
        settings=(SettingVariable(key="S", value="1"), SettingVariable(key="P", value="2")),
        variables={"P": "3"},
    )
    found = include_variables(context)
    assert (found["S"], found["P"], found["CI_COMMIT_BRANCH"]) == ("1", "3", "main")
    assert {"CI_PIPELINE_IID", "GITLAB_USER_LOGIN", "CI_JOB_NAME"}.isdisjoint(found)
    assert include_variables(tag())["CI_COMMIT_TAG"] == "v1.2.0"


def test_changes() -> None:
    changed = include_rules(branch(repository=CHANGED)).changed
    assert changed(("src/**/*",), None)
    assert not changed(("docs/*",), None)
    assert changed(("b",), "main")
    with pytest.raises(LookupError):
        changed(("b",), "nowhere")


class OneFile(NoFiles):
    """A fetcher with one local file."""

    def local(self, path: str) -> Source:
        return Source(path, "from-include: {script: date}\n")

    def local_files(self) -> tuple[str, ...]:
        return ("ci.yml",)


@pytest.mark.parametrize(("paths", "included"), [("src/*", True), ("docs/*", False)])
def test_reading_with_them(paths: str, included: bool) -> None:
    context = branch(repository=CHANGED)
    text = (
        "include:\n  - local: ci.yml\n    rules:\n"
        f"      - if: $CI_COMMIT_BRANCH\n        changes: [{paths}]\n"
        "test: {script: date}\n"
    )
    loaded = load(
        Source(".gitlab-ci.yml", text),
        OneFile(),
        variables=include_variables(context),
        rules=include_rules(context),
    )
    assert loaded.config is not None
    assert ("from-include" in loaded.config.jobs) is included
