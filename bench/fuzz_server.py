"""A longer attack on the embedded GitLab than the tests': as many seconds as you give it.

First Schemathesis tries every operation of our own OpenAPI description, well and badly; then bytes
that no client sends follow until the time is over. A server error is printed with what caused it;
in the end every stored file is checked and the memory that the server took is told.
"""

import argparse
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.server.api_fuzz import furnish, hammer
from tests.server.conftest import Host, Launcher
from tests.server.test_api_fuzz import check_store
from tests.server.wire_fuzz import attack

REQUESTS = 500
"""Requests of one seed."""


def _start(place: Path, repository: Path) -> tuple[Launcher, Host]:
    launch = Launcher(place / str(time.monotonic_ns()))
    host = launch(checkout=repository, json_index=True)
    furnish(host)
    return launch, host


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--examples", type=int, default=30, help="of each operation")
    parser.add_argument("--seed", type=int, help="only this one, and no Schemathesis")
    parser.add_argument("--first", type=int, default=int(time.time()), help="the first seed")
    arguments = parser.parse_args()
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        repository = Path(place) / "repository"
        repository.mkdir()
        (repository / "README.md").write_text("Hello\n")
        identity = ("-c", "user.name=F", "-c", "user.email=f@example.org")
        for command in (("init", "-qb", "main"), ("add", "."), ("commit", "-qm", "First")):
            subprocess.run(["git", *identity, *command], cwd=repository, check=True)
        seen: Counter[int] = Counter()
        wrong: list[str] = []
        end = time.monotonic() + arguments.seconds
        if arguments.seed is None:
            launch, host = _start(Path(place), repository)
            seen, wrong = hammer(host, examples=arguments.examples, seed=arguments.first)
            print(f"Schemathesis: {sum(seen.values())} requests, {len(wrong)} faults")
            check_store(host)
            launch.close()
        # Another one: the first has revoked our token.
        launch, host = _start(Path(place), repository)
        seed = arguments.first if arguments.seed is None else arguments.seed
        while arguments.seed is not None or time.monotonic() < end:
            statuses, faults = attack(host, seed=seed, requests=REQUESTS)
            seen.update(statuses)
            wrong += [f"--seed {seed}: {fault}" for fault in faults]
            seed += 1
            if arguments.seed is not None:
                break
        check_store(host)
        launch.close()
    print("\n".join(wrong))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counts = ", ".join(f"{status or 'none'} {count}" for status, count in sorted(seen.items()))
    print(f"{sum(seen.values())} requests ({counts}), {len(wrong)} faults, {peak:.0f} MiB at most")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
