"""A pipeline: its graph, what failed and why, its tests, and the pipelines above and below it."""

import msgspec

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.pages.ends import End, read_end
from gluv.server.pages.graph import By, build_graph
from gluv.server.pages.outcomes import Tests, sum_of, tests_of
from gluv.server.pages.page import Page, path_of
from gluv.server.pages.paging import number_of, word_of
from gluv.server.pages.runs import last_attempts, lines_of
from gluv.server.pages.words import Look, counted, look_of, look_of_job
from gluv.store import JobRow, PipelineRow

VIEWS = ("stage", "needs", "list")

MOST_FAILURES = 20
"""Failed jobs whose last lines are shown."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A job that failed, the end of its log, and the tests that failed in it."""

    job: JobRow
    look: Look
    end: End
    tests: Tests | None


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline above or below; `path` is its page, `job` the bridge between."""

    row: PipelineRow
    look: Look
    path: str
    project: str
    job: str


def view(call: Call) -> Page:
    """A pipeline's page; `?view=` chooses how the jobs are laid out."""
    store = call.gitlab.store
    row = store.pipeline(number_of(call.path["pipeline"]))
    if row is None or row.project_id != call.project.id:
        raise not_found()
    chosen = word_of(call.params, "view")
    chosen = chosen if chosen in VIEWS else "stage"
    jobs = store.jobs_of(row.id)
    last = last_attempts(jobs)
    below = store.listings.downstream(job.id for job in jobs if job.bridge)
    failed = sorted(
        (job for job in last if job.status == "failed"), key=lambda job: job.allow_failure
    )
    counts = {job.id: tests_of(call, job.id) for job in last if look_of_job(job).is_over}
    by: By = "needs" if chosen == "needs" else "stage"
    measured = [job.coverage for job in last if job.coverage is not None]
    done = sum(look_of_job(job).is_over for job in last)
    return Page(
        template="pipeline.html",
        here=call.project,
        live=row.status == "running",
        values={
            "run": lines_of(call, call.project, [row], {row.id: jobs})[0],
            "jobs": jobs,
            "last": last,
            "view": chosen,
            "graph": build_graph(jobs, below, by=by),
            "failures": tuple(
                Failure(
                    job=job,
                    look=look_of_job(job),
                    end=read_end(store.log_path(job.id)),
                    tests=counts.get(job.id),
                )
                for job in failed[:MOST_FAILURES]
            ),
            "tests": sum_of(counts.values()),
            "coverage": sum(measured) / len(measured) if measured else None,
            "progress": f"{done} of {counted(len(last), 'job')} done",
            "upstream": _upstream(call, row),
            "downstream": tuple(
                one
                for job in last
                if job.id in below and (one := _related(call, below[job.id], job.name)) is not None
            ),
        },
    )


def _upstream(call: Call, row: PipelineRow) -> Related | None:
    store = call.gitlab.store
    job = store.job(row.parent_job) if row.parent_job is not None else None
    above = store.pipeline(job.pipeline_id) if job is not None else None
    return None if above is None or job is None else _related(call, above, job.name)


def _related(call: Call, row: PipelineRow, job: str) -> Related | None:
    """Another pipeline, if the caller may see it."""
    project = call.gitlab.store.projects.find(row.project_id)
    if project is None or not call.gitlab.door.may(call.caller, "read_build", project):
        return None
    return Related(
        row=row,
        look=look_of(row.status),
        path=f"{path_of(project)}/-/pipelines/{row.id}",
        project="" if project.id == call.project.id else project.path,
        job=job,
    )
