"""Jobs against events: in which kinds of pipeline each job of a configuration is."""

from collections.abc import Iterator, Sequence

import msgspec

from gluv.config.model import Config
from gluv.plan.builder import ordered_legs
from gluv.plan.json import problem_object
from gluv.plan.model import Plan


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One event by its name, with its plan; `config` is None where it could not be read."""

    name: str
    config: Config | None
    plan: Plan


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A job in one event: the final names that are in, their `when`, or why none is.

    `total` counts the legs that the file would make of the job.
    """

    jobs: tuple[str, ...] = ()
    total: int = 1
    when: str | None = None
    why: str = ""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A job of the file, with one cell a column."""

    job: str
    stage: str
    cells: tuple[Cell, ...]


def build_matrix(columns: Sequence[Column]) -> tuple[Row, ...]:
    """A row for each job that any of the events knows, by stage and then as written."""
    stages: dict[str, str] = {}
    order: list[str] = []
    for column in columns:
        if column.config is not None:
            order += [stage for stage in column.config.stages if stage not in order]
            for name, job in column.config.jobs.items():
                stages.setdefault(name, job.stage)
    cells = [_cells(column) for column in columns]
    names = sorted(
        stages, key=lambda name: order.index(stages[name]) if stages[name] in order else len(order)
    )
    absent = Cell(total=0, why="the configuration of this event has no such job")
    return tuple(
        Row(job=name, stage=stages[name], cells=tuple(each.get(name, absent) for each in cells))
        for name in names
    )


def matrix_object(columns: Sequence[Column]) -> dict[str, object]:
    """The matrix as plain data; `docs/contexts.schema.json` describes it."""
    return {
        "contexts": [
            {
                "name": column.name,
                "pipeline": _pipeline(column.plan),
                "reason": column.plan.reason or None,
                "problems": [problem_object(problem) for problem in column.plan.problems],
            }
            for column in columns
        ],
        "jobs": [
            {
                "name": row.job,
                "stage": row.stage,
                "contexts": {
                    column.name: {
                        "when": cell.when,
                        "jobs": list(cell.jobs),
                        "why": cell.why or None,
                    }
                    for column, cell in zip(columns, row.cells, strict=True)
                },
            }
            for row in build_matrix(columns)
        ],
    }


def _pipeline(plan: Plan) -> dict[str, object] | None:
    pipeline = plan.pipeline
    if pipeline is None:
        return None
    return {
        "name": pipeline.name,
        "source": pipeline.source,
        "ref": pipeline.ref,
        "tag": pipeline.tag,
    }


def _cells(column: Column) -> dict[str, Cell]:
    if column.config is None:
        return {}
    total: dict[str, int] = {}
    base: dict[str, str] = {}
    for leg in ordered_legs(column.config):
        total[leg.job.name] = leg.total
        base[leg.name] = leg.job.name
    return dict(_filled(column, total, base))


def _filled(
    column: Column, total: dict[str, int], base: dict[str, str]
) -> Iterator[tuple[str, Cell]]:
    present: dict[str, list[str]] = {}
    when: dict[str, str] = {}
    for job in column.plan.jobs:
        present.setdefault(job.base_name, []).append(job.name)
        when.setdefault(job.base_name, job.when)
    why = {base.get(out.name, out.name): out.why for out in column.plan.skipped}
    for name, legs in total.items():
        jobs = tuple(present.get(name, ()))
        reason = "" if jobs else why.get(name, column.plan.reason)
        yield name, Cell(jobs=jobs, total=legs, when=when.get(name), why=reason)
