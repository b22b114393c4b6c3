"""`release:`."""

import re
from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    read_choice,
    read_filled_text,
    read_map,
    read_text,
    read_text_or_texts,
    refuse_unknown_keys,
    words,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


class ReleaseLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `release:assets:links`."""

    name: str
    url: str
    filepath: str | None = None
    link_type: str | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`release:`; texts may hold variables, which the runner expands."""

    tag_name: str
    description: str
    name: str | None = None
    ref: str | None = None
    tag_message: str | None = None
    milestones: tuple[str, ...] = ()
    released_at: str | None = None
    links: tuple[ReleaseLink, ...] = ()


RELEASE_KEYS: Final = (
    "tag_name",
    "tag_message",
    "name",
    "description",
    "ref",
    "released_at",
    "milestones",
    "assets",
)
LINK_KEYS: Final = ("name", "url", "filepath", "link_type")
LINK_TYPES: Final = ("other", "runbook", "image", "package")

# What git refuses in a ref's name, as GitLab checks it (git check-ref-format).
_BAD_REF: Final = r"^-|^\.|/\.|\.\.|//|@\{|[\x00-\x20\x7f~^:?*\[\\\\]|[/.]$|\.lock(?:/|$)|^@$"


def read_release(node: Node, at: str, problems: Problems) -> Release | None:
    """The release; None after a problem that leaves no tag or no description."""
    fields = read_map(node, f"{at} config", problems, RELEASE_KEYS)
    if fields is None:
        return None
    tag_name = read_filled_text(fields.get("tag_name"), f"{at} tag name", node, problems)
    description = read_filled_text(fields.get("description"), f"{at} description", node, problems)
    read: dict[str, object] = {}
    for key, value in fields:
        if blank(value) and key != "assets":
            continue
        subject = f"{at} {words(key)}"
        result: object = None
        match key:
            case "tag_message" | "name":
                result = read_text(value, subject, problems)
            case "milestones":
                result = read_text_or_texts(value, subject, problems)
            case "released_at":
                result = _read_released_at(value, subject, problems)
            case "ref":
                result = _read_ref(value, subject, problems)
            case "assets":
                if not absent(value):
                    read["links"] = _read_assets(value, f"{at}:assets", problems)
        if result is not None:
            read[key] = result
    if tag_name is None or description is None:
        return None
    return Release(tag_name=tag_name, description=description, **read)  # type: ignore[arg-type]


def _read_released_at(node: Node, subject: str, problems: Problems) -> str | None:
    from datetime import datetime

    value = node.value if isinstance(node, ScalarNode) else None
    try:
        if isinstance(value, str):
            datetime.fromisoformat(value)
            return value
    except ValueError:
        pass
    problems.refuse("invalid-value", f"{subject} must be a valid datetime", node)
    return None


def _read_ref(node: Node, subject: str, problems: Problems) -> str | None:
    value = node.value if isinstance(node, ScalarNode) else None
    if isinstance(value, str) and re.search(_BAD_REF, value) is None:
        return value
    problems.refuse("invalid-value", f"{subject} must be a valid ref", node)
    return None


def _read_assets(node: Node, at: str, problems: Problems) -> tuple[ReleaseLink, ...]:
    fields = read_map(node, f"{at} config", problems, ("links",))
    if fields is None:
        return ()
    links = fields.get("links")
    if links is None or blank(links):
        problems.refuse("blank", f"{at} links can't be blank", links or node)
        return ()
    if type(links) is not SeqNode or any(type(item) is not MapNode for item in links.items):
        problems.refuse("wrong-type", f"{at} links should be an array of hashes", links)
        return ()
    read = (_read_link(item, f"{at}:links:link", problems) for item in links.items)
    return tuple(link for link in read if link is not None)


def _read_link(node: Node, at: str, problems: Problems) -> ReleaseLink | None:
    assert isinstance(node, MapNode)
    refuse_unknown_keys(node, f"{at} config", problems, LINK_KEYS)
    name = read_filled_text(node.get("name"), f"{at} name", node, problems)
    url = read_filled_text(node.get("url"), f"{at} url", node, problems)
    filepath, link_type = node.get("filepath"), node.get("link_type")
    path = (
        None
        if filepath is None or absent(filepath)
        else (read_text(filepath, f"{at} filepath", problems))
    )
    kind = (
        None
        if link_type is None or absent(link_type)
        else read_choice(
            link_type,
            f"{at} link type",
            problems,
            LINK_TYPES,
            f"must be one of: {', '.join(LINK_TYPES)}",
        )
    )
    if name is None or url is None:
        return None
    return ReleaseLink(name=name, url=url, filepath=path, link_type=kind)
