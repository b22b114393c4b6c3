"""Times the reader, the loader and the planner once, in this process, and prints one line of JSON.

`bench/language.py` runs it in a fresh process for each measurement, so that the peak of memory is
that of this pipeline alone.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gluv.config import load
from gluv.host.context import ContextOptions, build_context
from gluv.host.fetch import HostFetcher
from gluv.host.git import read_repository
from gluv.plan import build
from gluv.plan.context import Server
from gluv.settings import Settings
from gluv.text.reader import parse
from gluv.text.source import read_source


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """The result of `work`, and the seconds it took: on the clock, and of processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    return result, seconds


def main(directory: Path) -> None:
    """Measure the pipeline of the repository `directory`."""
    facts = read_repository(directory)
    settings = Settings()
    context = build_context(facts, settings, ContextOptions(), Server())
    files = [facts.root / ".gitlab-ci.yml", *sorted((facts.root / "ci").glob("*.yml"))]
    sources = [read_source(file.name, file.read_bytes()) for file in files]
    fetcher = HostFetcher(facts.root, facts.root / ".gluv", settings)

    # The program's own modules are loaded before the clock starts.
    warm = load(read_source("warm.yml", b"job: {script: true}\n"), fetcher)
    assert warm.config is not None
    build(warm.config, context)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    _, parsing = timed(lambda: [parse(source) for source in sources])
    loaded, loading = timed(lambda: load(sources[0], fetcher))
    plan, planning = timed(lambda: build(loaded.config, context, problems=loaded.problems))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if not plan.valid:
        raise SystemExit("\n".join(problem.message for problem in plan.problems))
    found = {
        "jobs": len(plan.jobs),
        "lines": sum(source.text.count("\n") for source in sources),
        "parse": parsing,
        "load": loading,
        "plan": planning,
        "peak_kib": after,
        "peak_above_start_kib": after - before,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
