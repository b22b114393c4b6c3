"""Reading real repositories with real git."""

import os
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gluv.errors import RepositoryUnusable, UsageWrong
from gluv.host.context import ContextOptions, build_context
from gluv.host.git import (
    ZEROS,
    parse_remote,
    read_commit,
    read_tag_message,
)
from gluv.host.git_reading import read_repository
from gluv.settings import Settings


@pytest.fixture(autouse=True)
def _own_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git without the settings of whoever runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ann Example")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ann@example.org")
        monkeypatch.setenv(f"GIT_{who}_DATE", "2026-03-04T05:06:07+01:00")


def git(directory: Path, *args: str) -> str:
    return subprocess.run(
        ["git", *args], cwd=directory, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "My Project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, "uv.lock", "one\n")
    commit(root, "Start\n\nThe body.")
    return root


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(root: Path, message: str) -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def push_to_origin(root: Path) -> None:
    origin = root.parent / "origin.git"
    git(root.parent, "init", "-q", "--bare", str(origin))
    git(root, "remote", "add", "origin", str(origin))
    git(root, "push", "-q", "-u", "origin", "main")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gitlab.com/group/name.git", ("gitlab.com", "group/name")),
        ("https://token:x@git.example.org:8443/a/b/c/", ("git.example.org", "a/b/c")),
        ("git@gitlab.example.org:group/sub/name.git", ("gitlab.example.org", "group/sub/name")),
        ("ssh://git@gitlab.example.org:2222/group/name", ("gitlab.example.org", "group/name")),
        ("gitlab:group/name", ("gitlab", "group/name")),
        ("https://gitlab.com/name", (None, None)),
        ("/srv/git/name.git", (None, None)),
        ("../name", (None, None)),
        ("file:///srv/git/group/name.git", (None, None)),
        ("C:/git/group/name", (None, None)),
    ],
)
def test_remote_urls(url: str, expected: tuple[str | None, str | None]) -> None:
    assert parse_remote(url) == expected


def test_facts_without_a_remote(repo: Path) -> None:
    git(repo, "tag", "v1")
    git(repo, "config", "user.name", "Ann")
    git(repo, "config", "user.email", "ann@example.org")
    write(repo, "a/b.txt", "b")
    facts = read_repository(repo / "a")
    assert facts.root == repo
    assert facts.sha == git(repo, "rev-parse", "HEAD")
    assert (facts.branch, facts.default_branch) == ("main", "main")
    assert (facts.project, facts.gitlab, facts.remote) == ("local/my-project", None, None)
    assert (facts.branches, facts.tags) == (("main",), ("v1",))
    assert (facts.user_name, facts.user_email) == ("Ann", "ann@example.org")


def test_the_project_comes_from_the_branch_s_remote(repo: Path) -> None:
    git(repo, "remote", "add", "other", "https://gitlab.com/other/thing.git")
    git(repo, "remote", "add", "origin", "git@gitlab.example.org:group/name.git")
    facts = read_repository(repo)
    assert (facts.gitlab, facts.project) == ("gitlab.example.org", "group/name")
    git(repo, "config", "branch.main.remote", "other")
    assert read_repository(repo).project == "other/thing"


def test_a_commit_with_its_message(repo: Path) -> None:
    found = read_commit(repo, "HEAD")
    assert found.message == "Start\n\nThe body.\n"
    assert found.author == "Ann Example <ann@example.org>"
    assert found.timestamp == "2026-03-04T05:06:07+01:00"
    assert found.before_sha == ZEROS


def test_tag_messages_are_those_of_annotated_tags(repo: Path) -> None:
    git(repo, "tag", "light")
    git(repo, "tag", "-a", "-m", "Release\n\nmany things", "heavy")
    assert read_tag_message(repo, "light") == ""
    assert read_tag_message(repo, "heavy") == "Release\n\nmany things"


def test_not_a_repository(tmp_path: Path) -> None:
    with pytest.raises(RepositoryUnusable, match="not in a git repository") as stop:
        read_repository(tmp_path)
    assert "git init" in stop.value.hint


def test_no_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(RepositoryUnusable, match="has no commits") as stop:
        read_repository(tmp_path)
    assert "git commit" in stop.value.hint


def test_a_branch_without_commits_beside_others(tmp_path: Path, repo: Path) -> None:
    git(repo, "switch", "-q", "--orphan", "fresh")
    with pytest.raises(RepositoryUnusable, match="the current branch of") as stop:
        read_repository(repo)
    assert stop.value.hint == "`git switch main` to a branch that has"
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repo), str(clone))
    with pytest.raises(RepositoryUnusable, match="the current branch of") as stop:
        read_repository(clone)
    assert stop.value.hint == "`git switch main` to a branch that has"


