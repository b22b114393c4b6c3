"""A workspace goes from job to job, and none sees what another did."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gluv.host.homes import Homes
from gluv.host.laid import Laid
from gluv.host.layer import read_layer
from gluv.host.processes import StopSignal
from gluv.host.status import stamp
from gluv.host.turns import Unwanted, turn
from gluv.host.workspace import Snapshot
from tests.execute.conftest import Sandbox, job

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands workspaces on")

SHOW = "find . -path ./.git -prune -o -printf '%P %y %m %l\\n' | sort; find . -type f | sort | " + (
    "xargs -d '\\n' sha256sum; git status --porcelain --ignored; git stash list; git branch; ls -A"
)


@pytest.fixture(autouse=True)
def some_files(sandbox: Sandbox) -> None:
    for number in range(40):
        sandbox.write(f"src/part{number % 4}/file{number}.txt", f"{number}\n")
    sandbox.write("tool.sh", "#!/bin/sh\n").chmod(0o755)
    (sandbox.repository / "link").symlink_to("tracked.txt")
    sandbox.write(".gitignore", "ignored\n.gluv\n")
    sandbox.commit("more")


@pytest.mark.parametrize(
    "change",
    [
        "true",
        "echo more >> src/part0/file0.txt",
        # The same size and the same time of change.
        "touch -r tracked.txt /tmp/gluv-time-$CI_JOB_ID; printf 'TRACKED\\n' > tracked.txt; "
        "touch -r /tmp/gluv-time-$CI_JOB_ID tracked.txt; rm /tmp/gluv-time-$CI_JOB_ID",
        "sed -i s/0/9/ src/part0/file0.txt",
        "dd if=/dev/zero of=tracked.txt bs=1 count=1 conv=notrunc 2> /dev/null",
        "rm tracked.txt link; rm -r src/part1",
        "chmod 600 tracked.txt; chmod 700 src/part0; chmod +x src/part0/file0.txt",
        "ln -sfn src/part0 link; rm -r src/part2; ln -s /etc src/part2",
        "mkdir -p new/deep ignored; touch new/deep/file ignored/file; mkdir empty",
        "rm tracked.txt; mkdir tracked.txt; rm -r src/part3; touch src/part3",
        "mv src/part0/file0.txt kept; mv kept src/part0/file0.txt",
        "git config user.name x; git config user.email x@x; git commit -qam x --allow-empty; "
        "git branch other; git stash; git config core.hooksPath /nowhere; "
        "echo 'exit 1' > .git/hooks/pre-commit; echo x > .git/config.lock",
        "rm -rf .git",
        "rm -rf ./* .git .gitignore",
        "touch \"$(printf 'a\\nb')\" ' blank '; mkfifo pipe",
        "chmod 000 src/part0; chmod 500 src",
    ],
)
def test_the_next_job_finds_what_the_first_one_found(sandbox: Sandbox, change: str) -> None:
    ran = sandbox.run(
        job("a", SHOW, stage="1"),
        job("b", f"{change}", stage="2"),
        job("c", SHOW, stage="3"),
        jobs=1,
    )
    assert ran.statuses == {"a": "success", "b": "success", "c": "success"}
    assert ran.printed("c") == ran.printed("a")
    assert len(ran.printed("a")) > 80


def test_a_directory_put_in_place_of_the_project_is_left_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "demo").mkdir(parents=True)
        (tmp_path / name / "demo" / "precious").write_text("x")
    ran = sandbox.run(
        job("a", f"cd ..; rm -rf demo; ln -s {tmp_path}/one/demo demo", stage="1"),
        job("b", f"cd ../..; rm -rf grp; ln -s {tmp_path}/two grp", stage="2"),
        job("c", "cat tracked.txt", stage="3"),
        jobs=1,
    )
    assert ran.printed("c") == ["tracked"]
    for name in ("one", "two"):
        assert (tmp_path / name / "demo" / "precious").read_text() == "x"


def test_a_hard_link_that_a_job_keeps_does_not_reach_the_next(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    ran = sandbox.run(
        job("a", f"ln tracked.txt {outside}", stage="1"),
        job("b", f"echo changed > {outside}; cat tracked.txt", stage="2"),
        jobs=1,
    )
    assert ran.printed("b") == ["tracked"]


def test_untouched_files_are_not_copied_again(sandbox: Sandbox, tmp_path: Path) -> None:
    snapshot = Snapshot.take(
        sandbox.repository,
        tmp_path / "snapshot",
        sha=sandbox.git("rev-parse", "HEAD"),
        refs={},
        commit=False,
    )
    homes = Homes(tmp_path, "project")
    first = homes.take(tmp_path / "first", reuse=True)
    snapshot.copy_to(first, depth=1)
    first.settle()
    # As if the job had begun a while after the copy.
    first.noted.unsure_files.clear()
    files = tmp_path / "first" / "project"
    inodes = {path.name: path.stat().st_ino for path in files.rglob("file*.txt")}
    (files / "src/part0/file0.txt").write_text("changed\n")
    homes.give_back(tmp_path / "first", reuse=True)
    second = homes.take(tmp_path / "second", reuse=True)
    assert not (tmp_path / "first").exists()
    snapshot.copy_to(second, depth=1)
    files = tmp_path / "second" / "project"
    again = {path.name: path.stat().st_ino for path in files.rglob("file*.txt")}
    assert (files / "src/part0/file0.txt").read_text() == "0\n"
    assert {name for name in inodes if again[name] != inodes[name]} <= {"file0.txt"}


def test_nothing_is_laid_once_the_run_is_stopped(tmp_path: Path) -> None:
    source, home, stop = tmp_path / "source", tmp_path / "home", StopSignal()
    for place in (source, home):
        place.mkdir()
    (source / "file").write_text("one")
    layer = read_layer(source, below="project", serial="1")
    laid = Laid(str(home))
    laid.stop = stop
    with ThreadPoolExecutor() as pool:
        with turn():
            # It waits for its turn, and meanwhile nobody wants it any more.
            waiting = pool.submit(laid.lay, "tree", layer)
            stop.raise_to(1)
        with pytest.raises(Unwanted):
            waiting.result()
    assert not list(home.iterdir())
    laid.stop = None
    laid.lay("tree", layer)
    assert (home / "project" / "file").read_text() == "one"


def test_a_file_that_changed_as_it_was_handed_out_is_not_trusted(tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "home"
    for place in (source, home):
        place.mkdir()
    (source / "file").write_text("one")
    layer = read_layer(source, below="project", serial="1")
    laid = Laid(str(home))
    laid.lay("tree", layer)
    laid.settle()
    (home / "project" / "file").write_text("two")
    # Within one tick of the clock the change leaves the status as it was.
    laid.noted.files["project/file"] = stamp(os.lstat(home / "project" / "file"))
    laid.verify()
    laid.lay("tree", layer)
    laid.settle()
    assert (home / "project" / "file").read_text() == "one"
