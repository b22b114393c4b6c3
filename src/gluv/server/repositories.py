"""Branches, commits and files of a project's git repository, reading."""

import hashlib
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, refused
from gluv.server.call import Call, Endpoint
from gluv.server.commit_json import commit_json
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.pipeline_json import pipeline_basic_json
from gluv.server.routing import route
from gluv.server.tags import matches
from gluv.store.pipelines import Wanted

LARGEST_FILE = 50 * 1024 * 1024
"""Bytes of a file of git that is served; it is held in memory."""


def _branches(call: Call) -> Response:
    search = call.given["search"]
    found = [
        branch
        for branch in call.gitlab.repository(call.project).branches()
        if not search or matches(branch[0], search)
    ]
    listed, headers = paginate(call, found)
    merged = call.gitlab.repository(call.project).merged_into(call.project.default_branch)
    return json_answer([_branch_json(call, *one, merged) for one in listed], headers=headers)


def _branch(call: Call) -> Response:
    repository = call.gitlab.repository(call.project)
    for name, sha in repository.branches():
        if name == call.path["branch"]:
            merged = repository.merged_into(call.project.default_branch)
            return json_answer(_branch_json(call, name, sha, merged))
    raise not_found("Branch")


def _branch_json(call: Call, name: str, sha: str, merged: frozenset[str]) -> dict[str, Any]:
    project, default = call.project, name == call.project.default_branch
    url = call.gitlab.settings.project_url(project)
    return {
        "name": name,
        "commit": commit_json(call.gitlab, project, sha),
        "merged": name in merged and not default,
        "protected": project.protects(name),
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": False,
        "default": default,
        "web_url": f"{url}/-/tree/{quote(name)}",
    }


def _commit(call: Call) -> Response:
    gitlab, project = call.gitlab, call.project
    repository = gitlab.repository(project)
    sha = repository.resolve(call.path["sha"])
    body = None if sha is None else commit_json(gitlab, project, sha)
    if sha is None or body is None:
        raise not_found("Commit")
    body["project_id"] = project.id
    if call.given["stats"] is not False:
        added, removed = repository.changed_lines(sha)
        body["stats"] = {"additions": added, "deletions": removed, "total": added + removed}
    last = [*gitlab.store.search_pipelines(project.id, Wanted(sha=sha))[:1]]
    if not gitlab.door.may(call.caller, "read_build", project):
        last = []
    body["status"] = last[0].status if last else None
    body["last_pipeline"] = pipeline_basic_json(gitlab, last[0]) if last else None
    return json_answer(body)


def _raw_file(call: Call) -> Response:
    repository = call.gitlab.repository(call.project)
    ref, path = call.given["ref"] or "HEAD", call.given["file_path"]
    sha = repository.resolve(call.project.default_branch if ref == "HEAD" else ref)
    if sha is None:
        raise not_found("Commit")
    found = repository.blob(sha, path)
    if found is None:
        raise not_found("File")
    blob_id, size = found
    if size > LARGEST_FILE:
        raise refused(413)
    content = repository.read(sha, path)
    if content is None:
        raise not_found("File")
    name = path.rpartition("/")[2]
    told = {
        "X-Gitlab-Blob-Id": blob_id,
        "X-Gitlab-Commit-Id": sha,
        "X-Gitlab-Content-Sha256": hashlib.sha256(content).hexdigest(),
        "X-Gitlab-Encoding": "base64",
        "X-Gitlab-File-Name": quote(name, safe=" "),
        "X-Gitlab-File-Path": quote(path, safe="/ "),
        "X-Gitlab-Last-Commit-Id": repository.last_change(sha, path),
        "X-Gitlab-Ref": quote(ref, safe="/"),
        "X-Gitlab-Size": str(size),
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, 200, told, media_type="text/plain")


_REPOSITORY = "api/v4/projects/:id/repository"

ROUTES = (
    route(
        f"GET {_REPOSITORY}/branches",
        Endpoint(
            answer=_branches,
            needs="read_code",
            params=(Param(name="search", says="Part of the name; ^ is its start, $ its end."),),
            paged=True,
            says="The branches.",
        ),
    ),
    route(
        f"GET {_REPOSITORY}/branches/:branch",
        Endpoint(answer=_branch, accepts="user", needs="read_code", says="A branch."),
    ),
    route(
        f"GET {_REPOSITORY}/commits/:sha",
        Endpoint(
            answer=_commit,
            needs="read_code",
            params=(Param(name="stats", kind="boolean", says="With numbers of lines."),),
            says="A commit, by its id, a branch or a tag.",
        ),
    ),
    route(
        f"GET {_REPOSITORY}/files/:file_path/raw",
        Endpoint(
            answer=_raw_file,
            needs="read_code",
            # Everybody on this machine reaches the server, and not everybody may read the folder.
            login=True,
            params=(
                Param(name="file_path", kind="path", required=True),
                Param(name="ref", says="A branch, tag or commit; the default branch."),
            ),
            says="A file of a commit, as it is.",
            media="text/plain",
        ),
    ),
)
