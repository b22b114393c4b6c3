"""`!reference [job, key, ...]`: values taken from elsewhere in the merged configuration."""

import msgspec

from gluv.config.merge import replace
from gluv.errors import Problem
from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode

_MAX_CHAIN = 100
_MAX_LEVELS = 200  # of lists, maps and references: a document alone has at most 100


class Referenced(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration without references; `failed` names the entries where one was wrong."""

    merged: MapNode
    problems: tuple[Problem, ...]
    failed: frozenset[str]


def resolve_references(config: MapNode) -> Referenced:
    """Put in place of every `!reference` what it names, also references inside of that.

    Runs after includes are merged and `extends` applied, as on GitLab, so a reference sees the
    inherited keys. A list inside a list stays nested: `script` and `rules` flatten it on reading.
    What a reference names must be there and be neither null nor false; the way to it cannot lead
    through another reference. Where one is wrong, the value that holds it is left out.
    """
    resolver = _Resolver(config)
    items: dict[str, Node] = {}
    failed: set[str] = set()
    for name, node in config.items.items():
        before = len(resolver.problems) + resolver.repeats
        value = resolver.resolve(node)
        if len(resolver.problems) + resolver.repeats > before:
            failed.add(name)
        if value is not None:
            items[name] = value
    return Referenced(
        merged=replace(config, items),
        problems=tuple(resolver.problems),
        failed=frozenset(failed),
    )


class _Resolver:
    def __init__(self, config: MapNode) -> None:
        self.config = config
        self.problems: list[Problem] = []
        self.repeats = 0
        self.level = 0
        self.active: dict[int, None] = {}
        # By identity: nodes are shared after `extends` and by aliases, and live as long as config.
        self.known: dict[int, Node | None] = {}
        self.broken: set[int] = set()

    def resolve(self, node: Node) -> Node | None:
        """`node` without references; None where it cannot be had."""
        if isinstance(node, ScalarNode):
            return node
        mark = id(node)
        if mark in self.known:
            self.repeats += mark in self.broken
            return self.known[mark]
        before = len(self.problems) + self.repeats
        self.level += 1
        match node:
            case ReferenceNode():
                value = self._reference(node)
            case MapNode():
                value = self._map(node)
            case SeqNode():
                value = self._list(node)
            case _:
                value = node
        self.level -= 1
        self.known[mark] = value
        if len(self.problems) + self.repeats > before:
            self.broken.add(mark)
        return value

    def _map(self, node: MapNode) -> Node:
        items = {key: self.resolve(value) for key, value in node.items.items()}
        if all(items[key] is value for key, value in node.items.items()):
            return node
        return replace(node, {key: value for key, value in items.items() if value is not None})

    def _list(self, node: SeqNode) -> Node:
        items = tuple(self.resolve(item) for item in node.items)
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        kept = tuple(item for item in items if item is not None)
        return SeqNode(node.source, node.line, node.column, kept)

    def _reference(self, node: ReferenceNode) -> Node | None:
        if id(node) in self.active:
            self._problem(node, "is part of a circular chain")
            return None
        if len(self.active) >= _MAX_CHAIN or self.level > _MAX_LEVELS:
            self._problem(node, "is part of a chain that is too long")
            return None
        target = self._dig(node.path)
        if target is None:
            self._problem(node, "could not be found")
            return None
        self.active[id(node)] = None
        before = len(self.problems) + self.repeats
        value = self.resolve(target)
        del self.active[id(node)]
        if value is None or (isinstance(value, ScalarNode) and value.value in (None, False)):
            if len(self.problems) + self.repeats == before:
                self._problem(node, "could not be found")
                return None
            return None
        return value

    def _dig(self, path: tuple[str, ...]) -> Node | None:
        node: Node | None = self.config
        for key in path:
            if not isinstance(node, MapNode):
                return None
            node = node.get(key)
        if isinstance(node, ScalarNode) and (node.value is None or node.value is False):
            return None
        return node

    def _problem(self, node: ReferenceNode, text: str) -> None:
        import json  # only mistakes need it

        path = json.dumps(list(node.path), ensure_ascii=False)
        self.problems.append(
            Problem(code="reference", message=f"!reference {path} {text}", mark=node.mark)
        )
