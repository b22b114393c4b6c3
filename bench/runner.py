"""How fast gluv runs pipelines, beside gitlab-ci-local with isolation and a bare shell.

Everything is measured in one run, the programs in turn, and the medians are compared. Processor
time (user and system, with the processes they start) stands beside the time on the clock, which
other work on the machine disturbs.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from language import HERE, SLOW_SECONDS, environment, gitlab_ci_local, middle, run, version_of
from runner_plot import draw
from runner_table import render_tables, write_into
from scenes import FIRST_RUNS, SCENES, Make, no_ops

GROWTH = (100, 300, 1_000, 3_000)
ISOLATED = ("--shell-isolation", "--force-shell-executor")
GLUV, RIVAL, FLOOR = "gluv", "gitlab-ci-local", "floor"


def several(commands: tuple[list[str], ...], cwd: Path, env: dict[str, str]) -> dict[str, float]:
    """One run of some commands in a row."""
    runs = [run(command, cwd, env) for command in commands]
    return {
        "wall": sum(one["wall"] for one in runs),
        "cpu": sum(one["cpu"] for one in runs),
        "peak_kib": max(one["peak_kib"] for one in runs),
        "stopped": any(one["stopped"] for one in runs),
    }


def forget(place: Path, env: dict[str, str], run: str) -> dict[str, str]:
    """Let the next run be a first one; its environment.

    Nothing is removed: after thousands of files were, ext4 takes its time to make new ones.
    """
    left = place / ".gitlab-ci-local"
    if left.exists():
        left.rename(place.parent / f"left-{run}")
    return env | {"GLUV_CACHE_DIR": str(place.parent / f"cache-{run}")}


def measure(
    make: Make,
    place: Path,
    env: dict[str, str],
    rival: list[str] | None,
    repeat: int,
    *,
    first: bool = False,
) -> dict[str, Any]:
    """The medians of every program; the first run of each is not counted, it warms the caches.

    With `first` no run finds anything of an earlier one but gluv's bytecode.
    """
    floor = make(place)
    commands: dict[str, tuple[list[str], ...]] = {GLUV: ([sys.executable, "-m", "gluv", "run"],)}
    if rival is not None:
        commands[RIVAL] = ([*rival, *ISOLATED],)
    commands[FLOOR] = floor
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for turn in range(repeat + 1):
        for name, words in commands.items():
            if turn > 1 and runs[name][0]["wall"] >= SLOW_SECONDS:
                continue
            around = forget(place, env, f"{turn}-{name}") if first else env
            # What another program has written is not for this one to wait for.
            os.sync()
            one = several(words, place, around)
            if turn:
                runs[name].append(one)
    return {name: middle(found) for name, found in runs.items()}


def disk_of(place: Path) -> str:
    """The file system of the scenes, and whether it shares blocks (reflinks)."""
    kind = subprocess.run(
        ["stat", "--file-system", "--format=%T", place], capture_output=True, text=True, check=False
    ).stdout.strip()
    (place / "one").write_text("x")
    copy = ["cp", "--reflink=always", place / "one", place / "two"]
    shares = subprocess.run(copy, capture_output=True, check=False).returncode == 0
    return f"{kind or 'a file system'} {'with' if shares else 'without'} reflinks"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--scene", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--growth", type=int, nargs="*", default=list(GROWTH), metavar="JOBS")
    parser.add_argument("--gitlab-ci-local", type=Path, metavar="DIR", help="where npm put it")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "runner.json")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="put the tables there too")
    parser.add_argument("--plot", type=Path, default=HERE.parent / "docs/images/runner.svg")
    arguments = parser.parse_args()
    rival = gitlab_ci_local(arguments.gitlab_ci_local)
    if rival is None:
        print("gitlab-ci-local is not there (see bench/README.md): measuring gluv alone\n")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        env = environment(scratch)
        gluv = [sys.executable, "-m", "gluv"]
        results: dict[str, Any] = {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            "gluv": version_of(gluv, env),
            "gitlab-ci-local": rival and version_of(rival, env),
            "node": rival and version_of(rival[:1], env),
            "disk": disk_of(scratch),
            "load": [],
            "scenes": {},
            "growth": {},
        }
        for number, name in enumerate(arguments.scene):
            place = scratch / f"scene-{number}" / "bench"
            first = name in FIRST_RUNS
            found = measure(SCENES[name], place, env, rival, arguments.repeat, first=first)
            results["scenes"][name] = found
            results["load"].append(round(os.getloadavg()[0], 1))
            print(f"{name}: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        for jobs in arguments.growth:
            place = scratch / f"growth-{jobs}" / "bench"
            found = measure(no_ops(jobs), place, env, None, 1)
            results["growth"][str(jobs)] = found[GLUV]
            print(f"{jobs} jobs: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        results["at"] = time.strftime("%Y-%m-%d")
        # Before the folder is removed, which takes its time.
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.write_text(json.dumps(results, indent=1) + "\n")
        arguments.plot.parent.mkdir(parents=True, exist_ok=True)
        arguments.plot.write_text(draw(results))
        print(render_tables(results))
        if arguments.docs:
            write_into(arguments.docs, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
