"""The repositories that `runner.py` runs, and what a bare shell would do instead."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

IMAGE = "debian:trixie"
FILES = 2_000
CACHED = 5_000
SIZE = 200_000_000
"""Bytes of the cache and of the artifacts."""

LINES = 200_000

Make = Callable[[Path], tuple[list[str], ...]]
"""Fills an empty folder; returns the commands of the floor, run one after the other."""


def _job(name: str, *script: str, more: str = "") -> str:
    lines = "".join(f"    - {json.dumps(line)}\n" for line in script)
    return f"{name}:\n  image: {IMAGE}\n{more}  script:\n{lines}"


def no_ops(count: int) -> Make:
    """`count` jobs that do nothing."""

    def make(place: Path) -> tuple[list[str], ...]:
        write(place, "".join(_job(f"job-{number}", "true") for number in range(count)))
        return (["sh", "-c", f"i=0; while [ $i -lt {count} ]; do bash -c true; i=$((i+1)); done"],)

    return make


def many_files(place: Path) -> tuple[list[str], ...]:
    """Ten jobs in a repository of 2,000 files, 20 MB together; the floor is ten times `cp -al`.

    The floor has files of its own: a link more is a change of the file's status, which gluv sees.
    """
    fill(place / "src", FILES, 20_000_000)
    source = place.parent / "src"
    fill(source, FILES, 20_000_000)
    write(place, "".join(_job(f"job-{number}", "test -f src/0/0") for number in range(10)))
    copies = " ".join(map(str, range(10)))
    copy = f"cp -al {source} ../copy-$n && rm -rf ../copy-$n"
    return (["sh", "-c", f"for n in {copies}; do {copy}; done"],)


def warm_cache(place: Path) -> tuple[list[str], ...]:
    """A job whose cache, restored and saved, is 200 MB in 5,000 files."""
    fill(place.parent / "cached", CACHED, SIZE)
    # The first run, which is not measured, fills the cache.
    script = f"test -d kept || cp -r {place.parent / 'cached'} kept"
    more = "  cache:\n    key: k\n    paths: [kept]\n"
    write(place, _job("job", script, more=more))
    return (_linked(place.parent / "cached"),)


def artifacts(place: Path) -> tuple[list[str], ...]:
    """200 MB of artifacts, in 20 files, to a job of the next stage."""
    fill(place.parent / "built", 20, SIZE)
    first = "  stage: build\n  artifacts:\n    paths: [built]\n"
    text = "stages: [build, test]\n"
    text += _job("make", f"cp -r {place.parent / 'built'} built", more=first)
    text += _job("take", "test -d built", more="  stage: test\n")
    write(place, text)
    return (_linked(place.parent / "built"),)


def log_lines(place: Path) -> tuple[list[str], ...]:
    """A job that prints 200,000 lines."""
    script = f"seq -f 'line %.0f of a log that is of a usual length' {LINES}"
    write(place, _job("job", script))
    return (["bash", "-c", script],)


def needs_graph(place: Path) -> tuple[list[str], ...]:
    """Two chains across four stages; the floor is the longest way, 3.2 seconds."""
    text = "stages: [a, b, c, d]\n"
    for chain, times in (("x", (0.2, 1.4, 0.2, 1.4)), ("y", (1.4, 0.2, 1.4, 0.2))):
        before = ""
        for stage, seconds in zip("abcd", times, strict=True):
            needs = f"  needs: [{before}]\n" if before else "  needs: []\n"
            before = f"{chain}-{stage}"
            text += _job(before, f"sleep {seconds}", more=f"  stage: {stage}\n{needs}")
    write(place, text)
    return (["sleep", "3.2"],)


def write(place: Path, text: str) -> None:
    """A repository with this pipeline, and settings that keep jobs out of containers."""
    place.mkdir(parents=True, exist_ok=True)
    (place / ".gitlab-ci.yml").write_text(text)
    (place / ".gitignore").write_text(".gitlab-ci-local\n.gluv\nbuilt\nkept\n")
    (place / "pyproject.toml").write_text('[tool.gluv]\nexecutor = "native"\n')
    for words in (
        ("init", "-q", "-b", "main"),
        ("remote", "add", "origin", "https://gitlab.example.com/bench/bench.git"),
        ("add", "-A"),
        ("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "bench"),
    ):
        subprocess.run(["git", *words], cwd=place, check=True)


def fill(place: Path, count: int, size: int) -> None:
    """`count` files of random bytes, `size` bytes together, fifty to a folder."""
    for number in range(count):
        folder = place / str(number // 50)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / str(number % 50)).write_bytes(os.urandom(size // count))


def _linked(source: Path) -> list[str]:
    """`cp -al` there and back."""
    one, two = f"{source}-$$-1", f"{source}-$$-2"
    return ["sh", "-c", f"cp -al {source} {one} && cp -al {one} {two}; rm -rf {one} {two}"]


SCENES: dict[str, Make] = {
    "1 no-op job": no_ops(1),
    "100 no-op jobs": no_ops(100),
    "300 no-op jobs": no_ops(300),
    "10 jobs, 2,000 files": many_files,
    "warm cache, 200 MB": warm_cache,
    "artifacts, 200 MB": artifacts,
    "200,000 log lines": log_lines,
    "needs graph": needs_graph,
    # The last: after so many new files the file system takes longer for a while.
    "10 jobs, 2,000 files, first run": many_files,
}

FIRST_RUNS = {"10 jobs, 2,000 files, first run"}
"""Scenes in which no run finds anything of an earlier one."""
