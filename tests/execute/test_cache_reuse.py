"""A cache that a job left alone is not saved again, and one it changed is saved right."""

import os
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
