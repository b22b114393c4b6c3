"""Releases and links as GitLab's API shows them."""

from typing import Any
from urllib.parse import quote

from gluv.server.answers import timestamp
from gluv.server.api import commit_json, user_json
from gluv.server.call import Gitlab
from gluv.server.settings import ServerSettings
from gluv.store import LinkRow, ReleaseRow

SOURCES = ("zip", "tar.gz", "tar.bz2", "tar")


def release_url(settings: ServerSettings, tag: str) -> str:
    """The release's web page."""
    return f"{settings.web_url}/-/releases/{quote(tag, safe='')}"


def link_url(gitlab: Gitlab, link: LinkRow) -> str:
    """Where a link leads today.

    A link to this GitLab was stored with the port of the run that made it; it follows the server to
    its port of now.
    """
    for address in gitlab.store.releases.addresses():
        if link.url.startswith(f"{address}/"):
            return gitlab.settings.base_url + link.url.removeprefix(address)
    return link.url


def direct_asset_url(gitlab: Gitlab, tag: str, link: LinkRow) -> str:
    """The permanent URL of a link: below the release if it has a path, else its own URL."""
    if link.filepath is None:
        return link_url(gitlab, link)
    return f"{release_url(gitlab.settings, tag)}/downloads{quote(link.filepath)}"


def link_json(gitlab: Gitlab, tag: str, link: LinkRow) -> dict[str, Any]:
    """A release link."""
    url = link_url(gitlab, link)
    return {
        "id": link.id,
        "name": link.name,
        "url": url,
        "direct_asset_url": direct_asset_url(gitlab, tag, link),
        "external": not url.startswith(gitlab.settings.web_url),
        "link_type": link.link_type,
    }


def release_json(gitlab: Gitlab, release: ReleaseRow) -> dict[str, Any]:
    """A release with its links; `commit` is missing when git does not have it."""
    settings, tag = gitlab.settings, release.tag
    links = gitlab.store.releases.links_of(release.id)
    commit = gitlab.repository.commit(release.sha)
    page = release_url(settings, tag)
    path = f"/{quote(settings.project.path)}"
    archive = f"{settings.project.path.rpartition('/')[2]}-{tag.replace('/', '-')}"
    sources = [
        {
            "format": kind,
            "url": f"{settings.web_url}/-/archive/{quote(tag, safe='')}/"
            f"{quote(archive, safe='')}.{kind}",
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
        "author": user_json(gitlab),
        "commit_path": f"{path}/-/commit/{release.sha}",
        "tag_path": f"{path}/-/tags/{quote(tag, safe='')}",
        "assets": {
            "count": len(sources) + len(links),
            "sources": sources,
            "links": [link_json(gitlab, tag, link) for link in links],
        },
        "evidences": [],
        "_links": {
            "self": page,
            "edit_url": f"{page}/edit",
        },
    }
    if commit is not None:
        body["commit"] = commit_json(gitlab, commit)
    return body
