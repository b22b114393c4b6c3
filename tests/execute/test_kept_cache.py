"""A cache that lies in a kept directory already: restored and saved as if it did not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gluv.plan.model import PlannedCache
from tests.execute.conftest import Ran, Sandbox, job
from tests.execute.keeping import Bench, some_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps anything")

CACHE = (PlannedCache(key="k", paths=("c", "src/part0/*.cached")),)
PULL = (PlannedCache(key="k", paths=("c", "src/part0/*.cached"), policy="pull"),)
FILL = (
    "mkdir -p c/deep c/empty; for i in 1 2 3 4 5 6; do echo $i > c/deep/$i; done; "
    "ln -s deep/1 c/link; chmod 700 c/deep; chmod +x c/deep/2; echo x > src/part0/one.cached"
)
LOOK = (
    "find . -path ./.git -prune -o -printf '%P %y %m %n %l %Ts\\n' | grep -v '^ d' | sort",
    "find c src -type f -print0 | sort -z | xargs -0 sha256sum",
)


class Caching(Bench):
    """Runs a job with the cache."""

    def cached(
        self,
        *script: str,
        kept: bool = True,
        cache: tuple[PlannedCache, ...] = CACHE,
        name: str = "j",
    ) -> Ran:
        ran = self.run(job(name, *script, cache=cache), kept=kept)
        assert ran.statuses == {name: "success"}, ran.lines(name)
        return ran

    def look(self, *, kept: bool) -> list[str]:
        return self.cached(*LOOK, kept=kept, cache=PULL).printed("j")

    def check_cache(self) -> None:
        seen, first = self.look(kept=True), self.look(kept=False)
        assert _without_times_of_sources(seen) == _without_times_of_sources(first)
        assert len(first) > 40

    @property
    def generation(self) -> Path:
        place = self.sandbox.store.directory / "cache" / "k"
        return place / (place / "current").read_text().strip()


def _without_times_of_sources(lines: list[str]) -> list[str]:
    """Sources have the time of their copy; of directories and links nobody sets it."""
    return [
        line
        if line.startswith("c/deep/")
        else " ".join(line.split(" ")[:-1])
        if " f " in line or " d " in line or " l " in line
        else line
        for line in lines
    ]


@pytest.fixture
def bench(sandbox: Sandbox) -> Caching:
    some_files(sandbox)
    made = Caching(sandbox)
    made.cached(FILL)
    made.cached("true")
    return made


def test_what_lies_there_already_is_neither_restored_nor_saved_again(bench: Caching) -> None:
    files = sorted((bench.project / "c" / "deep").iterdir())
    before, generation = [path.stat().st_ino for path in files], bench.generation
    ran = bench.cached("cat c/deep/*")
    assert ran.printed("j") == ["1", "2", "3", "4", "5", "6"]
    assert "Successfully extracted cache" in ran.lines("j")
    assert "Created cache" in ran.lines("j")
    assert [path.stat().st_ino for path in files] == before
    assert bench.generation == generation
    bench.check_cache()


def test_a_file_that_was_cut_off_in_the_cache_is_not_handed_on(bench: Caching) -> None:
    os.truncate(bench.generation / "c" / "deep" / "3", 0)
    bench.cached("echo more >> c/deep/1")
    assert (bench.generation / "c" / "deep" / "3").read_text() == "3\n"
    bench.check_cache()


CHANGES = [
    "echo more >> c/deep/1",
    "touch -r c/deep/3 ../t; printf 'X\\n' > c/deep/3; touch -r ../t c/deep/3",
    "rm c/deep/4 src/part0/one.cached",
    "chmod 600 c/deep/5; chmod 755 c/deep",
    "touch c/new src/part0/two.cached; mkdir c/other",
    "rmdir c/empty; ln -sfn deep/2 c/link",
    "mv c/deep/1 x; mv c/deep/2 c/deep/1; mv x c/deep/2",
    "ln -f c/deep/1 c/deep/2; ln c/deep/3 outside",
    "rm -r c/deep; mkdir c/deep; echo 9 > c/deep/9",
    "rm -r c; ln -s src c",
    "rm -r c; echo file > c",
    "rm -r c src/part0/one.cached",
    "touch -d 2001-01-01 c/deep/6",
    "mv c/deep elsewhere; ln -s ../elsewhere c/deep",
    "true",
]


@pytest.mark.parametrize("cache", [CACHE, PULL], ids=["pull-push", "pull"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_cache_is_what_it_would_be(
    bench: Caching, change: str, cache: tuple[PlannedCache, ...]
) -> None:
    bench.cached(change, cache=cache)
    bench.check_cache()
    bench.check_cache()


def test_a_failed_job_keeps_the_cache_as_it_was(bench: Caching) -> None:
    bench.run(job("j", "echo x > c/deep/1; exit 1", cache=CACHE))
    assert bench.cached("cat c/deep/1").printed("j") == ["1"]
    bench.check_cache()


def test_a_cache_of_another_run_is_taken_over(bench: Caching) -> None:
    bench.cached("echo from elsewhere > c/deep/1; rm c/deep/2; touch c/deep/7", kept=False)
    assert bench.cached("cat c/deep/1; ls c/deep").printed("j") == [
        *("from elsewhere", "1", "3", "4", "5", "6", "7"),
    ]
    bench.check_cache()


def _versions(place: Path) -> dict[str, tuple[int, int]]:
    """Tells the copies of each file apart; a number alone may be given again."""
    found = {path.name: path.stat() for path in place.iterdir()}
    return {name: (status.st_ino, status.st_ctime_ns) for name, status in found.items()}


def test_what_the_generations_share_is_not_copied_again(bench: Caching) -> None:
    """A job elsewhere has changed one file of the cache."""
    place = bench.project / "c" / "deep"
    before = _versions(place)
    bench.kept.rename(bench.kept.with_name("aside"))
    bench.cached("true")
    bench.cached("echo x > c/deep/1")
    subprocess.run(["rm", "-rf", str(bench.kept)], check=True)
    bench.kept.with_name("aside").rename(bench.kept)
    assert bench.cached("cat c/deep/1").printed("j") == ["x"]
    after = _versions(place)
    assert {name for name in before if after[name] != before[name]} == {"1"}


def test_a_job_without_the_cache_does_not_find_it(bench: Caching) -> None:
    ran = bench.run(job("j", "ls -d c src/part0/*.cached || echo none"))
    assert ran.printed("j")[-1] == "none"
    bench.check_cache()


def test_a_cleared_cache_is_gone(bench: Caching) -> None:
    subprocess.run(["rm", "-rf", str(bench.sandbox.store.directory / "cache")], check=True)
    ran = bench.cached("ls -d c || echo none", cache=PULL)
    assert ran.printed("j")[-1] == "none"


@pytest.mark.parametrize(
    "damage",
    [
        "rm {generation}/c/deep/1",
        "chmod u+w {generation}/c/deep/1; echo damaged > {generation}/c/deep/1",
        "rm -r {generation}",
        "echo {zeros} > {generation}/../current",
    ],
)
def test_a_damaged_cache_is_no_error(bench: Caching, damage: str) -> None:
    words = damage.format(generation=bench.generation, zeros="0" * 32)
    subprocess.run(["sh", "-ec", words], check=True)
    bench.cached("true", cache=PULL)


def test_two_caches_and_a_tracked_file_in_one(bench: Caching) -> None:
    """A cache may hold what the repository has too, and then the cache is what jobs see."""
    both = (
        PlannedCache(key="one", paths=("src/part1", "tracked.txt")),
        PlannedCache(key="two", paths=("src/part1/file1.txt", "d")),
    )

    def see(*script: str, kept: bool = True) -> list[str]:
        return bench.cached(
            *script, "cat tracked.txt src/part1/file1.txt d; git status --porcelain", kept=kept,
            cache=both, name="both",
        ).printed("both")  # fmt: skip

    see("echo cached > tracked.txt; echo 1 > src/part1/file1.txt; echo d > d")
    for _ in range(3):
        assert see() == see(kept=False)
    see("echo again > tracked.txt; echo 2 > src/part1/file1.txt")
    bench.sandbox.write("tracked.txt", "edited by the user\n")
    for _ in range(2):
        assert see() == see(kept=False)
    plain = "cat tracked.txt; git status --porcelain"
    assert bench.run(job("j", plain)).printed("j") == bench.run(
        job("j", plain), kept=False
    ).printed("j")


def test_a_job_never_writes_into_the_cache(bench: Caching) -> None:
    def content() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (bench.generation / "c/deep").iterdir()}

    before = content()
    bench.run(job("j", "for f in c/deep/*; do echo changed > $f; done; exit 1", cache=CACHE))
    bench.run(job("j", "for f in c/deep/*; do echo changed > $f; done", cache=PULL))
    assert content() == before
    bench.check_cache()
