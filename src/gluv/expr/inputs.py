"""`$[[ inputs.name | function ]]` in a configuration, replaced by the inputs' values."""

import re
from collections.abc import Container, Mapping
from functools import cache
from typing import Any

from gluv.errors import Problem
from gluv.expr.input_functions import FunctionFailed, Scope, apply_function, check_function
from gluv.text.key import render_plain
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

_BLOCK = r"(\$\[\[\s*(\S.*?\S)\s*\]\])"  # RE2: a megabyte of open blocks takes no time
_MAX_FUNCTIONS = 3
_MAX_BLOCKS = 10_000
_MAX_ACCESS = 1024  # bytes
_MAX_NODE = 1024 * 1024  # bytes
_MAX_GROWN = 16 * _MAX_NODE  # characters, 16 a value, that all inputs together may become


class _Refused(ValueError):
    """A block cannot be evaluated; the text is GitLab's sentence."""


def interpolate(
    node: Node,
    inputs: Mapping[str, object],
    variables: Mapping[str, str],
    masked: Container[str] = (),
) -> tuple[Node, list[Problem]]:
    """`node` with its input blocks replaced, in keys and in values, and what went wrong.

    A block that is the whole value keeps the input's type; inside text it becomes text.
    `variables` are those `include` may use, for `expand_vars`; `masked` names those it must not
    show. A block that cannot be evaluated is left as it is and reported in GitLab's sentence.
    """
    run = _Interpolation(inputs, Scope(variables, masked))
    return run.node(node), run.problems


class _Interpolation:
    def __init__(self, inputs: Mapping[str, object], scope: Scope) -> None:
        self._inputs = inputs
        self._scope = scope
        self._values: dict[str, object] = {}
        self._done: dict[int, tuple[Node, Node]] = {}
        self._grown = 0
        self.problems: list[Problem] = []

    def node(self, node: Node) -> Node:
        """The node after interpolation; the same object where nothing changed."""
        if isinstance(node, ScalarNode):
            if isinstance(node.value, str) and "$[[" in node.value:
                return self._scalar(node, node.value)
            return node
        known = self._done.get(id(node))
        if known is not None:
            return known[1]
        result = node
        if isinstance(node, SeqNode):
            items = tuple([self.node(item) for item in node.items])
            if any(new is not old for new, old in zip(items, node.items, strict=True)):
                result = SeqNode(node.source, node.line, node.column, items)
        elif isinstance(node, MapNode):
            result = self._map(node)
        self._done[id(node)] = (node, result)
        return result

    def _map(self, node: MapNode) -> MapNode:
        items: dict[str, Node] = {}
        keys: dict[str, ScalarNode] = {}
        changed = False
        for key, value in node.items.items():
            name, item, at = key, self.node(value), node.keys.get(key)
            if "$[[" in key:
                name = _to_s(self._replace(at or node, key))
            if at is not None:
                keys[name] = (
                    at if name == key else ScalarNode(at.source, at.line, at.column, name, name)
                )
            items[name] = item
            changed = changed or item is not value or name != key
        return MapNode(node.source, node.line, node.column, items, keys) if changed else node

    def _scalar(self, node: ScalarNode, text: str) -> Node:
        value = self._replace(node, text)
        if value is text:
            return node
        self._grown += _nodes(value)
        if self._grown > _MAX_GROWN:
            self._refuse(node, "The parsed YAML is too big", text)
            return node
        return _build(node, value)

    def _replace(self, node: Node, text: str) -> object:
        """`text` with its blocks replaced; `text` itself if there are none or one is wrong."""
        if len(text) > _MAX_NODE // 4 and len(text.encode()) > _MAX_NODE:
            return self._refuse(node, "config node too large", text)
        blocks = _blocks(text)
        if not blocks:
            return text
        for block, data in blocks:
            if block in self._values:
                continue
            if len(self._values) >= _MAX_BLOCKS:
                return self._refuse(node, "too many interpolation blocks", text)
            try:
                self._values[block] = self._evaluate(block, data)
            except (_Refused, FunctionFailed) as error:
                return self._refuse(node, str(error), text)
        if blocks[0][0] == text:
            return self._values[text]
        original = text
        for block, _ in blocks:
            text = text.replace(block, _to_s(self._values[block]))
            if len(text) > _MAX_NODE:
                return self._refuse(node, "config node too large", original)
        self._grown += len(text)
        if self._grown > _MAX_GROWN:
            return self._refuse(node, "The parsed YAML is too big", original)
        return text

    def _refuse(self, node: Node, message: str, text: str) -> str:
        self.problems.append(Problem(code="input-invalid", message=message, mark=node.mark))
        return text

    def _evaluate(self, block: str, data: str) -> object:
        access, *functions = [part.strip() for part in data.split("|")]
        if access.split(".", 1)[0] == "matrix":  # for `needs:parallel:matrix`, replaced later
            return block
        value = self._access(access)
        if len(functions) > _MAX_FUNCTIONS:
            raise _Refused("too many functions in interpolation block")
        for call in functions:
            check_function(call)
        for call in functions:
            value = apply_function(call, value, self._scope)
        return value

    def _access(self, access: str) -> object:
        path = access.split(".", 4)
        if len(path) <= 1:
            raise _Refused("invalid interpolation access pattern")
        if len(access.encode()) > _MAX_ACCESS:
            raise _Refused("maximum interpolation expression size exceeded")
        value: object = {"inputs": self._inputs}
        for key in path:
            if not isinstance(value, Mapping) or key not in value:
                raise _Refused(f"unknown interpolation key: `{key}`")
            value = value[key]
        return value


