"""Releases and links as GitLab's API shows them."""

from typing import Any
from urllib.parse import quote

import msgspec

from gluv.server.access import Caller
from gluv.server.answers import timestamp
from gluv.server.call import Call, Gitlab
from gluv.server.commit_json import commit_json
from gluv.server.markup import rendered
from gluv.server.people_json import author_json
from gluv.store import LinkRow, ProjectRow, ReleaseRow

SOURCES = ("zip", "tar.gz", "tar.bz2", "tar")


def release_url(gitlab: Gitlab, project: ProjectRow, tag: str) -> str:
    """The release's web page."""
    return f"{gitlab.settings.project_url(project)}/-/releases/{quote(tag, safe='')}"


def link_url(gitlab: Gitlab, link: LinkRow) -> str:
    """Where a link leads today.

    A link to this GitLab was stored with the port of the run that made it; it follows the server to
    its port of now.
    """
    for address in gitlab.store.releases.addresses():
        if link.url.startswith(f"{address}/"):
            return gitlab.settings.base_url + link.url.removeprefix(address)
    return link.url


def direct_asset_url(gitlab: Gitlab, project: ProjectRow, tag: str, link: LinkRow) -> str:
    """The permanent URL of a link: below the release if it has a path, else its own URL."""
    if link.filepath is None:
        return link_url(gitlab, link)
    return f"{release_url(gitlab, project, tag)}/downloads{quote(link.filepath)}"


def link_json(gitlab: Gitlab, project: ProjectRow, tag: str, link: LinkRow) -> dict[str, Any]:
    """A release link."""
    url = link_url(gitlab, link)
    return {
        "id": link.id,
        "name": link.name,
        "url": url,
        "direct_asset_url": direct_asset_url(gitlab, project, tag, link),
        "external": not url.startswith(gitlab.settings.project_url(project)),
        "link_type": link.link_type,
    }


def as_seen(gitlab: Gitlab, caller: Caller, project: ProjectRow, row: ReleaseRow) -> ReleaseRow:
    """A release as a caller may see it: tag, name and commit are only for who may read the code."""
    if gitlab.door.may(caller, "read_code", project):
        return row
    return msgspec.structs.replace(row, tag="", name=f"Release-{row.id}", sha="")


def release_json(call: Call, project: ProjectRow, release: ReleaseRow) -> dict[str, Any]:
    """A release with its links; who may not read the code is not shown what comes from it."""
    gitlab, caller, tag = call.gitlab, call.caller, release.tag
    links = gitlab.store.releases.links_of(release.id)
    code = gitlab.door.may(caller, "read_code", project)
    page, path = release_url(gitlab, project, tag), f"/{quote(project.path)}"
    commit = commit_json(gitlab, project, release.sha) if code else None
    sources = source_links(gitlab, project, tag) if commit is not None else []
    body: dict[str, Any] = {"tag_name": tag} if code else {}
    body |= {
        "name": as_seen(gitlab, caller, project, release).name,
        "description": release.description,
        "created_at": timestamp(release.created_at),
        "released_at": timestamp(release.released_at),
        "upcoming_release": release.released_at > gitlab.store.now(),
        "author": author_json(gitlab, release.author),
        "assets": {
            "count": len(sources) + len(links),
            **({"sources": sources} if sources else {}),
            "links": [link_json(gitlab, project, tag, link) for link in links],
        },
        "_links": {"self": page},
    }
    if code:
        body |= {
            "commit": commit,
            "commit_path": f"{path}/-/commit/{release.sha}",
            "tag_path": f"{path}/-/tags/{quote(tag, safe='')}",
            "evidences": [],
        }
    if gitlab.door.may(caller, "create_release", project):
        body["_links"]["edit_url"] = f"{page}/edit"
    if call.given.get("include_html_description"):
        body["description_html"] = str(rendered(release.description, "markdown", below=1))
    return body


def source_links(gitlab: Gitlab, project: ProjectRow, tag: str) -> list[dict[str, str]]:
    """The archives of the source of a tag whose commit is in the repository at hand."""
    web_url = gitlab.settings.project_url(project)
    archive = f"{project.slug}-{tag.replace('/', '-')}"
    return [
        {
            "format": kind,
            "url": f"{web_url}/-/archive/{quote(tag, safe='')}/{quote(archive, safe='')}.{kind}",
        }
        for kind in SOURCES
    ]
