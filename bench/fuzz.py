"""A longer fuzz session than the tests': as many seconds as you give it.

Mutated pipelines of `tests/cases`, random bytes and trees of keywords go through everything that
gluv does before a job runs. A seed that breaks it is printed with the file it made, and kept in
`--keep DIR`. Each file may take five seconds; the memory of the whole session is bounded.
"""

import argparse
import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fuzz.corpus import KEYWORDS, VALUES, pipelines
from tests.fuzz.journey import travel
from tests.fuzz.mutation import mutate
from tests.fuzz.written import write_tree

from gluv.text import YamlInvalid
from gluv.text.nodes import plain
from gluv.text.reader import parse
from gluv.text.source import read_source

SECONDS_A_FILE = 5
MEMORY = 2 * 1024**3


def tree(chance: random.Random, levels: int) -> object:
    """A random value, at most `levels` deep."""
    kind = chance.random()
    if levels == 0 or kind < 0.4:
        return chance.choice(VALUES)
    count = chance.randint(0, 5)
    if kind < 0.6:
        return [tree(chance, levels - 1) for _ in range(count)]
    return {chance.choice(KEYWORDS): tree(chance, levels - 1) for _ in range(count)}


def make(seed: int) -> bytes:
    """The file of a seed."""
    chance = random.Random(seed)
    match seed % 8:
        case 0:
            return chance.randbytes(chance.randint(0, 2000))
        case 1 | 2:
            jobs = {name: tree(chance, 5) for name in ("a", "b", ".a", chance.choice(KEYWORDS))}
            for job in jobs.values():
                if isinstance(job, dict):
                    job["script"] = "x"
            return write_tree(jobs).encode()
        case 3 | 4 | 5:
            return graft(chance)
        case _:
            return mutate(chance.choice(pipelines()), chance)


def graft(chance: random.Random) -> bytes:
    """A pipeline with some of its values, at any depth, replaced by others."""
    try:
        config = plain(parse(read_source("graft.yml", chance.choice(pipelines()))))
    except YamlInvalid:
        return b""
    for _ in range(chance.randint(1, 4)):
        place: object = config
        while isinstance(place, dict | list) and place:
            at = (
                chance.choice(list(place))
                if isinstance(place, dict)
                else chance.randrange(len(place))
            )
            if not isinstance(place[at], dict | list) or not place[at] or chance.random() < 0.3:
                place[at] = tree(chance, 3)
                if isinstance(place, dict) and chance.random() < 0.3:
                    place[chance.choice(KEYWORDS)] = tree(chance, 3)
                break
            place = place[at]
    return write_tree(config).encode()


class TooSlow(BaseException):
    """A file took longer than it may; not an Exception, so that nobody catches it."""


def _too_slow(signum: int, frame: FrameType | None) -> None:
    raise TooSlow(f"longer than {SECONDS_A_FILE} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--first", type=int, default=int(time.time()), help="the first seed")
    parser.add_argument("--keep", type=Path, help="where to put files that break gluv")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_slow)
    seed = arguments.first if arguments.seed is None else arguments.seed
    end = time.monotonic() + arguments.seconds
    tried = broken = 0
    while time.monotonic() < end:
        content = make(seed)
        signal.alarm(SECONDS_A_FILE)
        try:
            travel(content)
        except (Exception, TooSlow):
            signal.alarm(0)
            broken += 1
            print(f"--- seed {seed}\n{content[:500]!r}\n{traceback.format_exc(limit=-4)}")
            if arguments.keep is not None:
                arguments.keep.mkdir(parents=True, exist_ok=True)
                (arguments.keep / f"{seed}.yml").write_bytes(content)
        signal.alarm(0)
        tried += 1
        seed += 1
        if arguments.seed is not None:
            break
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{tried} files, {broken} broke gluv, {peak:.0f} MiB at most")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
