"""A cache that a job left alone is not saved again, and one it changed is saved right."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gluv.plan.model import PlannedCache
from tests.execute.conftest import Ran, Sandbox, job

CACHE = (PlannedCache(key="k", paths=("c",)),)
FILL = "mkdir -p c/deep; for i in 1 2 3 4 5; do echo $i > c/deep/$i; done; ln -s deep/1 c/link"
SHOW = "find c -printf '%P %y %m %l\\n' | sort; cat c/deep/*"


def generation(sandbox: Sandbox) -> Path:
    place = sandbox.store.directory / "cache" / "k"
    return place / (place / "current").read_text().strip()


def run(sandbox: Sandbox, *script: str) -> Ran:
    ran = sandbox.run(job("j", *script, cache=CACHE))
    assert ran.statuses == {"j": "success"}
    return ran


def test_an_untouched_cache_stays_as_it_is(sandbox: Sandbox) -> None:
    run(sandbox, FILL)
    first = generation(sandbox)
    ran = run(sandbox, "cat c/deep/1")
    assert generation(sandbox) == first
    assert ran.printed("j", "archive_cache")[-1] == "Created cache"


@pytest.mark.parametrize(
    "change",
    [
        "echo more >> c/deep/1",
        "printf 'X\\n' > c/deep/2; touch -r c/deep/1 c/deep/2",
        "dd if=/dev/zero of=c/deep/3 bs=1 count=1 conv=notrunc 2> /dev/null",
        "rm c/deep/4",
        "chmod 600 c/deep/5",
        "touch c/deep/new",
        "mkdir c/empty; chmod 700 c/deep",
        "ln -sfn deep/2 c/link",
        "mv c/deep/1 x; mv c/deep/2 c/deep/1; mv x c/deep/2",
        "rm -r c/deep; mkdir c/deep; echo 9 > c/deep/9",
    ],
)
def test_a_changed_cache_is_saved_as_it_is_now(sandbox: Sandbox, change: str) -> None:
    run(sandbox, FILL)
    first = generation(sandbox)
    left = run(sandbox, change, SHOW)
    assert generation(sandbox) != first
    assert not first.exists()
    assert run(sandbox, SHOW).printed("j") == left.printed("j")


@pytest.mark.parametrize(
    ("harm", "name"),
    [
        (lambda deep: os.truncate(deep / "3", 0), "c/deep/3"),
        (lambda deep: (deep / "3").write_text("X\n"), "c/deep/3"),
        (lambda deep: (deep / "5").unlink(), "c/deep/5"),
        (lambda deep: (deep / "new").touch(), "c/deep/new"),
        (lambda deep: (deep.parent / "link").unlink(), "c/link"),
    ],
)
def test_a_cache_that_somebody_changed_is_not_extracted(
    sandbox: Sandbox, harm: Callable[[Path], object], name: str
) -> None:
    fallback = (PlannedCache(key="k", paths=("c",), fallback_keys=("other",)),)
    sandbox.run(job("o", "mkdir c; echo o > c/o", cache=(PlannedCache(key="other", paths=("c",)),)))
    run(sandbox, FILL)
    first = generation(sandbox)
    harm(first / "c" / "deep")
    ran = sandbox.run(job("j", "find c -type f", cache=fallback))
    assert ran.printed("j") == ["c/o"]
    said = ran.printed("j", "restore_cache")
    assert any(line.startswith(f"WARNING: {name} was") for line in said), said
    assert "Failed to extract cache" in said
    assert said[-1] == "Successfully extracted cache"
    assert run(sandbox, "find c -type f").printed("j") == ["c/o"]
    left = {path.name for path in generation(sandbox).parent.iterdir()}
    assert left == {
        "lock",
        "current",
        generation(sandbox).name,
        f"{generation(sandbox).name}.files",
    }


def test_a_damaged_list_of_files_is_a_damaged_cache_and_none_an_old_one(sandbox: Sandbox) -> None:
    run(sandbox, FILL)
    note = generation(sandbox).with_suffix(".files")
    note.write_bytes(note.read_bytes()[:-9])
    ran = run(sandbox, "ls; mkdir -p c; echo new > c/new")
    assert "Failed to extract cache" in ran.printed("j", "restore_cache")
    generation(sandbox).with_suffix(".files").unlink()
    assert run(sandbox, "find c -type f").printed("j") == ["c/new"]


def test_names_that_are_no_text_are_noted_too(sandbox: Sandbox) -> None:
    run(sandbox, "mkdir c; touch c/$(printf 'caf\\351')")
    assert len(run(sandbox, "find c -type f").printed("j")) == 1


def test_a_job_never_writes_into_the_cache_itself(sandbox: Sandbox) -> None:
    """Not even after generations came to share files."""
    run(sandbox, FILL)
    run(sandbox, "touch c/deep/new")
    kept = generation(sandbox)
    before = {path.name: path.read_bytes() for path in (kept / "c" / "deep").iterdir()}
    sandbox.run(
        job("j", "for f in c/deep/*; do echo changed > $f; done; exit 1", cache=CACHE),
    )
    assert generation(sandbox) == kept
    assert {path.name: path.read_bytes() for path in (kept / "c" / "deep").iterdir()} == before


def test_what_did_not_change_is_shared_by_generations(sandbox: Sandbox) -> None:
    run(sandbox, FILL)
    first = generation(sandbox)
    inodes = {path.name: os.stat(path).st_ino for path in (first / "c" / "deep").iterdir()}
    run(sandbox, "echo x > c/deep/1")
    now = {path.name: os.stat(path) for path in (generation(sandbox) / "c" / "deep").iterdir()}
    assert now["1"].st_ino != inodes["1"]
    assert now["2"].st_ino == inodes["2"]


def test_another_run_may_replace_the_cache_meanwhile(sandbox: Sandbox, tmp_path: Path) -> None:
    """What was restored from a generation that is gone is saved whole."""
    run(sandbox, FILL)
    place = sandbox.store.directory / "cache" / "k"
    ran = run(
        sandbox, f"mv {generation(sandbox)} {place}/{'0' * 32}; echo {'0' * 32} > {place}/current"
    )
    assert ran.statuses == {"j": "success"}
    assert (generation(sandbox) / "c" / "deep" / "5").read_text() == "5\n"
