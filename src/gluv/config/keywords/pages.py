"""`pages:` and `publish:`."""

from typing import Final, cast

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_flag,
    read_map,
    read_text,
    words,
)
from gluv.config.keywords.syntax import read_duration
from gluv.text.nodes import MapNode, Node, ScalarNode, plain

PAGES_KEYS: Final = ("path_prefix", "expire_in", "publish", "user_defined_pages")


def read_pages(node: Node, at: str, problems: Problems) -> bool | dict[str, object] | None:
    """Whether, or how, what the job publishes becomes a Pages site."""
    if type(node) is ScalarNode and type(node.value) is bool:
        return node.value
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash or a boolean value", node)
        return None
    read_map(node, f"{at} config", problems, PAGES_KEYS)
    for key, value in node:
        subject = f"{at} {words(key)}"
        if absent(value):
            continue
        if key in ("path_prefix", "publish"):
            read_text(value, subject, problems)
        elif key == "expire_in":
            read_duration(value, subject, problems, never=True, variables=True)
        elif key == "user_defined_pages":
            read_flag(value, subject, problems)
    return cast("dict[str, object]", plain(node))


def is_pages(name: str, pages: bool | dict[str, object] | None) -> bool:
    """Whether a job makes a Pages site: by the keyword, or by its name unless `pages: false`."""
    return bool(pages) or (name == "pages" and pages is not False)


def pages_path(pages: bool | dict[str, object] | None, publish: str | None) -> str:
    """The folder that a Pages job publishes: `pages:publish`, the older `publish`, or `public`."""
    path = pages.get("publish") if isinstance(pages, dict) else None
    return str(path) if path else publish or "public"
