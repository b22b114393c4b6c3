"""The small parts of GitLab's API: version, user, job, telemetry."""

from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, timestamp, unauthorized
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.commit_json import commit_json
from gluv.server.people_json import user_json
from gluv.server.routing import route
from gluv.store import JobRow


def _version(call: Call) -> Response:
    gitlab, caller = call.gitlab, call.caller
    if caller.anonymous and caller.job_token_unused is None:
        # GitLab tells its version to nobody; here it does where a project is public.
        open_ones = [one for one in gitlab.store.projects.all() if gitlab.door.sees(caller, one)]
        if not open_ones:
            raise unauthorized()
        gitlab.door.report(caller, call.request.url.path, open_ones)
    server = gitlab.settings.server
    return json_answer({"version": server.version, "revision": server.revision})


def _user(call: Call) -> Response:
    user = call.caller.user
    if user is None:
        raise unauthorized()
    return json_answer(
        {
            **user_json(call.gitlab, user),
            "email": user.email,
            "bot": user.bot,
            "external": False,
            "is_admin": user.admin,
        }
    )


def _job(call: Call) -> Response:
    job = call.caller.job
    if job is None:
        raise unauthorized()
    return json_answer(_job_json(call.gitlab, job))


def _job_json(gitlab: Gitlab, job: JobRow) -> dict[str, Any]:
    pipeline = gitlab.store.pipeline(job.pipeline_id)
    project = gitlab.store.projects.find(pipeline.project_id) if pipeline is not None else None
    if pipeline is None or project is None:
        raise not_found()
    user, now = gitlab.store.people.find(pipeline.user_id), gitlab.store.now()
    web_url = gitlab.settings.project_url(project)
    return {
        "id": job.id,
        "status": job.status,
        "stage": job.stage,
        "name": job.name,
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "coverage": None,
        "allow_failure": False,
        "created_at": timestamp(job.created_at),
        "started_at": timestamp(job.started_at) if job.started_at is not None else None,
        "finished_at": None,
        "duration": now - job.started_at if job.started_at is not None else None,
        "user": user_json(gitlab, user) if user is not None else None,
        "commit": commit_json(gitlab, project, pipeline.sha),
        "pipeline": {
            "id": pipeline.id,
            "iid": pipeline.iid,
            "project_id": project.id,
            "sha": pipeline.sha,
            "ref": pipeline.ref,
            "status": pipeline.status,
            "source": pipeline.source,
            "created_at": timestamp(pipeline.created_at),
            "web_url": f"{web_url}/-/pipelines/{pipeline.id}",
        },
        "web_url": f"{web_url}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
    }


def _telemetry(call: Call) -> Response:
    return json_answer({}, 200)


ROUTES = (
    route("GET api/v4/version", Endpoint(answer=_version, accepts="user", scope="instance")),
    route("GET api/v4/metadata", Endpoint(answer=_version, accepts="user", scope="instance")),
    route(
        "GET api/v4/user",
        Endpoint(
            answer=_user, accepts="user", scope="instance", scopes=("api", "read_api", "read_user")
        ),
    ),
    route("GET api/v4/job", Endpoint(answer=_job, accepts="job", scope="instance")),
    route(
        "POST api/v4/usage_data/track_event",
        Endpoint(answer=_telemetry, accepts="user", scope="instance"),
    ),
)
