"""Releases and links as GitLab's API shows them."""

from typing import Any
from urllib.parse import quote

from gluv.server.answers import timestamp
from gluv.server.call import Gitlab
from gluv.server.commit_json import commit_json
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


def release_json(gitlab: Gitlab, project: ProjectRow, release: ReleaseRow) -> dict[str, Any]:
    """A release with its links; `commit` is missing when git does not have it."""
    tag, web_url = release.tag, gitlab.settings.project_url(project)
    links = gitlab.store.releases.links_of(release.id)
    commit = commit_json(gitlab, project, release.sha)
    page = release_url(gitlab, project, tag)
    path = f"/{quote(project.path)}"
    archive = f"{project.slug}-{tag.replace('/', '-')}"
    sources = [
        {
            "format": kind,
            "url": f"{web_url}/-/archive/{quote(tag, safe='')}/{quote(archive, safe='')}.{kind}",
        }
        for kind in SOURCES
    ]
    body: dict[str, Any] = {
        "name": release.name,
        "tag_name": tag,
        "description": release.description,
        "created_at": timestamp(release.created_at),
        "released_at": timestamp(release.released_at),
        "upcoming_release": release.released_at > gitlab.store.now(),
        "author": author_json(gitlab, release.author),
        "commit_path": f"{path}/-/commit/{release.sha}",
        "tag_path": f"{path}/-/tags/{quote(tag, safe='')}",
        "assets": {
            "count": len(sources) + len(links),
            "sources": sources,
            "links": [link_json(gitlab, project, tag, link) for link in links],
        },
        "evidences": [],
        "_links": {
            "self": page,
            "edit_url": f"{page}/edit",
        },
    }
    if commit is not None:
        body["commit"] = commit
    return body
