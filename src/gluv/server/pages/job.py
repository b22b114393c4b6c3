"""A job: its log, what is known about it, what failed, its other attempts."""

from starlette.responses import Response

from gluv.server.answers import not_found
from gluv.server.call import Call
from gluv.server.pages.ends import read_facts
from gluv.server.pages.headers import FOREIGN, PAGE
from gluv.server.pages.log_html import ALL_LINES, LogHtml, line_html, run_html
from gluv.server.pages.logs import Log, log_of, plain_text
from gluv.server.pages.outcomes import artifacts_of, tests_of
from gluv.server.pages.page import Page, path_of
from gluv.server.pages.paging import number_of
from gluv.server.pages.releases import releases_seen
from gluv.server.pages.runs import last_attempts, titles_of
from gluv.server.pages.sending import streamed
from gluv.server.pages.words import look_of, look_of_job
from gluv.store import JobRow, PipelineRow


def view(call: Call) -> Page:
    """A job's page; `?line=` chooses the part of a long log."""
    store = call.gitlab.store
    job, pipeline = find_job(call)
    log = log_of(call.gitlab.memory.logs, store.log_path(job.id))
    running = not look_of_job(job).is_over
    around = number_of(call.params.get("line"))
    base = f"{path_of(call.project)}/-/jobs/{job.id}"
    partial = log.partial() if not running else None
    jobs = store.jobs_of(pipeline.id)
    may = call.gitlab.door.may
    published = may(call.caller, "read_package", call.project)
    uploads = store.packages.uploaded_by((job.id,)) if published else ()
    made = {row.id for row in store.releases.created_by((job.id,))}
    seen = (
        releases_seen(call, call.project) if may(call.caller, "read_release", call.project) else ()
    )
    return Page(
        template="job.html",
        here=call.project,
        live=running,
        log=(job.id, log.offset) if running else None,
        values={
            "job": job,
            "look": look_of_job(job),
            "pipeline": pipeline,
            "pipeline_look": look_of(pipeline.status),
            "title": titles_of(call, call.project, [pipeline.sha])[pipeline.sha],
            "log": LogHtml(log, around=around, link=f"{base}?line="),
            "log_lines": log.lines,
            "log_is_cut": log.lines > ALL_LINES,
            "last_line": line_html(partial) if partial is not None else "",
            "fault": log.fault if job.status == "failed" else 0,
            "fault_link": _fault_link(log, base),
            "facts": read_facts(store.log_path(job.id)),
            "attempts": [one for one in jobs if one.name == job.name],
            "siblings": last_attempts(jobs),
            "tests": tests_of(call, job.id) if not running else None,
            "artifacts": artifacts_of(call, job.id),
            "now": store.now(),
            "uploads": [(file, store.packages.find(file.package_id)) for file in uploads],
            "releases": [row for row in seen if row.id in made],
        },
    )


def lines(call: Call) -> Response:
    """Some lines of a log as a piece of HTML, for a page that shows only a part."""
    job, _ = find_job(call)
    log = log_of(call.gitlab.memory.logs, call.gitlab.store.log_path(job.id))
    first = number_of(call.path["first"])
    run = next((run for run in log.runs() if run.first == first), None)
    if run is None:
        raise not_found()
    return Response(run_html(log, run), headers=dict(PAGE), media_type="text/html")


def raw(call: Call) -> Response:
    """The whole log as text."""
    job, _ = find_job(call)
    path = call.gitlab.store.log_path(job.id)
    blocks = plain_text(path) if path.exists() else iter(())
    return streamed(call, blocks, FOREIGN, "text/plain")


def find_job(call: Call) -> tuple[JobRow, PipelineRow]:
    """The job of the path and its pipeline, if they are the project's. Raises `Refused`."""
    store = call.gitlab.store
    job = store.job(number_of(call.path["job"]))
    pipeline = store.pipeline(job.pipeline_id) if job is not None else None
    if job is None or pipeline is None or pipeline.project_id != call.project.id:
        raise not_found()
    return job, pipeline


def _fault_link(log: Log, base: str) -> str:
    """Where the first sign of a fault is, whether or not the page shows that line."""
    place = f"#L{log.fault}"
    return place if log.lines <= ALL_LINES else f"{base}?line={log.fault}{place}"