def test_a_bare_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare")
    with pytest.raises(RepositoryUnusable, match="bare"):
        read_repository(tmp_path)


def test_no_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    with pytest.raises(RepositoryUnusable, match="git is not installed"):
        read_repository(repo)


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(RepositoryUnusable, match="there is no directory"):
        read_repository(tmp_path / "gone")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_repository_of_somebody_else(repo: Path) -> None:
    for path in (repo, repo / ".git"):
        os.chown(path, 12345, 12345)
    (repo / "below").mkdir()
    with pytest.raises(RepositoryUnusable, match="does not trust") as stop:
        read_repository(repo / "below")
    # The folder above, by its whole path: git listens to nothing else.
    assert stop.value.hint == f"git config --global --add safe.directory {shlex.quote(str(repo))}"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_path_that_is_no_text(tmp_path: Path) -> None:
    place = Path(os.fsdecode(bytes(tmp_path) + b"/caf\xe9"))
    subprocess.run(["git", "init", "--quiet", place], check=True)
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    commit = ["git", *identity, "commit", "--quiet", "--allow-empty", "--message=x"]
    subprocess.run(commit, cwd=place, check=True)
    with pytest.raises(RepositoryUnusable, match="is not UTF-8 text") as stop:
        read_repository(place)
    assert "rename its folder" in stop.value.hint


def context_of(repo: Path, **options: object):  # type: ignore[no-untyped-def]
    settings = options.pop("settings", Settings())
    assert isinstance(settings, Settings)
    return build_context(
        read_repository(repo),
        settings,
        ContextOptions(**options),  # type: ignore[arg-type]
        now=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )


def test_the_push_of_the_current_branch(repo: Path) -> None:
    parent = git(repo, "rev-parse", "HEAD")
    write(repo, "src/a.py", "a")
    sha = commit(repo, "More")
    context = context_of(repo)
    assert (context.source, context.ref, context.ref_kind) == ("push", "main", "branch")
    assert (context.commit.sha, context.commit.before_sha) == (sha, parent)
    assert context.created_at == "2026-01-02T03:04:05Z"
    assert context.repository.changed(None) == {"src/a.py"}
    assert context.repository.files() == ("src/a.py", "uv.lock")
    assert context.repository.blob_id("uv.lock") == git(repo, "hash-object", "uv.lock")
    assert context.repository.blob_id("gone") is None
    assert context.repository.last_commit("uv.lock") == parent


def test_what_is_not_pushed_yet_is_the_push(repo: Path) -> None:
    push_to_origin(repo)
    pushed = git(repo, "rev-parse", "HEAD")
    for name in ("a", "b"):
        write(repo, name, name)
        commit(repo, name)
    context = context_of(repo)
    assert context.commit.before_sha == pushed
    assert context.repository.changed(None) == {"a", "b"}


def test_when_all_is_pushed_the_last_commit_counts(repo: Path) -> None:
    for name in ("a", "b"):
        write(repo, name, name)
        commit(repo, name)
    push_to_origin(repo)
    assert context_of(repo).repository.changed(None) == {"b"}


def test_a_branch_that_the_remote_does_not_have_has_nothing_to_compare_with(repo: Path) -> None:
    push_to_origin(repo)
    git(repo, "switch", "-q", "-c", "topic")
    context = context_of(repo)
    assert context.commit.before_sha == ZEROS
    assert context.repository.changed(None) is None
    assert context.repository.changed("main") == frozenset()
    with pytest.raises(LookupError):
        context.repository.changed("nowhere")


def test_uncommitted_changes_count_unless_the_commit_is_asked_for(repo: Path) -> None:
    write(repo, "a", "a")
    commit(repo, "a")
    write(repo, "uv.lock", "two\n")
    write(repo, "naïve name.txt", "new")
    write(repo, ".gitignore", "ignored\n")
    write(repo, "ignored", "ignored")
    assert context_of(repo).repository.changed(None) == {
        "a", "uv.lock", "naïve name.txt", ".gitignore"
    }  # fmt: skip
    assert context_of(repo, commit=True).repository.changed(None) == {"a"}
    assert context_of(repo).repository.blob_id("uv.lock") == git(repo, "rev-parse", "HEAD:uv.lock")


