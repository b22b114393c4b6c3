import hashlib
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from gluv.execute.events import Difference
from tests.execute.conftest import Sandbox, job


def fingerprint(directory: Path) -> dict[str, tuple[int, str]]:
    """Mode and content of everything below a directory."""
    found: dict[str, tuple[int, str]] = {}
    for place in sorted(directory.rglob("*")):
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            content = os.readlink(place)
        elif stat.S_ISREG(mode):
            content = hashlib.sha256(place.read_bytes()).hexdigest()
        else:
            content = ""
        found[str(place.relative_to(directory))] = (mode, content)
    return found


def test_jobs_see_the_work_tree_as_it_is(sandbox: Sandbox) -> None:
    sandbox.write(".gitignore", "ignored\n")
    sandbox.write("gone.txt")
    sandbox.write("run.sh").chmod(0o755)
    (sandbox.repository / "link").symlink_to("tracked.txt")
    sandbox.write("odd \n name ü/é.txt")
    sandbox.commit("more")
    (sandbox.repository / "gone.txt").unlink()
    sandbox.write("tracked.txt", "changed\n")
    sandbox.write("new/file.txt")
    sandbox.write("ignored")
    ran = sandbox.run(
        job(
            "j",
            "cat tracked.txt new/file.txt",
            "readlink link",
            "test -x run.sh",
            "test ! -e gone.txt",
            "test ! -e ignored",
            "test ! -e .gluv",
            "ls odd*/",
            "git status --porcelain",
        )
    )
    assert ran.statuses == {"j": "success"}, ran.lines("j")
    printed = ran.printed("j")
    assert printed[:3] == ["changed", "x", "tracked.txt"]
    assert printed[-3:] == [" D gone.txt", " M tracked.txt", "?? new/"]
    assert any(event.what.startswith("jobs saw 3 uncommitted") for event in ran.of(Difference))


def test_with_commit_jobs_see_the_commit_only(sandbox: Sandbox) -> None:
    sandbox.write("tracked.txt", "changed\n")
    sandbox.write("new.txt")
    script = ("cat tracked.txt", "test ! -e new.txt", 'test -z "$(git status --porcelain)"')
    ran = sandbox.run(job("j", *script), commit=True)
    assert ran.statuses == {"j": "success"}
    assert ran.printed("j") == ["tracked"]


def test_a_tag_pipeline_runs_the_commit_of_the_tag(sandbox: Sandbox) -> None:
    sandbox.git("tag", "-a", "v1.0.0", "-m", "one")
    sandbox.write("tracked.txt", "second\n")
    sandbox.commit("second")
    sandbox.write("tracked.txt", "third\n")
    ran = sandbox.run(job("j", "cat tracked.txt", "git describe --dirty"), tag="v1.0.0")
    assert ran.printed("j") == ["tracked", "v1.0.0"]


def test_git_is_real_and_as_deep_as_on_gitlab(sandbox: Sandbox) -> None:
    sandbox.git("tag", "old")
    for number in range(25):
        sandbox.write("count.txt", f"{number}\n")
        sandbox.commit(f"commit {number}")
    sandbox.git("tag", "-a", "recent", "-m", "r", "HEAD~3")
    sandbox.git("branch", "other", "HEAD~1")
    script = (
        "git rev-list --count HEAD",
        "git describe",
        "git tag",
        "git for-each-ref --format='%(refname)' refs/pipelines refs/remotes refs/heads",
        "git symbolic-ref -q HEAD || echo detached",
        "git diff --stat HEAD~1 | tail -1",
        "git fsck",
    )
    ran = sandbox.run(
        job("shallow", *script),
        job(
            "full",
            "git rev-list --count HEAD; git describe --tags old",
            variables={"GIT_DEPTH": "0"},
        ),
        job("five", "git rev-list --count HEAD", variables={"GIT_DEPTH": "5"}),
        job("more", "git fetch -q --unshallow origin other", "git rev-list --count FETCH_HEAD"),
    )
    assert set(ran.statuses.values()) == {"success"}, ran.lines("shallow") + ran.lines("more")
    printed = ran.printed("shallow")
    assert printed[0] == "20"
    assert printed[1].startswith("recent-3-g")
    assert printed[2:6] == ["recent", "refs/pipelines/1", "refs/remotes/origin/main", "detached"]
    assert ran.printed("full") == ["26", "old"]
    assert ran.printed("five") == ["5"]
    assert ran.printed("more") == ["25"]


