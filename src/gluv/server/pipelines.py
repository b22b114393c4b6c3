"""GitLab's pipelines API, reading: what `gluv run` did."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer, no_record, refused
from gluv.server.call import Call, Endpoint
from gluv.server.declared import Param
from gluv.server.job_json import jobs_json
from gluv.server.pagination import paginate
from gluv.server.pipeline_json import newest_attempts, pipeline_basic_json, pipeline_json
from gluv.server.roles import DEVELOPER, MAINTAINER
from gluv.server.routing import Route, route
from gluv.store import JobRow, PipelineRow
from gluv.store.pipelines import Wanted

STATUSES = (
    *("created", "waiting_for_resource", "preparing", "waiting_for_callback", "pending"),
    *("running", "success", "failed", "canceling", "canceled", "skipped", "manual", "scheduled"),
)
_SOURCES = (
    *("push", "web", "trigger", "schedule", "api", "external", "pipeline", "chat", "webide"),
    *("merge_request_event", "external_pull_request_event", "parent_pipeline"),
    *("ondemand_dast_scan", "ondemand_dast_validation", "security_orchestration_policy"),
    *("container_registry_push", "duo_workflow", "unknown"),
)
_FINISHED = ("success", "failed", "canceled")

SCOPE = Param(name="scope", kind="strings", values=STATUSES, says="Only jobs with these statuses.")


def find_pipeline(call: Call) -> PipelineRow:
    """The pipeline of the path, or 404."""
    pipeline = call.gitlab.store.pipeline(call.given["pipeline_id"])
    if pipeline is None or pipeline.project_id != call.project.id:
        raise no_record()
    return pipeline


def _list(call: Call) -> Response:
    given, store = call.given, call.gitlab.store
    user_id = None
    if given["username"] is not None:
        user = store.people.named(given["username"])
        user_id = 0 if user is None else user.id
    wanted = Wanted(
        statuses=_statuses(given["scope"], given["status"]),
        ref=given["ref"],
        sha=given["sha"],
        source=given["source"],
        name=given["name"],
        user_id=user_id,
        newest_of=given["scope"] if given["scope"] in ("branches", "tags") else None,
        created_before=given["created_before"],
        created_after=given["created_after"],
        updated_before=given["updated_before"],
        updated_after=given["updated_after"],
        order=given["order_by"] or "id",
        descending=given["sort"] != "asc",
    )
    # What is not valid never becomes a pipeline here.
    found = () if given["yaml_errors"] else store.search_pipelines(call.project.id, wanted)
    listed, headers = paginate(call, found)
    return json_answer(
        [{**pipeline_basic_json(call.gitlab, one), "name": one.name} for one in listed],
        headers=headers,
    )


def _statuses(scope: str | None, status: str | None) -> tuple[str, ...] | None:
    by_scope = {"running": ("running",), "pending": ("pending",), "finished": _FINISHED}
    within = by_scope.get(scope or "")
    if status is None:
        return within
    return (status,) if within is None or status in within else ()


def _latest(call: Call) -> Response:
    ref = call.given["ref"] or call.project.default_branch
    sha = call.gitlab.repository(call.project).resolve(ref)
    found: Any = ()
    if sha is not None:
        wanted = Wanted(ref=ref, sha=sha)
        found = call.gitlab.store.search_pipelines(call.project.id, wanted)[:1]
    if not found:
        # GitLab asks whether one may read a pipeline that there is not.
        raise refused(403)
    return json_answer(pipeline_json(call.gitlab, found[0]))


def _show(call: Call) -> Response:
    return json_answer(pipeline_json(call.gitlab, find_pipeline(call)))


def _jobs(call: Call) -> Response:
    return _answer_jobs(call, lambda job: not job.bridge, retried=call.given["include_retried"])


def _bridges(call: Call) -> Response:
    return _answer_jobs(call, lambda job: job.bridge, retried=False)


def _answer_jobs(call: Call, wanted: Callable[[JobRow], bool], *, retried: bool | None) -> Response:
    jobs = call.gitlab.store.jobs_of(find_pipeline(call).id)
    if not retried:
        jobs = newest_attempts(jobs)
    scope = call.given["scope"]
    chosen = [job for job in jobs if wanted(job) and (not scope or job.status in scope)]
    listed, headers = paginate(call, chosen[::-1])
    return json_answer(jobs_json(call.gitlab, call.project, listed), headers=headers)


def _variables(call: Call) -> Response:
    pipeline, caller = find_pipeline(call), call.caller
    level = call.gitlab.door.level(caller, call.project)
    own = caller.user is not None and caller.user.id == pipeline.user_id and level >= DEVELOPER
    if level < MAINTAINER and not own:
        raise refused(403)
    listed, headers = paginate(call, [*pipeline.variables.items()])
    return json_answer(
        [
            {"variable_type": "env_var", "key": key, "value": value, "raw": False}
            for key, value in listed
        ],
        headers=headers,
    )


def _report(call: Call) -> Response:
    from gluv.server.unit_test_reports import show_report

    return show_report(call)


def _summary(call: Call) -> Response:
    from gluv.server.unit_test_reports import show_summary

    return show_summary(call)


_PIPELINES = "api/v4/projects/:id/pipelines"
_ID = Param(name="pipeline_id", kind="id", required=True)
_WHEN = tuple(
    Param(name=name, kind="datetime")
    for name in ("updated_before", "updated_after", "created_before", "created_after")
)


def _of_one(
    path: str, answer: Callable[[Call], Response], says: str, *, paged: bool = False
) -> Route:
    endpoint = Endpoint(
        answer=answer,
        accepts="user",
        needs="read_build",
        params=(_ID,),
        paged=paged,
        says=says,
    )
    return route(f"GET {_PIPELINES}/:pipeline_id{path}", endpoint)


ROUTES = (
    route(
        f"GET {_PIPELINES}",
        Endpoint(
            answer=_list,
            accepts="user",
            needs="read_build",
            params=(
                Param(name="scope", values=("running", "pending", "finished", "branches", "tags")),
                Param(name="status", values=STATUSES),
                Param(name="ref"),
                Param(name="sha"),
                Param(name="source", values=_SOURCES),
                Param(name="name"),
                Param(name="username", says="Who started it."),
                Param(name="yaml_errors", kind="boolean", says="Here there are none with errors."),
                *_WHEN,
                Param(name="order_by", values=("id", "status", "ref", "updated_at", "user_id")),
                Param(name="sort", values=("desc", "asc")),
            ),
            paged=True,
            says="The pipelines of a project; child pipelines with source=parent_pipeline.",
        ),
    ),
    route(
        f"GET {_PIPELINES}/latest",
        Endpoint(
            answer=_latest,
            accepts="user",
            needs="read_build",
            params=(Param(name="ref", says="A branch or a tag; the default branch."),),
            says="The newest pipeline of what a branch or a tag is now.",
        ),
    ),
    _of_one("", _show, "A pipeline."),
    route(
        f"GET {_PIPELINES}/:pipeline_id/jobs",
        Endpoint(
            answer=_jobs,
            needs="read_build",
            params=(
                _ID,
                SCOPE,
                Param(name="include_retried", kind="boolean", says="Earlier attempts too."),
            ),
            paged=True,
            says="The jobs of a pipeline, the newest first.",
        ),
    ),
    route(
        f"GET {_PIPELINES}/:pipeline_id/bridges",
        Endpoint(
            answer=_bridges,
            accepts="user",
            needs="read_build",
            params=(_ID, SCOPE),
            paged=True,
            says="The jobs of a pipeline that start others.",
        ),
    ),
    _of_one(
        "/variables", _variables, "The variables that a pipeline was started with.", paged=True
    ),
    _of_one("/test_report", _report, "Its tests."),
    _of_one("/test_report_summary", _summary, "Its tests in numbers."),
)
