"""The small parts of GitLab's API: version, user, job, project, tags, telemetry."""

from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, timestamp, unauthorized
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.pagination import paginate
from gluv.server.repository import GitCommit, GitTag
from gluv.server.routing import route
from gluv.store import JobRow, ReleaseRow


def user_json(gitlab: Gitlab) -> dict[str, Any]:
    """The one user, as in `author` and `user`."""
    user = gitlab.settings.user
    return {
        "id": user.id,
        "username": user.login,
        "name": user.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{gitlab.settings.base_url}/{user.login}",
    }


def commit_json(gitlab: Gitlab, commit: GitCommit) -> dict[str, Any]:
    """A commit of the repository."""
    return {
        "id": commit.id,
        "short_id": commit.short_id,
        "created_at": commit.committed_date,
        "parent_ids": commit.parents,
        "title": commit.title,
        "message": commit.message,
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "authored_date": commit.authored_date,
        "committer_name": commit.committer_name,
        "committer_email": commit.committer_email,
        "committed_date": commit.committed_date,
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{gitlab.settings.web_url}/-/commit/{commit.id}",
    }


def all_tags(gitlab: Gitlab) -> tuple[GitTag, ...]:
    """The repository's tags and those that releases created here, the newest first."""
    tags = {
        row.name: GitTag(
            name=row.name,
            sha=row.sha,
            target=row.sha,
            message=row.message,
            created_at=row.created_at,
        )
        for row in gitlab.store.releases.tags()
    }
    tags.update({tag.name: tag for tag in gitlab.repository.tags()})
    return tuple(sorted(tags.values(), key=lambda tag: (-tag.created_at, tag.name)))


def find_tag(gitlab: Gitlab, name: str) -> GitTag | None:
    """The tag of this name, from the repository or from a release."""
    return next((tag for tag in all_tags(gitlab) if tag.name == name), None)


def _version(call: Call) -> Response:
    settings = call.gitlab.settings
    if call.caller.anonymous and call.caller.job_token_unused is None:
        # GitLab tells its version to nobody; on a public project here reading needs no token.
        if settings.project.visibility != "public":
            raise unauthorized()
        settings.on_unauthenticated_read(call.request.url.path)
    server = settings.server
    return json_answer({"version": server.version, "revision": server.revision})


def _user(call: Call) -> Response:
    if call.caller.anonymous:
        raise unauthorized()
    user = call.gitlab.settings.user
    return json_answer(
        {**user_json(call.gitlab), "email": user.email, "bot": False, "external": False}
    )


def _job(call: Call) -> Response:
    job = call.caller.job
    if job is None:
        raise unauthorized()
    return json_answer(_job_json(call.gitlab, job))


def _job_json(gitlab: Gitlab, job: JobRow) -> dict[str, Any]:
    settings = gitlab.settings
    pipeline = gitlab.store.pipeline(job.pipeline_id)
    if pipeline is None:
        raise not_found()
    commit = gitlab.repository.commit(pipeline.sha)
    now = gitlab.store.now()
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
        "user": user_json(gitlab),
        "commit": commit_json(gitlab, commit) if commit is not None else None,
        "pipeline": {
            "id": pipeline.id,
            "iid": pipeline.iid,
            "project_id": settings.project.id,
            "sha": pipeline.sha,
            "ref": pipeline.ref,
            "status": pipeline.status,
            "source": pipeline.source,
            "created_at": timestamp(pipeline.created_at),
            "web_url": f"{settings.web_url}/-/pipelines/{pipeline.id}",
        },
        "web_url": f"{settings.web_url}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
    }


def _project(call: Call) -> Response:
    settings = call.gitlab.settings
    project, namespace = settings.project, settings.namespace
    path = project.path.rpartition("/")[2]
    group = namespace.rpartition("/")[2]
    return json_answer(
        {
            "id": project.id,
            "description": project.description,
            "name": settings.project_name,
            "name_with_namespace": f"{namespace.replace('/', ' / ')} / {settings.project_name}",
            "path": path,
            "path_with_namespace": project.path,
            "default_branch": project.default_branch,
            "tag_list": [],
            "topics": [],
            "http_url_to_repo": f"{settings.web_url}.git",
            "web_url": settings.web_url,
            "readme_url": None,
            "avatar_url": None,
            "visibility": project.visibility,
            "namespace": {
                "id": project.namespace_id,
                "name": group,
                "path": group,
                "kind": "group",
                "full_path": namespace,
                "web_url": f"{settings.base_url}/groups/{namespace}",
            },
            "archived": False,
            "packages_enabled": True,
            "jobs_enabled": True,
            "releases_access_level": "enabled",
        }
    )


def _tags(call: Call) -> Response:
    listed, headers = paginate(call, all_tags(call.gitlab))
    return json_answer([_tag_json(call.gitlab, tag) for tag in listed], headers=headers)


def _tag(call: Call) -> Response:
    tag = find_tag(call.gitlab, call.path["tag"])
    if tag is None:
        raise not_found("Tag")
    return json_answer(_tag_json(call.gitlab, tag))


def _tag_json(gitlab: Gitlab, tag: GitTag) -> dict[str, Any]:
    commit = gitlab.repository.commit(tag.sha)
    release: ReleaseRow | None = gitlab.store.releases.find(tag.name)
    return {
        "name": tag.name,
        "message": tag.message,
        "target": tag.target,
        "commit": commit_json(gitlab, commit) if commit is not None else None,
        "release": None
        if release is None
        else {"tag_name": release.tag, "description": release.description},
        "protected": False,
        "created_at": timestamp(tag.created_at) if tag.created_at else None,
    }


def _telemetry(call: Call) -> Response:
    return json_answer({}, 200)


ROUTES = (
    route("GET api/v4/version", Endpoint(answer=_version, accepts="user", scope="instance")),
    route("GET api/v4/metadata", Endpoint(answer=_version, accepts="user", scope="instance")),
    route("GET api/v4/user", Endpoint(answer=_user, accepts="user", scope="instance")),
    route("GET api/v4/job", Endpoint(answer=_job, accepts="job", scope="instance")),
    route(
        "POST api/v4/usage_data/track_event",
        Endpoint(answer=_telemetry, accepts="user", scope="instance"),
    ),
    route("GET api/v4/projects/:id", Endpoint(answer=_project, accepts="user", lenient=True)),
    route("GET api/v4/projects/:id/repository/tags", Endpoint(answer=_tags, accepts="job")),
    route(
        "GET api/v4/projects/:id/repository/tags/:tag",
        Endpoint(answer=_tag, accepts="user", lenient=True),
    ),
)
