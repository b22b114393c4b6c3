"""What one run leaves for the next never shows: a run finds exactly what a first run would."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gluv.execute.events import AnyEvent, JobOutput
from gluv.host import kept as kept_module
from tests.execute.conftest import Sandbox, job
from tests.execute.keeping import SHOW, Bench, settle, shown, some_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps anything")


@pytest.fixture
def bench(sandbox: Sandbox) -> Bench:
    return some_files(sandbox)


def keep_time(path: Path, change: Callable[[], object]) -> None:
    """Change a file, and set its time back."""
    times = path.stat()
    change()
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_what_is_unchanged_is_not_copied_again(bench: Bench) -> None:
    settle(bench)
    before = {path.name: path.stat().st_ino for path in bench.project.rglob("file*.txt")}
    bench.check()
    assert {path.name: path.stat().st_ino for path in bench.project.rglob("file*.txt")} == before
    assert len(before) == 24
    assert not [path for path in bench.sandbox.builds.iterdir() if path.is_dir()]


CHANGES = [
    "echo more >> src/part0/file0.txt",
    "touch -r tracked.txt /tmp/gluv-time-$CI_JOB_ID; printf 'TRACKED\\n' > tracked.txt; "
    "touch -r /tmp/gluv-time-$CI_JOB_ID tracked.txt; rm /tmp/gluv-time-$CI_JOB_ID",
    "dd if=/dev/zero of=tracked.txt bs=1 count=1 conv=notrunc 2> /dev/null",
    'python3 -c \'import mmap; f = open("tracked.txt", "r+b"); m = mmap.mmap(f.fileno(), 0); '
    'm[0:1] = b"X"; m.close()\'',
    "rm tracked.txt link; rm -r src/part1",
    "chmod 600 tracked.txt; chmod 700 src/part0; chmod +x src/part0/file0.txt",
    "ln tracked.txt hard; ln src/part0/file0.txt src/part1/hard",
    "ln -f src/part0/file0.txt src/part0/file4.txt",
    "ln -sfn src/part0 link; rm -r src/part2; ln -s /etc src/part2",
    "mv src/part0 keep; ln -s ../keep src/part0",
    "mv src/part0 x; mv src/part1 src/part0; mv x src/part1",
    "cd src/part0; mv file0.txt x; mv file4.txt file0.txt; mv x file4.txt",
    "mkdir -p new/deep ignored; touch new/deep/file ignored/file; mkdir empty src/part0/empty",
    "rm tracked.txt; mkdir tracked.txt; rm -r src/part3; touch src/part3",
    "cp -a src copy; rm -r src; mv copy src",
    "git config user.name x; git config user.email x@x; git commit -qam x --allow-empty; "
    "git branch other; git push -q origin HEAD:refs/heads/pushed; echo x > .git/config.lock; "
    "echo 'exit 1' > .git/hooks/pre-commit; git update-index --assume-unchanged tracked.txt",
    "rm -rf .git; git init -q .",
    "rm -rf ./* .git .gitignore",
    "touch \"$(printf 'a\\nb')\" ' blank '; mkfifo pipe",
    "chmod 000 src/part0; chmod 500 src",
    "touch ~/left $TMPDIR/left ../beside ../../beside; mkdir -p ~/.cache/x ../d/e",
    "cd ../..; rm -rf home tmp; ln -s /tmp tmp; mkdir home; touch home/x",
    "cd ..; mv demo other; mkdir demo; echo tracked > demo/tracked.txt",
    "cd ..; mv demo other; ln -s other demo",
    "cd ../..; mv grp other; mkdir -p grp/demo; cp -a other/demo/. grp/demo",
    "touch -d '2001-01-01' tracked.txt src src/part0/file0.txt",
    "setfattr -n user.x -v y tracked.txt src/part0 2> /dev/null || true",
    "(sleep 1000 & echo $! > pid)",
    "exec 3>> tracked.txt; printf more >&3",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_run_sees_nothing_of_what_a_job_did(bench: Bench, change: str) -> None:
    settle(bench)
    bench.change(change)
    bench.check()


@pytest.mark.parametrize("change", CHANGES[:6])
def test_nor_of_what_it_did_right_after_its_files_were_laid(bench: Bench, change: str) -> None:
    """Within a tick of the clock after the copy."""
    bench.change(change)
    bench.check()


def _swap(one: Path, other: Path) -> None:
    middle = one.with_name("middle")
    one.rename(middle)
    other.rename(one)
    middle.rename(other)


EDITS = [
    "echo changed > tracked.txt",
    "touch -r tracked.txt ../time; printf 'TRACKED\\n' > tracked.txt; touch -r ../time tracked.txt",
    "chmod +x tracked.txt",
    "rm tracked.txt",
    "rm -r src/part0",
    "mkdir src/part0/new; echo x > src/part0/new/deep.txt",
    "printf 'ignored\\n.gluv\\nsrc/part1\\nnew\\n' > .gitignore; mkdir new; touch new/x",
    "mkdir ignored; touch ignored/x; echo .gluv > .gitignore",
    "mv src/part0 x; mv src/part1 src/part0; mv x src/part1",
    "mv src/part0 moved; ln -s ../moved src/part0",
    "mv src/part0 .gluv/moved; ln -s ../.gluv/moved src/part0",
    "rm tracked.txt; mkdir -p tracked.txt/now; echo x > tracked.txt/now/a-directory",
    "rm -r src/part0; echo now a file > src/part0",
    "ln -sfn tool.sh link",
    "rm link; cp tracked.txt link",
    "echo second > tracked.txt; git commit -qam second",
    "git commit -q --amend -m other",
    "git commit -q --allow-empty -m empty",
    "git tag v1; git tag -a v2 -m two",
    "git branch other",
    "git rm -q --cached tracked.txt",
    "echo x > staged.txt; git add staged.txt",
    "git gc -q",
    "ln tracked.txt hard.txt; echo through the other name > hard.txt",
    "git init -q sub; touch sub/x",
    "git switch -qc topic; echo topic > tracked.txt; git commit -qam topic; git switch -q main",
    "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module; mkdir module",
]


@pytest.mark.parametrize("edit", EDITS)
def test_a_change_of_the_work_tree_is_seen(bench: Bench, edit: str) -> None:
    settle(bench)
    subprocess.run(["sh", "-ec", edit], cwd=bench.sandbox.repository, check=True)
    bench.check()
    bench.check()


def test_what_stands_for_the_files_is_kept_only_as_long_as_they_are_the_same(bench: Bench) -> None:
    """`--reuse` goes by the id of the tree, which is found out once for as long as it is kept."""

    def stood_in() -> bool:
        ran = bench.run(job("j", "cat tracked.txt"), reuse=frozenset({"j"}))
        return bool(ran.finished["j"].taken_from)

    assert [stood_in() for _ in range(3)] == [False, True, True]
    bench.sandbox.write("tracked.txt", "changed\n")
    assert [stood_in() for _ in range(2)] == [False, True]
    (bench.sandbox.repository / "tool.sh").chmod(0o644)
    assert [stood_in() for _ in range(2)] == [False, True]


def test_a_tag_and_a_commit_are_kept_apart(bench: Bench) -> None:
    bench.sandbox.git("tag", "-a", "v1", "-m", "one")
    settle(bench)
    bench.sandbox.write("tracked.txt", "changed\n")
    for commit in (True, True, False):
        both = [
            shown(bench.run(job("j", *SHOW), kept=kept, commit=commit)) for kept in (True, False)
        ]
        assert both[0] == both[1]
    tagged = bench.run(job("j", "cat tracked.txt; git describe"), tag="v1").printed("j")
    assert tagged == ["tracked", "v1"]
    bench.check()


DAMAGES = [
    "touch -r tracked.txt $UP/time; printf 'TRACKED\\n' > tracked.txt; "
    "touch -r $UP/time tracked.txt",
    "rm src/part0/file0.txt",
    "touch src/part0/extra.txt",
    "chmod 777 src/part0/file0.txt",
    "chmod 700 src",
    "mv src/part0 x; mv src/part1 src/part0; mv x src/part1",
    "mv src $PLACE/src; ln -s $PLACE/src src",
    "ln tracked.txt $UP/hard",
    "touch ../../home/left",
    "echo ref: refs/heads/x > .git/HEAD",
    "printf '#!/bin/sh\\nexit 1\\n' > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout",
    "rm -r $PLACE/j/grp/demo",
    "rm -r $PLACE/j",
    "rm -r $PLACE/.source",
    "cd $PLACE/.source/tree; touch -r tracked.txt $UP/time; printf 'TRACKED\\n' > tracked.txt; "
    "touch -r $UP/time tracked.txt",
    "rm -r $PLACE/.source/tree/src",
    "echo x > $PLACE/.source/git/index",
    "echo x > $PLACE/.source/git-20/config; rm $PLACE/.source/git-20/HEAD",
    "echo x > $PLACE/.source/origin.git/refs/heads/x",
    ": > $PLACE/.kept",
    "head -c 1000 $PLACE/.kept > $PLACE/x; mv $PLACE/x $PLACE/.kept",
    "head -c 4000 /dev/urandom > $PLACE/.kept",
    "rm $PLACE/.kept",
    "mkdir $PLACE/junk",
    "cp -a $PLACE $PLACE-copy",
    "cd $UP; rm -r kept; touch kept",
    "cd $UP; mv kept elsewhere; ln -s elsewhere kept",
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_meanwhile_is_made_right(bench: Bench, damage: str) -> None:
    settle(bench)
    names = os.environ | {"PLACE": str(bench.place), "UP": str(bench.kept.parent)}
    subprocess.run(["sh", "-ec", damage], cwd=bench.project, env=names, check=True)
    bench.check()


def test_after_a_restart_of_the_machine_nothing_is_relied_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was on its way to the disk may be gone, although the status says nothing of it."""
    settle(bench)
    before = (bench.project / "tracked.txt").stat().st_ino
    monkeypatch.setattr(kept_module, "_maker", lambda: "another start")
    bench.check()
    bench.show()
    assert (bench.project / "tracked.txt").stat().st_ino != before


