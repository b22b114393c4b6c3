"""Nodes as bytes, so that a text that has not changed need not be parsed again."""

from typing import Any

import msgspec

from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode, Source

_WORD, _SCALAR, _LIST, _MAP, _REFERENCE = range(5)
_PLAIN = (str, int, float, bool, type(None))


class _Unpackable(Exception):
    """A value that would not come back as it was."""


def pack(documents: tuple[MapNode, ...]) -> bytes | None:
    """The documents of one source; None if a value in them cannot be kept exactly.

    Nodes that several places share (anchors) are shared again by `unpack`.
    """
    rows: list[tuple[object, ...]] = []
    places: dict[int, int] = {}
    try:
        tops = [_pack(document, rows, places) for document in documents]
        return msgspec.msgpack.encode((tops, rows))
    except (_Unpackable, OverflowError, UnicodeEncodeError):
        return None


def unpack(source: Source, data: bytes) -> tuple[MapNode, ...]:
    """What `pack` was given, as nodes of `source`."""
    tops, rows = msgspec.msgpack.decode(data)
    nodes: list[Any] = []
    add = nodes.append
    for kind, line, column, *rest in rows:
        if kind == _WORD:
            (text,) = rest
            add(ScalarNode(source, line, column, text, text))
        elif kind == _SCALAR:
            add(ScalarNode(source, line, column, *rest))
        elif kind == _MAP:
            names, values, known, keys = rest
            items = dict(zip(names, (nodes[place] for place in values), strict=True))
            marks = dict(zip(known or names, (nodes[place] for place in keys), strict=True))
            add(MapNode(source, line, column, items, marks))
        elif kind == _LIST:
            add(SeqNode(source, line, column, tuple(nodes[place] for place in rest[0])))
        else:
            add(ReferenceNode(source, line, column, tuple(rest[0])))
    return tuple(nodes[top] for top in tops)


def _pack(node: Node, rows: list[tuple[object, ...]], places: dict[int, int]) -> int:
    """The row of a node, which comes after those it is made of."""
    known = places.get(id(node))
    if known is not None:
        return known
    row: tuple[object, ...]
    match node:
        case ScalarNode(value=value, text=text, quoted=quoted):
            if type(value) not in _PLAIN:
                raise _Unpackable
            row = (_SCALAR, node.line, node.column, value, text, quoted)
            if value is text and not quoted:
                row = (_WORD, node.line, node.column, text)
        case SeqNode():
            row = (
                _LIST,
                node.line,
                node.column,
                [_pack(item, rows, places) for item in node.items],
            )
        case MapNode():
            keys = [_pack(key, rows, places) for key in node.keys.values()]
            values = [_pack(item, rows, places) for item in node.items.values()]
            names, marked = list(node.items), list(node.keys)
            others = None if names == marked else marked
            row = (_MAP, node.line, node.column, names, values, others, keys)
        case ReferenceNode():
            row = (_REFERENCE, node.line, node.column, node.path)
        case _:
            raise _Unpackable
    place = places[id(node)] = len(rows)
    rows.append(row)
    return place