def test_a_tag(repo: Path) -> None:
    sha = git(repo, "rev-parse", "HEAD")
    git(repo, "tag", "-a", "-m", "One", "v1.0.0")
    write(repo, "a", "a")
    commit(repo, "later")
    context = context_of(repo, tag="v1.0.0")
    assert (context.ref, context.ref_kind, context.source) == ("v1.0.0", "tag", "push")
    assert (context.commit.sha, context.commit.before_sha) == (sha, ZEROS)
    assert context.tag_message == "One"
    assert context.repository.changed(None) is None


def test_an_unknown_tag(repo: Path) -> None:
    with pytest.raises(RepositoryUnusable, match=r"there is no tag 'v1\.2\.0'") as stop:
        context_of(repo, tag="v1.2.0")
    assert "git tag v1.2.0" in stop.value.hint


def test_a_merge_request(repo: Path) -> None:
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "switch", "-q", "-c", "topic")
    write(repo, "b", "b")
    commit(repo, "Add b")
    git(repo, "switch", "-q", "main")
    write(repo, "c", "c")
    commit(repo, "Add c")
    context = context_of(repo, branch="topic", mr="main")
    assert (context.source, context.ref_kind) == ("merge_request_event", "merge_request")
    assert context.ref == "topic"
    request = context.merge_request
    assert request is not None
    assert (request.target, request.source, request.title) == ("main", "topic", "Add b")
    assert request.diff_base_sha == base
    assert context.repository.changed(None) == {"b"}
    with pytest.raises(RepositoryUnusable, match="no branch 'nowhere'"):
        context_of(repo, mr="nowhere")


def test_a_schedule_has_nothing_to_compare_with(repo: Path) -> None:
    write(repo, "a", "a")
    commit(repo, "a")
    context = context_of(repo, source="schedule")
    assert (context.source, context.ref_kind) == ("schedule", "branch")
    assert context.repository.changed(None) is None


def test_a_detached_head_wants_a_branch_or_a_tag(repo: Path) -> None:
    git(repo, "tag", "v1")
    git(repo, "checkout", "-q", "--detach")
    with pytest.raises(RepositoryUnusable, match="detached") as stop:
        context_of(repo)
    assert "--branch main" in stop.value.hint
    assert context_of(repo, branch="main").ref == "main"
    assert context_of(repo, tag="v1").ref == "v1"


def test_an_unknown_branch(repo: Path) -> None:
    with pytest.raises(RepositoryUnusable, match="no branch 'topic'") as stop:
        context_of(repo, branch="topic")
    assert "main" in stop.value.hint


@pytest.mark.parametrize(
    "options",
    [
        {"source": "cron"},
        {"source": "merge_request_event"},
        {"mr": "main", "source": "push"},
        {"tag": "v1", "branch": "main"},
        {"tag": "v1", "mr": "main"},
    ],
)
def test_options_that_make_no_pipeline(repo: Path, options: dict[str, str]) -> None:
    with pytest.raises(UsageWrong) as stop:
        context_of(repo, **options)
    assert stop.value.hint


def test_only_listed_refs_are_protected(repo: Path) -> None:
    git(repo, "tag", "v1")
    settings = Settings(protected=("main", "v*"))
    assert not context_of(repo).protected
    assert context_of(repo, settings=settings).protected
    assert context_of(repo, tag="v1", settings=settings).protected


def test_the_repository_and_the_push_are_read_with_four_processes(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "processes.log"
    monkeypatch.setenv("GIT_TRACE", str(log))
    build_context(read_repository(repo), Settings(), ContextOptions())
    started = [line for line in log.read_text().splitlines() if "trace: built-in: git" in line]
    assert len(started) == 4


def test_names_may_hold_what_unicode_calls_a_line_break(repo: Path) -> None:
    git(repo, "branch", "one\u2028two")
    assert read_repository(repo).branches == ("main", "one\u2028two")


def test_the_upstream_may_have_another_name_and_may_be_gone(repo: Path, tmp_path: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    git(tmp_path, "clone", "-q", "--bare", str(repo), "remote.git")
    git(repo, "remote", "add", "upstream", str(tmp_path / "remote.git"))
    git(repo, "push", "-q", "upstream", "main:other")
    git(repo, "branch", "-q", "--set-upstream-to", "upstream/other")
    write(repo, "new.txt", "new\n")
    second = commit(repo, "New")
    context = build_context(read_repository(repo), Settings(), ContextOptions())
    assert (context.commit.sha, context.commit.before_sha) == (second, first)
    git(repo, "update-ref", "-d", "refs/remotes/upstream/other")
    gone = build_context(read_repository(repo), Settings(), ContextOptions())
    assert gone.commit.before_sha == ZEROS  # with a remote but no branch there: a first push