def test_the_depth_follows_merges(sandbox: Sandbox) -> None:
    sandbox.git("checkout", "-q", "-b", "side")
    sandbox.write("side.txt")
    sandbox.commit("side")
    sandbox.git("checkout", "-q", "main")
    sandbox.write("main.txt")
    sandbox.commit("main")
    sandbox.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    ran = sandbox.run(job("j", "git rev-list --count HEAD", variables={"GIT_DEPTH": "2"}))
    assert ran.printed("j") == ["3"]


def test_no_job_can_write_into_the_users_repository(sandbox: Sandbox) -> None:
    sandbox.write("other.txt")
    sandbox.commit("second")
    before = fingerprint(sandbox.repository / ".git")
    files = {name: (sandbox.repository / name).read_text() for name in ("tracked.txt", "other.txt")}
    script = (
        "git config user.name x; git config user.email x@y",
        "for f in *.txt; do printf more >> $f; chmod 700 $f; done",
        "git commit -qam changed; git tag t; git branch b",
        "git push -q origin HEAD:refs/heads/main HEAD:refs/heads/pushed t",
        "git update-ref -d refs/remotes/origin/main",
        "git repack -adq; git gc -q --prune=now; git reflog expire --expire=now --all",
        "git reset -q --hard HEAD~1; git clean -fdxq",
    )
    ran = sandbox.run(job("a", *script), job("b", *script, "ls"), jobs=2)
    assert set(ran.statuses.values()) <= {"success", "failed"}
    assert "success" in ran.statuses.values(), ran.lines("a")
    assert fingerprint(sandbox.repository / ".git") == before
    assert {name: (sandbox.repository / name).read_text() for name in files} == files


def test_a_job_that_edits_in_place_changes_no_other_job(sandbox: Sandbox) -> None:
    ran = sandbox.run(
        job("a", "printf changed > tracked.txt; cp tracked.txt .git/mark", stage="a"),
        job("b", "cat tracked.txt; test ! -e .git/mark", stage="b"),
    )
    assert ran.printed("b") == ["tracked"]
    assert (sandbox.repository / "tracked.txt").read_text() == "tracked\n"


def test_the_work_tree_of_the_run_is_that_of_its_start(sandbox: Sandbox) -> None:
    place = sandbox.repository / "tracked.txt"
    ran = sandbox.run(
        job("a", f"echo later > {place}", stage="a"), job("b", "cat tracked.txt", stage="b")
    )
    assert ran.printed("b") == ["tracked"]


def test_a_directory_that_became_a_link_is_not_followed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.write("data/secret.txt")
    sandbox.commit("data")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("outside\n")
    (sandbox.repository / "data" / "secret.txt").unlink()
    (sandbox.repository / "data").rmdir()
    (sandbox.repository / "data").symlink_to(outside)
    ran = sandbox.run(job("j", "test -L data", "git status --porcelain"))
    assert ran.statuses == {"j": "success"}


def test_submodules_are_empty_and_other_repositories_left_out(sandbox: Sandbox) -> None:
    nested = sandbox.repository / "nested"
    subprocess.run(["git", "init", "-q", str(nested)], check=True)
    (nested / "file").write_text("x")
    sha = sandbox.git("rev-parse", "HEAD")
    sandbox.git("update-index", "--add", "--cacheinfo", f"160000,{sha},sub")
    sandbox.git("commit", "-q", "-m", "sub")
    (sandbox.repository / "sub").mkdir()
    for commit in (False, True):
        ran = sandbox.run(job("j", "ls -A sub", "test -d sub", "test ! -e nested"), commit=commit)
        assert ran.statuses == {"j": "success"}, ran.lines("j")
    left = sandbox.run(job("j", "true"))
    assert "the repository in nested/ was left out" in {one.what for one in left.of(Difference)}


