"""The names by which jobs can be needed: their own, and those that `parallel` makes of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from math import prod

from gluv.config.closest import Closest
from gluv.config.keywords.job import Job
from gluv.config.keywords.needs import Need
from gluv.config.keywords.parallel import Matrix

_MATRIX = re.compile(r"\$\[\[\s*matrix\.([A-Za-z0-9_-]+)\s*\]\]")


class Names:
    """Finds a job by its name or by the name of one of its parallel jobs (`test 1/2`, `b: [x]`)."""

    def __init__(self, jobs: Mapping[str, Job], refused: Collection[str] = ()) -> None:
        self.refused = frozenset(refused)
        self._jobs = jobs
        self._parallel: dict[str, Job] | None = None
        self._closest = Closest(jobs)

    def likely(self, name: str) -> str:
        """A hint with the job that `name` may have meant."""
        return self._closest.to(name)

    def find(self, name: str) -> Job | None:
        """The job that `name` means; None if there is none."""
        job = self._jobs.get(name)
        if job is not None:
            return job
        if self._parallel is None:
            self._parallel = {
                made: job for job in self._jobs.values() for made in parallel_names(job)
            }
        return self._parallel.get(name)

    def size(self, name: str) -> int:
        """How many jobs `name` stands for: more than one if it names a parallel job as a whole."""
        job = self._jobs.get(name)
        if job is None or job.parallel is None:
            return 1
        if isinstance(job.parallel, int):
            return job.parallel
        return sum(prod(len(values) for values in row.values()) for row in job.parallel.rows)

    def meant(self, need: Need, by: Job) -> Iterator[str]:
        """The names one need stands for: of the job, or of those its `parallel:matrix` chooses.

        `$[[ matrix.NAME ]]` there is any value that NAME has in the matrix of the job `by`.
        """
        if need.job is None:
            return
        if need.matrix is None:
            yield need.job
        else:
            rows = tuple(_with_own_values(row, by) for row in need.matrix)
            yield from matrix_names(need.job, rows)


def _with_own_values(row: dict[str, tuple[str, ...]], by: Job) -> dict[str, tuple[str, ...]]:
    if not any("$[[" in value for values in row.values() for value in values):
        return row
    own: dict[str, dict[str, None]] = {}
    if isinstance(by.parallel, Matrix):
        for mine in by.parallel.rows:
            for name, values in mine.items():
                own.setdefault(name, {}).update(dict.fromkeys(values))
    return {
        key: tuple(each for value in values for each in _interpolated(value, own))
        for key, values in row.items()
    }


def _interpolated(value: str, own: Mapping[str, Iterable[str]]) -> Iterator[str]:
    found = _MATRIX.search(value)
    if found is None or found[1] not in own:
        yield value
        return
    for each in own[found[1]]:
        yield from _interpolated(value[: found.start()] + each + value[found.end() :], own)


def parallel_names(job: Job) -> Iterator[str]:
    """The names `parallel` gives: `job 1/3`, or `job: [a, b]` with the values in written order."""
    match job.parallel:
        case None:
            return
        case int(total):
            yield from (f"{job.name} {index}/{total}" for index in range(1, total + 1))
        case matrix:
            yield from matrix_names(job.name, matrix.rows)


def matrix_names(name: str, rows: tuple[dict[str, tuple[str, ...]], ...]) -> Iterator[str]:
    """`name: [a, b]` for each combination of each row."""
    for row in rows:
        for values in product(*row.values()):
            yield f"{name}: [{', '.join(values)}]"
