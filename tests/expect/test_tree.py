"""A tree of files stands in for git and for other projects."""

import subprocess
from pathlib import Path

import pytest

from gluv.config.fetch import FetchFailed
from gluv.expect.tree import TreeFetcher, TreeRepository

FILES = {"uv.lock": b"locked\n", "src/a.py": b""}


def test_blob_ids_are_gits(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(FILES["uv.lock"])
    asked = subprocess.run(
        ["git", "hash-object", "uv.lock"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    repository = TreeRepository(FILES, None, {})
    assert repository.blob_id("uv.lock") == asked.stdout.strip()
    assert repository.blob_id("./uv.lock") == asked.stdout.strip()
    assert repository.blob_id("poetry.lock") is None


def test_what_changed() -> None:
    repository = TreeRepository(FILES, ("src/a.py",), {"main": ("README",)})
    assert repository.changed(None) == frozenset({"src/a.py"})
    assert repository.changed("main") == frozenset({"README"})
    assert repository.changed("refs/heads/main") == frozenset({"README"})
    assert TreeRepository(FILES, None, {}).changed(None) is None
    with pytest.raises(LookupError):
        repository.changed("nowhere")


def test_last_commits_change_with_the_content() -> None:
    repository = TreeRepository(FILES, None, {})
    other = TreeRepository({"uv.lock": b"other\n"}, None, {})
    assert repository.last_commit("uv.lock") == TreeRepository(FILES, None, {}).last_commit(
        "uv.lock"
    )
    assert repository.last_commit("uv.lock") != other.last_commit("uv.lock")
    assert repository.last_commit("nowhere") is None


def test_files_of_other_projects() -> None:
    fetch = TreeFetcher(FILES, {"g/p/a.yml": b"a: 1\n", "g/p/templates/lint.yml": b"b: 1\n"})
    assert fetch.project("g/p", "a.yml", None).text == "a: 1\n"
    assert fetch.component("gitlab.example.com/g/p/lint@1.0").text == "b: 1\n"
    with pytest.raises(FetchFailed, match="does not exist"):
        fetch.project("g/q", "a.yml", None)
    with pytest.raises(FetchFailed, match="content not found"):
        fetch.component("gitlab.example.com/g/p/format@1.0")


def test_nothing_comes_from_the_network() -> None:
    fetch = TreeFetcher(FILES, {})
    with pytest.raises(FetchFailed):
        fetch.remote("https://example.com/a.yml")
    with pytest.raises(FetchFailed):
        fetch.template("Python.gitlab-ci.yml")
    with pytest.raises(FetchFailed):
        fetch.artifact("job", "a.yml")
