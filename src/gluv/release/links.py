"""Which links a release should have, and how to get there from those it has."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

MAX_PATH = 128
_PATH = re.compile(r"/[\-.\w/]*[\da-zA-Z]", re.ASCII)
FOLDER = "/pkg/"
"""Where the files of a release are below `.../-/releases/TAG/downloads`."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link of a release; without `path` it has no permanent address below the release."""

    name: str
    url: str
    path: str | None = None

    def body(self) -> dict[str, str]:
        """The link as the API takes it."""
        body = {"name": self.name, "url": self.url, "link_type": "package"}
        return body | ({"direct_asset_path": self.path} if self.path is not None else {})


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A call that is needed: DELETE and PUT name the `id` of a link, POST and PUT carry one."""

    method: str
    id: int | None = None
    link: Link | None = None


def make_link(name: str, url: str) -> Link:
    """The link of a file. GitLab takes `[-.\\w/]` in a path, so a `+` or `!` leaves it without."""
    path = f"{FOLDER}{name}"
    allowed = _PATH.fullmatch(path) is not None and len(path) <= MAX_PATH
    return Link(name=name, url=url, path=path if allowed else None)


def plan_changes(
    existing: Sequence[Mapping[str, Any]], wanted: Iterable[Link]
) -> tuple[Change, ...]:
    """The calls that give a release the wanted links, and leave all others alone.

    Name, URL and path are unique in a release. So a link that has one of ours is ours: the one with
    our URL, else the first, is corrected, a second one in our way is deleted.
    """
    left = list(existing)
    changes: list[Change] = []
    for link in wanted:
        ours = [have for have in left if _collides(have, link)]
        keep = next((have for have in ours if have.get("url") == link.url), None)
        keep = keep if keep is not None else next(iter(ours), None)
        for have in ours:
            left.remove(have)
            if have is not keep:
                changes.append(Change(method="DELETE", id=have["id"]))
        if keep is None:
            changes.append(Change(method="POST", link=link))
        elif not is_same(keep, link):
            changes.append(Change(method="PUT", id=keep["id"], link=link))
    return tuple(changes)


def is_same(have: Mapping[str, Any], link: Link) -> bool:
    """Whether a link of the API's is the wanted one in every respect."""
    return (
        have.get("name") == link.name
        and have.get("url") == link.url
        and have.get("link_type") == "package"
        and (link.path is None or _has_path(have, link.path))
    )


def _collides(have: Mapping[str, Any], link: Link) -> bool:
    return (
        have.get("name") == link.name
        or have.get("url") == link.url
        or (link.path is not None and _has_path(have, link.path))
    )


def _has_path(have: Mapping[str, Any], path: str) -> bool:
    return str(have.get("direct_asset_url", "")).endswith(f"/downloads{quote(path)}")
