"""Merging configurations: maps merge key by key, everything else is replaced."""

from collections.abc import Sequence

from gluv.text.nodes import MapNode, Node, ScalarNode


def merge(base: MapNode, override: MapNode) -> MapNode:
    """`base` with `override` on top, as Ruby's `deep_merge` does for `include` and `extends`.

    A map under the same key merges deeply; a list or scalar replaces, null included. A key keeps
    its place in `base`, a new one goes last. Every key and value keeps its own mark, and a merged
    map stands where `override` stands. Neither argument is changed.
    """
    return merge_all((base, override))


def merge_all(maps: Sequence[MapNode]) -> MapNode:
    """The first of `maps` with the others on top, each on those before it, as `merge` does."""
    if len(maps) == 1:
        return maps[0]
    items = dict(maps[0].items)
    keys = dict(maps[0].keys)
    for override in maps[1:]:
        for key, node in override.items.items():
            items[key] = _merged(items.get(key), node)
            if key in override.keys:
                keys[key] = override.keys[key]
            else:
                keys.pop(key, None)
    last = maps[-1]
    return MapNode(last.source, last.line, last.column, items, keys)


def without(node: MapNode, *names: str) -> MapNode:
    """`node` without the keys `names`."""
    if not any(name in node.items for name in names):
        return node
    items = {key: value for key, value in node.items.items() if key not in names}
    keys: dict[str, ScalarNode] = {key: node.keys[key] for key in items if key in node.keys}
    return MapNode(node.source, node.line, node.column, items, keys)


def replace(node: MapNode, items: dict[str, Node]) -> MapNode:
    """`node` with other values under its keys; the marks of the keys that remain survive."""
    keys = {key: node.keys[key] for key in items if key in node.keys}
    return MapNode(node.source, node.line, node.column, items, keys)


def _merged(base: Node | None, override: Node) -> Node:
    if isinstance(base, MapNode) and isinstance(override, MapNode):
        return merge(base, override)
    return override
