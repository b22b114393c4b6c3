"""The names by which jobs can be needed: their own, and those that `parallel` makes of them."""

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod

from gluv.config.closest import Closest
from gluv.config.keywords.job import Job
from gluv.config.keywords.needs import Need


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

    def meant(self, need: Need) -> Iterator[str]:
        """The names one need stands for: of the job, or of those its `parallel:matrix` chooses."""
        if need.job is None:
            return
        if need.matrix is None:
            yield need.job
        else:
            yield from matrix_names(need.job, need.matrix)


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
