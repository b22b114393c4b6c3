"""`[tool.gluv.contexts]`, and events that git need not know."""

import subprocess
from pathlib import Path

import pytest

from gluv.errors import RepositoryUnusable, UsageWrong
from gluv.host.context import ContextOptions, build_context, config_commit
from gluv.host.git import GitFacts
from gluv.host.git_reading import read_repository
from gluv.host.named_contexts import (
    NamedContext,
    context_options,
    find_context,
    is_missing,
    named_contexts,
)
from gluv.plan.context import Context
from gluv.settings import Settings, read_settings

PYPROJECT = b"""
[tool.gluv.contexts.release]
tag = "v9.0.0"
protected = true
variables = {DEPLOY = true, LEVEL = 3}
inputs = {where = "here"}

[tool.gluv.contexts.nightly]
branch = "main"
schedule = "every night"

[tool.gluv.contexts.docs]
branch = "topic"
mr = "main"
changes = ["docs/a.md"]
"""


def git(directory: Path, *args: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    return subprocess.run(
        ["git", *identity, *args], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def facts(tmp_path: Path) -> GitFacts:
    git(tmp_path, "init", "-q", "-b", "main")
    for name in ("a", "b"):
        (tmp_path / name).write_text("")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", f"Add {name}")
    return read_repository(tmp_path)


def context(facts: GitFacts, name: str, settings: Settings | None = None) -> Context:
    settings = settings or read_settings(PYPROJECT)
    named = find_context(name, settings, facts)
    return build_context(facts, settings, context_options(named, ContextOptions(), virtual=True))


def test_a_tag_that_is_not_there(facts: GitFacts) -> None:
    found = context(facts, "release")
    assert (found.ref, found.ref_kind, found.protected) == ("v9.0.0", "tag", True)
    assert found.commit.sha == facts.sha
    assert found.variables == {"DEPLOY": "true", "LEVEL": "3"}
    with pytest.raises(RepositoryUnusable, match="there is no tag"):
        build_context(facts, Settings(), ContextOptions(tag="v9.0.0"))


def test_a_schedule(facts: GitFacts) -> None:
    found = context(facts, "nightly")
    assert (found.source, found.schedule_description) == ("schedule", "every night")
    assert found.repository.changed(None) is None


def test_assumed_changes(facts: GitFacts) -> None:
    found = context(facts, "docs")
    assert found.merge_request is not None
    assert found.repository.changed(None) == frozenset({"docs/a.md"})
    assert found.repository.files() == ("a", "b")


def test_a_virtual_merge_request_brings_the_last_commit(facts: GitFacts) -> None:
    found = context(facts, "merge request", Settings())
    assert (found.source, found.ref) == ("merge_request_event", "topic")
    assert found.repository.changed(None) == frozenset({"b"})


def test_the_usual_contexts(facts: GitFacts) -> None:
    assert named_contexts(Settings(), facts) == {
        "default branch": NamedContext(branch="main"),
        "branch": NamedContext(branch="topic"),
        "tag": NamedContext(tag="v1.0.0"),
        "merge request": NamedContext(branch="topic", mr="main"),
        "schedule": NamedContext(branch="main", schedule=""),
    }
    git(facts.root, "tag", "release-7")
    git(facts.root, "switch", "-q", "-c", "work")
    found = named_contexts(Settings(), read_repository(facts.root))
    assert (found["branch"].branch, found["tag"].tag) == ("work", "release-7")


def test_what_was_typed_beats_the_context(facts: GitFacts) -> None:
    named = find_context("release", read_settings(PYPROJECT), facts)
    typed = ContextOptions(tag="v1", variables={"LEVEL": "4"}, commit=True)
    assert context_options(named, typed, virtual=False) == ContextOptions(
        tag="v1", variables={"DEPLOY": "true", "LEVEL": "4"}, commit=True, protected=True
    )


def test_what_git_lacks(facts: GitFacts) -> None:
    assert is_missing(NamedContext(tag="v9.0.0"), facts)
    assert is_missing(NamedContext(branch="main", mr="nowhere"), facts)
    assert not is_missing(NamedContext(branch="main"), facts)
    git(facts.root, "tag", "v9.0.0")
    assert not is_missing(NamedContext(tag="v9.0.0"), facts)


def test_mistakes(facts: GitFacts) -> None:
    settings = read_settings(PYPROJECT)
    with pytest.raises(UsageWrong) as stop:
        find_context("nightli", settings, facts)
    assert stop.value.hint == "did you mean 'nightly'?"
    with pytest.raises(UsageWrong, match=r"\[tool.gluv.contexts.x\].*unknown field `tga`"):
        named_contexts(Settings(contexts={"x": {"tga": "v1"}}), facts)
    with pytest.raises(UsageWrong, match="schedule's pipeline"):
        build_context(facts, Settings(), ContextOptions(schedule="", mr="main"))


def test_where_the_configuration_comes_from(facts: GitFacts) -> None:
    root, head = facts.root, facts.sha
    git(root, "tag", "new")
    git(root, "tag", "old", "HEAD^")
    facts = read_repository(root)
    assert config_commit(facts, ContextOptions()) is None
    assert config_commit(facts, ContextOptions(tag="new")) is None
    assert config_commit(facts, ContextOptions(tag="new", commit=True)) == head
    assert config_commit(facts, ContextOptions(tag="old")) == git(root, "rev-parse", "HEAD^")
    assert config_commit(facts, ContextOptions(tag="v9", virtual=True)) is None