def daemon(pid: Path, does: str, *, shed: str = "true") -> str:
    """A script that leaves a daemon in a session of its own and without the job's environment."""
    return (
        f"({shed}; env -i PATH=/usr/bin:/bin setsid sh -c 'echo $$ > {pid}; {does}' "
        f"> /dev/null 2>&1 &)\nuntil test -s {pid}; do :; done"
    )


def test_a_daemon_that_nobody_can_tie_to_a_job_keeps_everything_from_being_kept(
    bench: Bench, tmp_path: Path
) -> None:
    settle(bench)
    go, pid = tmp_path / "go", tmp_path / "pid"
    wait = f"until test -e {go}; do sleep 0.01; done; echo late >> tracked.txt"
    start = daemon(pid, wait, shed="ulimit -S -R unlimited")
    try:
        ran = bench.run(job("a", start, stage="1"), job("b", *SHOW, stage="2"))
        assert ran.statuses == {"a": "success", "b": "success"}
        assert list(bench.kept.iterdir()) == []
        go.touch()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.waitpid(int(pid.read_text()), 0)
    bench.check()


def test_a_daemon_that_only_its_mark_tells_is_ended_before_anything_is_kept(
    bench: Bench, tmp_path: Path
) -> None:
    settle(bench)
    pid = tmp_path / "pid"
    bench.run(job("a", daemon(pid, "while :; do echo late >> tracked.txt; done")))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert list(bench.kept.iterdir()) != []
    bench.check()


