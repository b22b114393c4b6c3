"""`parallel:`: one job of the file becomes several, with GitLab's names."""

from collections.abc import Iterator
from itertools import product

import msgspec

from gluv.config.keywords.job import Job
from gluv.config.keywords.parallel import Matrix


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One job to come: its name, which of how many, and the matrix variables it gets."""

    job: Job
    name: str
    index: int | None = None
    total: int = 1
    matrix: dict[str, str] = {}


def legs(job: Job) -> tuple[Leg, ...]:
    """The legs of a job: itself, `name 1/3`, or `name: [a, b]`, in GitLab's order."""
    match job.parallel:
        case None:
            return (Leg(job=job, name=job.name),)
        case Matrix(rows=rows):
            combinations = list(_combinations(rows))
            return tuple(
                Leg(
                    job=job,
                    name=matrix_name(job.name, values),
                    index=index,
                    total=len(combinations),
                    matrix=values,
                )
                for index, values in enumerate(combinations, 1)
            )
        case total:
            return tuple(
                Leg(job=job, name=f"{job.name} {index}/{total}", index=index, total=total)
                for index in range(1, total + 1)
            )


def matrix_name(name: str, values: dict[str, str]) -> str:
    """`name: [a, b]`, the values in the order of their keys."""
    return f"{name}: [{', '.join(values.values())}]"


def matrix_names(name: str, rows: tuple[dict[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    """The names that `needs:parallel:matrix` rows mean."""
    return tuple(matrix_name(name, values) for values in _combinations(rows))


def _combinations(rows: tuple[dict[str, tuple[str, ...]], ...]) -> Iterator[dict[str, str]]:
    for row in rows:
        for values in product(*row.values()):
            yield dict(zip(row, values, strict=True))