@pytest.mark.parametrize("strategy", ["none", "empty"])
def test_git_strategies_without_files(sandbox: Sandbox, strategy: str) -> None:
    ran = sandbox.run(job("j", "ls -A", variables={"GIT_STRATEGY": strategy}))
    assert ran.printed("j") == []
    assert any(line.startswith("Skipping Git repository setup") for line in ran.lines("j"))


def test_git_checkout_can_be_switched_off(sandbox: Sandbox) -> None:
    ran = sandbox.run(job("j", "ls -A", "git rev-parse HEAD", variables={"GIT_CHECKOUT": "false"}))
    assert ran.printed("j") == [".git", sandbox.git("rev-parse", "HEAD")]


def test_a_worktree_and_a_shallow_clone_work_too(sandbox: Sandbox, tmp_path: Path) -> None:
    for number in range(4):
        sandbox.write("n.txt", f"{number}\n")
        sandbox.commit(f"c{number}")
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "3", f"file://{sandbox.repository}", str(clone)],
        check=True,
    )
    sandbox.git("worktree", "add", "-q", str(tmp_path / "tree"))
    for place in (clone, tmp_path / "tree"):
        ran = sandbox.run(job("j", "git rev-list --count HEAD; cat n.txt"), repository=place)
        assert ran.printed("j") == ["3" if place == clone else "5", "3"]


def test_sha256_repositories(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.repository = tmp_path / "wide"
    sandbox.repository.mkdir()
    sandbox.git("init", "-q", "-b", "main", "--object-format=sha256")
    sandbox.git("config", "user.name", "u")
    sandbox.git("config", "user.email", "u@example.com")
    sandbox.write("a.txt")
    sandbox.commit("one")
    ran = sandbox.run(job("j", "git rev-parse HEAD", "git status --porcelain"))
    assert ran.printed("j") == [sandbox.git("rev-parse", "HEAD")]


def test_odd_folders(sandbox: Sandbox, tmp_path: Path) -> None:
    odd = """a\nb;#'"\\ $ü%s"""
    sandbox.repository = Path(shutil.copytree(sandbox.repository, tmp_path / odd))
    sandbox.builds = tmp_path / f"builds {odd}"
    ran = sandbox.run(
        job("j", "git log --oneline | wc -l", "git fetch -q origin", "git remote get-url origin")
    )
    assert ran.printed("j")[0] == "1"
    assert "\n".join(ran.printed("j")[1:]).startswith(str(sandbox.builds))


def test_workspaces_are_gone_afterwards(sandbox: Sandbox) -> None:
    sandbox.run(job("j", "mkdir -p a/b; touch a/b/c; chmod 500 a/b a; chmod 0 tracked.txt"))
    assert not [path for path in sandbox.builds.iterdir() if path.is_dir()]


def test_the_same_job_has_the_same_directory_in_every_run(sandbox: Sandbox) -> None:
    first = sandbox.run(job("a job: [1, 2]", "pwd")).printed("a job: [1, 2]")
    second = sandbox.run(job("a job: [1, 2]", "pwd")).printed("a job: [1, 2]")
    assert first == second
    assert first[0].endswith("/grp/demo")


def test_jobs_with_alike_names_have_their_own_directories(sandbox: Sandbox) -> None:
    names = ("a/b", "a-b", "A b", "a b 0", "-", "ü", "source", "job")
    ran = sandbox.run(*(job(name, "pwd") for name in names))
    assert len({ran.printed(name)[0] for name in names}) == len(names)
