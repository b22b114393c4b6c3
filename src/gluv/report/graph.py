"""The plan as a graph: what every drawing starts from."""

from collections.abc import Callable

import msgspec

from gluv.plan.model import Plan, PlannedJob
from gluv.report.title import title_of


class GraphJob(msgspec.Struct, frozen=True, kw_only=True):
    """A node.

    `waits` is False for a job that waits for no other: it starts at once. `by_stage` is True where
    it waits for all jobs of earlier stages, which has no edges. `notes` are short words on how it
    runs.
    """

    name: str
    stage: str
    needs: tuple[str, ...]
    by_stage: bool
    waits: bool
    notes: tuple[str, ...] = ()
    image: str | None = None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """Stages that have jobs, in order, and their jobs; `title` says which pipeline."""

    title: str
    stages: tuple[str, ...]
    jobs: tuple[GraphJob, ...]

    def of_stage(self, stage: str) -> tuple[GraphJob, ...]:
        """The jobs of a stage, as written."""
        return tuple(job for job in self.jobs if job.stage == stage)


def build_graph(plan: Plan, conceal: Callable[[str], str] = lambda text: text) -> Graph:
    """Stages and needs of a plan; a need of a job that does not run is no edge.

    `conceal` takes what must not be seen out of texts that may hold values of variables.
    """
    stages = tuple(stage for stage in plan.stages if any(job.stage == stage for job in plan.jobs))
    names = {job.name for job in plan.jobs}
    return Graph(
        title=conceal(title_of(plan)),
        stages=stages,
        jobs=tuple(_job(job, names, conceal, first=stages[0]) for job in plan.jobs),
    )


def notes_of(job: PlannedJob) -> tuple[str, ...]:
    """How the job runs, where that is not the usual: its `when`, `allow_failure`."""
    notes = [job.when] if job.when != "on_success" else []
    if job.trigger is not None:
        notes.append("trigger")
    if job.allow_failure:
        notes.append("allow_failure")
    return tuple(notes)


def _job(
    job: PlannedJob, names: set[str], conceal: Callable[[str], str], *, first: str
) -> GraphJob:
    needs = tuple(dict.fromkeys(need.job for need in job.needs or () if need.job in names))
    by_stage = job.needs is None and job.stage != first
    return GraphJob(
        name=job.name,
        stage=job.stage,
        needs=needs,
        by_stage=by_stage,
        waits=by_stage or bool(needs),
        notes=notes_of(job),
        image=conceal(job.image.name) if job.image is not None else None,
    )
