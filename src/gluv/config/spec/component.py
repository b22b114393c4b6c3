"""`$[[ component.name ]]` and its kin: what a component may say about itself."""

import re
from collections.abc import Mapping

from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

_ACCESS = re.compile(r"(\$\[\[\s*)component\.(\w+)")


def as_inputs(node: Node, values: Mapping[str, str]) -> tuple[Node, dict[str, object]]:
    """`node` with its component blocks asking for inputs of our own, and those inputs.

    Interpolation knows inputs only; `values` are those `spec:component` lists. A block that asks
    for another one is left, and refused by the interpolation.
    """
    if not values:
        return node, {}
    return _rewritten(node, values), {_input(key): value for key, value in values.items()}


def _input(key: str) -> str:
    return f"component/{key}"  # no input that a file defines is likely to be called so


def _rewritten(node: Node, values: Mapping[str, str]) -> Node:
    match node:
        case ScalarNode():
            if not isinstance(node.value, str) or "component." not in node.value:
                return node
            text = _text(node.value, values)
            return ScalarNode(node.source, node.line, node.column, text, node.text, node.quoted)
        case SeqNode():
            items = tuple(_rewritten(item, values) for item in node.items)
            return SeqNode(node.source, node.line, node.column, items)
        case MapNode():
            named = {_text(key, values): key for key in node.items}
            return MapNode(
                node.source,
                node.line,
                node.column,
                {new: _rewritten(node.items[old], values) for new, old in named.items()},
                {new: _key(node.keys[old], new) for new, old in named.items() if old in node.keys},
            )
    return node


def _key(node: ScalarNode, text: str) -> ScalarNode:
    return ScalarNode(node.source, node.line, node.column, text, node.text, node.quoted)


def _text(text: str, values: Mapping[str, str]) -> str:
    def access(match: re.Match[str]) -> str:
        return f"{match[1]}inputs.{_input(match[2])}" if match[2] in values else match[0]

    return _ACCESS.sub(access, text)
