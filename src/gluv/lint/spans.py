"""Where things of a YAML file begin and end in its text, as far as that is certain."""

import re
from functools import lru_cache

from gluv.errors import Mark
from gluv.lint.model import Edit
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, Source

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")  # the line breaks of YAML 1.1
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t]+)*")
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_BLOCK = re.compile(r"[|>](?:\d[+-]?|[+-]\d?)?[ \t]*(?:#[^\r\n]*)?(?=\r|\n|$)")


@lru_cache(maxsize=32)
def line_starts(text: str) -> tuple[int, ...]:
    """The offsets at which the lines of a text start."""
    return (0, *(found.end() for found in _BREAK.finditer(text)))


def offset(source: Source, line: int, column: int) -> int:
    """The character at a line and column, both counted from 1."""
    return line_starts(source.text)[line - 1] + column - 1


def position(source: Source, at: int) -> Mark:
    """The line and column of a character."""
    starts = line_starts(source.text)
    low, high = 0, len(starts)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= at else (low, middle)
    return Mark(source.name, low + 1, at - starts[low] + 1)


def value_start(node: Node) -> int:
    """Where the value of a node starts, behind its anchor and tag."""
    start = offset(node.source, node.line, node.column)
    found = _PROPERTIES.match(node.source.text, start)
    return found.end() if found else start


def scalar_span(node: ScalarNode) -> tuple[int, int] | None:
    """A scalar as written, quotes included; None for several lines without quotes."""
    text, start = node.source.text, value_start(node)
    match text[start : start + 1]:
        case "'":
            found = _SINGLE.match(text, start)
        case '"':
            found = _DOUBLE.match(text, start)
        case "|" | ">":
            return block_span(node)
        case _:
            end = start + len(node.text)
            return (start, end) if node.text and text[start:end] == node.text else None
    return (start, found.end()) if found else None


def block_span(node: ScalarNode) -> tuple[int, int] | None:
    """The lines of a `|` or `>` block without its header."""
    text, start = node.source.text, value_start(node)
    header = _BLOCK.match(text, start)
    if header is None:
        return None
    starts = line_starts(text)
    first = position(node.source, start).line
    indent: int | None = None
    end = begin = starts[first] if first < len(starts) else len(text)
    for number in range(first, len(starts)):
        stop = starts[number + 1] if number + 1 < len(starts) else len(text)
        line = text[starts[number] : stop]
        if line.strip():
            width = len(line) - len(line.lstrip(" "))
            if indent is None:
                indent = width
            if width < indent or indent == 0:
                break
            end = stop
    return begin, end


def block_offset(node: ScalarNode, at: int) -> int | None:
    """The character of the file that character `at` of a scalar's value is; None if uncertain."""
    text, start = node.source.text, value_start(node)
    value = str(node.value)
    if text.startswith("|", start):
        span = block_span(node)
        if span is None:
            return None
        starts = line_starts(text)
        line = position(node.source, span[0]).line - 1 + value.count("\n", 0, at)
        column = at - (value.rfind("\n", 0, at) + 1)
        rest = value[at - column :].partition("\n")[0]
        if line >= len(starts):
            return None
        found = text.find(rest, starts[line], span[1])
        return found + column if found >= 0 else None
    span = scalar_span(node)
    if span is None or text[span[0]] in "|>":
        return None
    lead = 1 if text[span[0]] in "'\"" else 0
    inner = text[span[0] + lead : span[1] - lead]
    return span[0] + lead + at if inner == value else None


def replace_value(node: ScalarNode, written: str) -> Edit | None:
    """Write a whole scalar anew; None for blocks and where its end is not certain."""
    span = scalar_span(node)
    if span is None or node.source.text[span[0] : span[0] + 1] in ("", "|", ">", "\n", " "):
        return None
    if node.source.text[value_start(node)] in "|>":
        return None
    return Edit(file=node.source.name, start=span[0], end=span[1], text=written)


def replace_part(node: ScalarNode, at: int, old: str, new: str) -> Edit | None:
    """Replace the characters `old` at `at` of a scalar's value; None where that is not certain."""
    start = block_offset(node, at)
    text = node.source.text
    if start is None or text[start : start + len(old)] != old:
        return None
    match text[value_start(node)]:
        case "'":
            bad = "'" in new
        case '"':
            bad = '"' in new or "\\" in new
        case "|":
            bad = "\n" in new
        case _:
            bad = bool(re.search(r": |:$| #|[\n\r]", new))
            # What starts a plain scalar must not be an indicator.
            bad = bad or (at == 0 and bool(re.match(r"[\s#&*!|>'\"%@`\[\]{},?-]", new)))
    return None if bad else Edit(file=node.source.name, start=start, end=start + len(old), text=new)