def test_a_canceled_run_leaves_nothing_wrong(bench: Bench) -> None:
    settle(bench)
    cancel = bench.sandbox.cancel

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            cancel.raise_to(1)

    script = ("echo changed > tracked.txt; echo up", "sleep 1000")
    assert bench.run(job("j", *script), watch=watch).statuses == {"j": "canceled"}
    bench.sandbox.cancel = type(cancel)()
    bench.check()


def test_what_a_killed_run_had_is_never_used_again(bench: Bench) -> None:
    settle(bench)
    slot = bench.sandbox.builds / f"{bench.place.name}-0"
    bench.place.rename(slot)
    (slot / "j/grp/demo/tracked.txt").write_text("half\n")
    bench.check()


def test_two_runs_at_once_share_nothing(bench: Bench) -> None:
    settle(bench)
    inner: list[list[str]] = []

    def watch(event: AnyEvent) -> None:
        if isinstance(event, JobOutput) and "up" in event.lines:
            inner.append(bench.show())
            (bench.sandbox.repository / "go").touch()

    go = bench.sandbox.repository / "go"
    ran = bench.run(
        job("j", "echo up", f"until test -e {go}; do sleep 0.01; done", "cat tracked.txt"),
        watch=watch,
    )
    assert ran.printed("j") == ["up", "tracked"]
    go.unlink()
    assert inner[0] == bench.show(kept=False)
    bench.check()


