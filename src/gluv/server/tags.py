"""Tags: those of the git repository, and those that releases created here."""

import re
from typing import Any

from starlette.responses import Response

from gluv.server.answers import json_answer, not_found, timestamp
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.commit_json import commit_json
from gluv.server.declared import Param
from gluv.server.pagination import paginate
from gluv.server.repository import GitTag
from gluv.server.routing import route
from gluv.store import ProjectRow


def all_tags(gitlab: Gitlab, project: ProjectRow) -> tuple[GitTag, ...]:
    """The repository's tags and those that releases created here, the newest first."""
    tags = {
        row.name: GitTag(
            name=row.name,
            sha=row.sha,
            target=row.sha,
            message=row.message,
            created_at=row.created_at,
        )
        for row in gitlab.store.releases.tags(project.id)
    }
    tags.update({tag.name: tag for tag in gitlab.repository(project).tags()})
    return tuple(sorted(tags.values(), key=lambda tag: (-tag.created_at, tag.name)))


def find_tag(gitlab: Gitlab, project: ProjectRow, name: str) -> GitTag | None:
    """The tag of this name, from the repository or from a release."""
    return next((tag for tag in all_tags(gitlab, project) if tag.name == name), None)


def _tags(call: Call) -> Response:
    given, found = call.given, [*all_tags(call.gitlab, call.project)]
    if given["search"]:
        found = [tag for tag in found if matches(tag.name, given["search"])]
    if given["order_by"] == "name":
        found.sort(key=lambda tag: tag.name, reverse=True)
    elif given["order_by"] == "version":
        found.sort(key=lambda tag: _version(tag.name), reverse=True)
    listed, headers = paginate(call, found[::-1] if given["sort"] == "asc" else found)
    return json_answer([_tag_json(call, tag) for tag in listed], headers=headers)


def matches(name: str, search: str) -> bool:
    """Whether a branch or tag is looked for: `^` is its start, `$` its end, case plays no part."""
    name, wanted = name.casefold(), search.casefold()
    if wanted.startswith("^"):
        return name.startswith(wanted[1:])
    return name.endswith(wanted[:-1]) if wanted.endswith("$") else wanted in name


def _version(name: str) -> list[tuple[int, int, str]]:
    """A key under which numbers within a name count as numbers."""
    parts = re.findall(r"\d+|\D+", name.removeprefix("v"), re.ASCII)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def _tag(call: Call) -> Response:
    tag = find_tag(call.gitlab, call.project, call.path["tag_name"])
    if tag is None:
        raise not_found("Tag")
    return json_answer(_tag_json(call, tag))


def _tag_json(call: Call, tag: GitTag) -> dict[str, Any]:
    release = call.gitlab.store.releases.find(call.project.id, tag.name)
    return {
        "name": tag.name,
        "message": tag.message,
        "target": tag.target,
        "commit": commit_json(call.gitlab, call.project, tag.sha),
        "release": None
        if release is None
        else {"tag_name": release.tag, "description": release.description},
        "protected": call.project.protects(tag.name),
        "created_at": timestamp(tag.created_at) if tag.created_at else None,
    }


_TAGS = "api/v4/projects/:id/repository/tags"

ROUTES = (
    route(
        f"GET {_TAGS}",
        Endpoint(
            answer=_tags,
            needs="read_code",
            params=(
                Param(name="order_by", values=("updated", "name", "version")),
                Param(name="sort", values=("desc", "asc")),
                Param(name="search", says="Part of the name; ^ is its start, $ its end."),
            ),
            paged=True,
            says="The tags.",
        ),
    ),
    # No job token may read a single tag, and glab counts on the 404.
    route(
        f"GET {_TAGS}/:tag_name",
        Endpoint(answer=_tag, accepts="user", needs="read_code", lenient=True, says="A tag."),
    ),
)
