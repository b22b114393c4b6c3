"""The full configuration as YAML or JSON, as the "full configuration" of GitLab's editor."""

import json
from collections.abc import Iterable

from gluv.config.merge import replace
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain
from gluv.text.write import render_lines, render_yaml

_COMMENT_COLUMN = 60
_EDGES = (".pre", ".post")


def with_edge_stages(merged: MapNode) -> MapNode:
    """`stages:` begun with `.pre` and ended with `.post`, as GitLab completes it; others as is."""
    stages = merged.get("stages")
    if not isinstance(stages, SeqNode) or not stages.items:
        return merged
    first, last = (
        ScalarNode(stages.source, stages.line, stages.column, name, name) for name in _EDGES
    )
    own = tuple(
        item for item in stages.items if not (isinstance(item, ScalarNode) and item.value in _EDGES)
    )
    items: tuple[Node, ...] = (first, *own, last)
    whole = SeqNode(stages.source, stages.line, stages.column, items)
    return replace(merged, merged.items | {"stages": whole})


def select(merged: MapNode, names: Iterable[str]) -> MapNode:
    """The entries `names` alone."""
    return replace(merged, {name: merged.items[name] for name in names})


def render_merged(merged: MapNode, *, origin: bool = False) -> str:
    """The YAML; with `origin`, each key and list item with its file and line as a comment."""
    if not origin:
        return render_yaml(merged).removesuffix("\n")
    return "\n".join(
        f"{line.ljust(_COMMENT_COLUMN)}  # {mark.file}:{mark.line}" if mark is not None else line
        for line, mark in render_lines(merged)
    )


def render_merged_json(merged: MapNode) -> str:
    """The same as a JSON object."""
    return json.dumps(plain(merged), ensure_ascii=False, indent=2)