def test_jobs_of_one_run_hand_on_what_the_last_run_left(bench: Bench) -> None:
    jobs = [job(name, *SHOW, stage=name) for name in "abc"]
    first = shown(bench.run(jobs[0], kept=False), "a")
    for _ in range(3):
        ran = bench.run(
            *jobs, job("d", "rm -rf ./* .git", stage="aa"), stages=("a", "aa", "b", "c")
        )
        for name in "abc":
            assert [line.replace(f"{name} d 700", "a d 700") for line in shown(ran, name)] == first
    assert len([path for path in bench.place.iterdir() if path.name in "abcd"]) == 1


def test_no_more_directories_are_kept_than_jobs_ran_at_once(bench: Bench) -> None:
    jobs = [job(f"j{number}", "true") for number in range(6)]
    bench.run(*jobs, jobs=2)
    kept = {path.name for path in bench.place.iterdir()} - {".source", ".kept"}
    assert 1 <= len(kept) <= 2


def test_what_is_kept_of_other_projects_ends_sometime(bench: Bench) -> None:
    bench.show()
    old = bench.kept / "old-project"
    shutil.copytree(bench.place, old, symlinks=True)
    os.utime(old / ".kept", (1, 1))
    bench.show()
    assert not old.exists()
    for number in range(kept_module.MOST_PROJECTS + 3):
        place = bench.kept / f"other-{number}"
        place.mkdir()
        (place / ".kept").touch()
    bench.show()
    assert len(list(bench.kept.iterdir())) <= kept_module.MOST_PROJECTS


def test_a_workspace_that_is_too_large_is_not_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluv.host.homes.MOST_BYTES", 10)
    settle(bench)
    assert {path.name for path in bench.place.iterdir()} == {".source", ".kept"}
    bench.check()


def test_secrets_in_files_do_not_stay(bench: Bench) -> None:
    bench.change("mkdir -p ~/.config; echo hush > ~/.config/token; echo hush > .env; echo $CI > x")
    assert subprocess.run(["grep", "-rq", "hush", str(bench.kept)], check=False).returncode == 1


OPERATIONS = (
    "append a", "write a b", "unlink a", "chmod a", "mkdir", "rename a b", "symlink a b",
    "link a b", "restore time a", "rmtree", "swap", "file for directory",
)  # fmt: skip


def _shuffle(top: Path, dice: random.Random) -> str:
    """One thing done to a tree, at random."""
    files = [
        path
        for path in sorted(top.rglob("*"))
        if not {".git", ".gluv"} & set(path.relative_to(top).parts)
    ]
    if not files:
        return "nothing"
    one, other = dice.choice(files), dice.choice(files)
    kind = dice.choice(OPERATIONS)
    with contextlib.suppress(OSError):
        match kind:
            case "append a":
                with one.open("a") as file:
                    file.write("more\n")
            case "write a b":
                one.write_bytes(other.read_bytes())
            case "unlink a":
                one.unlink()
            case "chmod a":
                one.chmod(dice.choice((0o600, 0o644, 0o755)))
            case "mkdir":
                (one.parent / f"d{dice.randrange(3)}").mkdir()
            case "rename a b":
                one.rename(other.parent / f"r{dice.randrange(3)}")
            case "symlink a b":
                (one.parent / f"s{dice.randrange(3)}").symlink_to(other.name)
            case "link a b":
                os.link(one, other.parent / f"h{dice.randrange(3)}")
            case "restore time a":
                if one.is_file() and not one.is_symlink():
                    content = one.read_bytes()
                    keep_time(one, lambda: one.write_bytes(content[::-1]))
            case "rmtree":
                shutil.rmtree(one)
            case "swap":
                _swap(one, other)
            case _:
                shutil.rmtree(one)
                one.write_text("file\n")
    return f"{kind} {one.relative_to(top)} {other.relative_to(top)}"


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_done_the_next_run_is_like_a_first_one(bench: Bench, seed: int) -> None:
    dice = random.Random(seed)
    done: list[str] = []
    for _ in range(6):
        edits = dice.randrange(1, 5)
        done += [f"work tree: {_shuffle(bench.sandbox.repository, dice)}" for _ in range(edits)]
        if dice.random() < 0.3:
            bench.sandbox.git("add", "-A")
            bench.sandbox.git("commit", "-qm", "some", "--allow-empty")
        bench.show()
        damages = dice.randrange(0, 5)
        done += [f"kept: {_shuffle(bench.project, dice)}" for _ in range(damages)]
        seen, first = bench.show(), bench.show(kept=False)
        assert seen == first, done
