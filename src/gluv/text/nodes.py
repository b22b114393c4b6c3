"""What a YAML document is made of: nodes that know where they stand.

A node's `value` is what Ruby's Psych would hand to GitLab. `MapNode.items` is in document order
with merge keys already applied; `MapNode.keys` holds the key nodes, so that a problem can point at
a key. Merging configurations (include, extends) makes new maps of old nodes: the marks survive.
"""

from collections.abc import Iterator

import msgspec

from gluv.errors import Mark

Plain = str | int | float | bool | None
"""What a scalar can be for GitLab: dates are refused, a symbol is a `gluv.text.symbol.Symbol`."""


class Source(msgspec.Struct, frozen=True):
    """One YAML file: the name the user knows it by, and its text."""

    name: str
    text: str


class Node(msgspec.Struct, gc=False):
    """The base of all nodes; line and column count from 1."""

    source: Source
    line: int
    column: int

    @property
    def mark(self) -> Mark:
        """Where this node starts."""
        return Mark(self.source.name, self.line, self.column)


class ScalarNode(Node, gc=False):
    """A scalar; `text` is how it was written, `quoted` whether in quotes or as a block."""

    value: Plain
    text: str
    quoted: bool = False


class SeqNode(Node):
    """A list."""

    items: tuple[Node, ...]


class MapNode(Node):
    """A mapping: keys as strings, as GitLab symbolises them."""

    items: dict[str, Node]
    keys: dict[str, ScalarNode]

    def get(self, key: str) -> Node | None:
        """The node under `key`, or None."""
        return self.items.get(key)

    def key_mark(self, key: str) -> Mark:
        """Where `key` stands; the map's own place if the key has no node of its own."""
        node = self.keys.get(key)
        return node.mark if node is not None else self.mark

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return iter(self.items.items())


class ReferenceNode(Node):
    """`!reference [job, key, ...]`, not resolved yet."""

    path: tuple[str, ...]


def plain(node: Node) -> object:
    """The node as ordinary Python data (dict, list, scalars); references as lists of strings."""
    match node:
        case ScalarNode():
            return node.value
        case SeqNode():
            return [plain(item) for item in node.items]
        case MapNode():
            return {key: plain(item) for key, item in node.items.items()}
        case ReferenceNode():
            return list(node.path)
    raise TypeError(type(node))
