"""Pipelines as lists show them: one row each, with the little graph of its stages."""

from collections.abc import Iterable, Mapping

import msgspec

from gluv.server.call import Call
from gluv.server.pages.words import Look, counted, look_of_all, look_of_job, look_of_pipeline
from gluv.store import JobRow, PipelineRow, ProjectRow


class StageLook(msgspec.Struct, frozen=True, kw_only=True):
    """A stage as a dot of the little graph."""

    name: str
    look: Look
    said: str


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline in a list; `who` is the person's name, `title` that of the commit."""

    row: PipelineRow
    look: Look
    stages: tuple[StageLook, ...]
    who: str
    title: str
    began: float | None


def lines_of(
    call: Call,
    project: ProjectRow,
    rows: Iterable[PipelineRow],
    jobs: Mapping[int, Iterable[JobRow]] | None = None,
) -> tuple[RunLine, ...]:
    """Pipelines of a project as lines, with one question to each table and to git.

    `jobs` are theirs by pipeline, if they are known.
    """
    rows, listings = tuple(rows), call.gitlab.store.listings
    jobs = listings.jobs(row.id for row in rows) if jobs is None else jobs
    people = listings.users({row.user_id for row in rows})
    titles = titles_of(call, project, [row.sha for row in rows])
    lines = []
    for row in rows:
        last = last_attempts(jobs.get(row.id, ()))
        user = people.get(row.user_id)
        lines.append(
            RunLine(
                row=row,
                look=look_of_pipeline(row, last),
                stages=stages_of(last),
                who=user.name if user is not None else "",
                title=titles[row.sha],
                began=began_at(row, last),
            )
        )
    return tuple(lines)


def titles_of(call: Call, project: ProjectRow, shas: list[str]) -> dict[str, str]:
    """The titles of commits."""
    repository = call.gitlab.repository(project)
    return dict(call.gitlab.memory.titles.of(project.id, shas, repository.titles))


def last_attempts(jobs: Iterable[JobRow]) -> tuple[JobRow, ...]:
    """The last attempt at each job, in the order of the first ones."""
    last: dict[str, JobRow] = {}
    for job in jobs:
        last[job.name] = job
    return tuple(last.values())


def began_at(row: PipelineRow, jobs: Iterable[JobRow]) -> float | None:
    """When a pipeline that is still running began, None once it is over."""
    if row.status != "running":
        return None
    return min((job.started_at for job in jobs if job.started_at), default=row.created_at)


def stages_of(jobs: Iterable[JobRow]) -> tuple[StageLook, ...]:
    """The stages of a pipeline in their order."""
    stages: dict[str, list[JobRow]] = {}
    for job in jobs:
        stages.setdefault(job.stage, []).append(job)
    return tuple(
        StageLook(name=name, look=(look := look_of_all(inside)), said=_said(name, look, inside))
        for name, inside in stages.items()
    )


def _said(name: str, look: Look, jobs: list[JobRow]) -> str:
    done = sum(look_of_job(job).icon == "success" for job in jobs)
    return f"{name}: {look.word.lower()}, {done} of {counted(len(jobs), 'job')} passed"
