"""`parallel:`."""

from math import prod
from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    blank,
    nested_items,
    read_map,
    ruby_text,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """`parallel:matrix`: rows of variable to values, in written order."""

    rows: tuple[dict[str, tuple[str, ...]], ...]


Parallel = int | Matrix


PARALLEL_LIMIT: Final = 200


def read_parallel(
    node: Node, at: str, problems: Problems, *, number: bool = True
) -> Parallel | None:
    """How often a job runs; where `number` is false only the matrix form may stand."""
    if type(node) is MapNode:
        read_map(node, f"{at} config", problems, ("matrix",), ("matrix",))
        rows = node.get("matrix")
        return None if rows is None else _read_matrix(rows, f"{at}:matrix", problems)
    value = node.value if type(node) is ScalarNode else None
    if type(value) is float:
        problems.refuse("wrong-type", f"{at} config must be an integer", node)
        return None
    if type(value) is not int:
        problems.say("wrong-type", f"{at} should be an integer or a hash", node)
        return None
    if not number:
        problems.refuse("invalid-value", f'{at} config cannot use "parallel: <number>".', node)
        return None
    if not 1 <= value <= PARALLEL_LIMIT:
        bound = (
            "greater than or equal to 1"
            if value < 1
            else (f"less than or equal to {PARALLEL_LIMIT}")
        )
        problems.refuse("out-of-range", f"{at} config must be {bound}", node)
        return None
    return value


def _read_matrix(node: Node, at: str, problems: Problems) -> Matrix | None:
    if type(node) is not SeqNode or any(type(row) is not MapNode for row in node.items):
        problems.refuse("wrong-type", f"{at} config should be an array of hashes", node)
        return None
    read = [_read_row(row, f"{at}:variables", problems) for row in node.items]
    rows = tuple(row for row in read if row is not None)
    if len(rows) < len(read):
        return None
    if sum(prod(len(values) for values in row.values()) for row in rows) > PARALLEL_LIMIT:
        problems.refuse(
            "too-many",
            f"{at} config generates too many jobs (maximum is {PARALLEL_LIMIT})",
            node,
        )
        return None
    return Matrix(rows=rows)


def _read_row(node: Node, at: str, problems: Problems) -> dict[str, tuple[str, ...]] | None:
    assert isinstance(node, MapNode)
    if not node.items:
        problems.refuse("blank", f"{at} config requires at least 1 items", node)
        return None
    row: dict[str, tuple[str, ...]] = {}
    for name, value in node:
        # One level of inner lists is dissolved, and numbers with a fraction are refused, by GitLab.
        items = nested_items(value, 1) if isinstance(value, SeqNode) else [value]
        wrong = [item for item in items if not _alphanumeric(item)]
        if wrong or not items or blank(value):
            problems.refuse(
                "wrong-type",
                f"{at} config should be a hash of key value pairs, value can be an array",
                wrong[0] if wrong else value,
                "put the value in quotes" if wrong and isinstance(wrong[0], ScalarNode) else "",
            )
            return None
        row[name] = tuple(ruby_text(item.value) for item in items if isinstance(item, ScalarNode))
    return row


def _alphanumeric(node: Node) -> bool:
    return type(node) is ScalarNode and type(node.value) in (str, int)