@cache
def _block_regexp() -> Any:
    # RE2 takes linear time, which Python's engine does not on many unclosed blocks.
    try:
        import re2
    except ImportError:
        return re.compile(_BLOCK)
    return re2.compile(_BLOCK)


def _blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of `text`, each once: as written, and what stands inside."""
    return list(dict.fromkeys(match.groups() for match in _block_regexp().finditer(text)))


def _to_s(value: object) -> str:
    """A value inside text, as Ruby's `to_s`: lists and maps as `inspect` shows them."""
    if isinstance(value, list | tuple | dict):
        return _inspect(value)
    return render_plain(value) if isinstance(value, str | int | float | None) else str(value)


def _inspect(value: object) -> str:
    match value:
        case dict():
            pairs = (f"{_symbol(str(key))}=>{_inspect(item)}" for key, item in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(_inspect(item) for item in value) + "]"
        case str():
            escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{re.sub(r"#(?=[{$@])", chr(92) + "#", escaped)}"'
        case None:
            return "nil"
        case _:
            return _to_s(value)


def _symbol(key: str) -> str:
    return f":{key}" if re.fullmatch(r"[A-Za-z_]\w*[?!]?", key) else f':"{key}"'


def _nodes(value: object) -> int:
    """What a value costs as nodes, a long text not counted again."""
    if isinstance(value, dict):
        return 16 + sum(map(_nodes, value.values()))
    if isinstance(value, list | tuple):
        return 16 + sum(map(_nodes, value))
    return 16


def _build(at: Node, value: object) -> Node:
    """Plain data as nodes that all stand where the block stood."""
    match value:
        case dict():
            items = {str(key): _build(at, item) for key, item in value.items()}
            keys = {key: ScalarNode(at.source, at.line, at.column, key, key, True) for key in items}
            return MapNode(at.source, at.line, at.column, items, keys)
        case list() | tuple():
            nodes = tuple(_build(at, item) for item in value)
            return SeqNode(at.source, at.line, at.column, nodes)
        case Node():
            return value
        case str():
            return ScalarNode(at.source, at.line, at.column, value, value, True)
        case bool() | int() | float() | None:
            return ScalarNode(at.source, at.line, at.column, value, render_plain(value))
    raise TypeError(type(value))