def first_key(node: MapNode) -> ScalarNode | None:
    """The first key of a block map that is written in the map itself, alone on its line so far."""
    start = offset(node.source, node.line, node.column)
    own = [
        key
        for key in node.keys.values()
        if key.source is node.source and offset(key.source, key.line, key.column) >= start
    ]
    if not own or node.source.text[value_start(node)] == "{":
        return None
    key = min(own, key=lambda each: (each.line, each.column))
    line = line_starts(key.source.text)[key.line - 1]
    before = key.source.text[line : line + key.column - 1]
    return key if not before.strip() else None


def insert_entry(node: MapNode, lines: str) -> Edit | None:
    """Put entries before the first of a block map; `lines` are indented as if at the left edge."""
    key = first_key(node)
    if key is None:
        return None
    start = line_starts(key.source.text)[key.line - 1]
    pad = " " * (key.column - 1)
    text = "".join(f"{pad}{line}\n" for line in lines.splitlines())
    return Edit(file=key.source.name, start=start, end=start, text=text)


def move_items(source: SeqNode, key: ScalarNode, target: SeqNode) -> tuple[Edit, Edit] | None:
    """Move all items of the list under `key` behind those of another; the key goes with them.

    Only for lists of scalars in block style, in one file, with one indent.
    """
    text, starts = key.source.text, line_starts(key.source.text)
    items = [*source.items, *target.items]
    if not source.items or not target.items or any(_whole(item, key) is None for item in items):
        return None
    ends = [_whole(item, key) for item in (source.items[-1], target.items[-1])]
    begin = starts[key.line - 1]
    first = starts[source.items[0].line - 1]
    if text[begin : begin + key.column - 1].strip() or source.items[0].line == key.line:
        return None
    if len({item.column for item in items}) != 1 or None in ends:
        return None
    stop, behind = ends[0] or 0, ends[1] or 0
    if begin < behind < stop or not text[:behind].endswith("\n"):
        return None
    moved = text[first:stop].replace("\r\n", "\n")
    name = key.source.name
    return (
        Edit(file=name, start=behind, end=behind, text=moved),
        Edit(file=name, start=begin, end=stop, text=""),
    )


def _whole(item: Node, key: ScalarNode) -> int | None:
    """The end of the lines of a list item that starts behind a dash; None where uncertain."""
    if not isinstance(item, ScalarNode) or item.source is not key.source:
        return None
    text, starts = item.source.text, line_starts(item.source.text)
    begin = starts[item.line - 1]
    span = scalar_span(item)
    if span is None or text[begin : begin + item.column - 1].strip() != "-":
        return None
    if text[value_start(item)] in "|>":
        return span[1]
    line = position(item.source, span[1]).line
    end = starts[line] if line < len(starts) else len(text)
    rest = text[span[1] : end].strip()
    return end if not rest or rest.startswith("#") else None


def remove_entry(node: MapNode, name: str) -> Edit | None:
    """Take an entry with a scalar on its own line out of a block map that has others."""
    key, value = node.keys.get(name), node.items.get(name)
    if key is None or not isinstance(value, ScalarNode) or len(node.items) < 2:
        return None
    return _remove_line(key, value)


def remove_item(node: ScalarNode, siblings: int) -> Edit | None:
    """Take `- item` on its own line out of a list of `siblings` items."""
    return _remove_line(node, node, dash=True) if siblings > 1 else None


def _remove_line(key: ScalarNode, value: ScalarNode, *, dash: bool = False) -> Edit | None:
    text, starts = key.source.text, line_starts(key.source.text)
    span = scalar_span(value)
    if span is None or value.source is not key.source or key.line != value.line:
        return None
    if position(value.source, span[1]).line != key.line or text[value_start(value)] in "|>":
        return None
    if "&" in text[offset(key.source, value.line, value.column) : span[0]]:
        return None
    begin = starts[key.line - 1]
    end = starts[key.line] if key.line < len(starts) else len(text)
    before = text[begin : begin + key.column - 1].strip()
    after = text[span[1] : end].strip()
    if before != ("-" if dash else "") or (after and not after.startswith("#")):
        return None
    return Edit(file=key.source.name, start=begin, end=end, text="")
