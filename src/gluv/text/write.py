"""Nodes written back as YAML that Psych reads to the same values."""

import re

from gluv.errors import Mark
from gluv.text.key import render_plain
from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode
from gluv.text.scalar import ScalarRefused, resolve_scalar
from gluv.text.symbol import Symbol

# Text that needs no quotes if it also means itself: no indicator first, no comment, no key.
_BARE = re.compile(r"(?!---|\.\.\.)[\w/.$(+][^\x00-\x1f\x7f]*", re.S)
_NOT_BARE = re.compile(r": |:$| #|\s$|^\s")
_BARE_IN_LIST = re.compile(r"[A-Za-z_.][\w. /-]*")
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]')
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_NOT_IN_BLOCK = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
)
_LONGEST_KEY = 500  # characters; libyaml looks for a key's colon within 1,024

Line = tuple[str, Mark | None]


def render_yaml(value: object) -> str:
    """`value`, a node or plain data, as a YAML document ending in a newline.

    Strings that would read as something else are quoted, several lines become a `|` block, and
    references keep their tag. Anchors are written out in full.
    """
    return "".join(f"{line}\n" for line, _ in render_lines(value))


def render_lines(value: object) -> list[Line]:
    """The lines of `render_yaml`, each with the place of the key or list item it begins.

    None where nothing begins (inside of a block) or the place is not known (plain data). A comment
    may be put after any line that has a place.
    """
    lines: list[Line] = []
    _write(value, 0, "", None, lines)
    return lines


def _write(value: object, indent: int, start: str, mark: Mark | None, lines: list[Line]) -> None:
    """Append `value`; `start` is what already stands on its first line, such as `  key:`."""
    pad = " " * indent
    lead = f"{start} " if start else ""
    keys: dict[str, ScalarNode] = value.keys if isinstance(value, MapNode) else {}
    value = _plain(value)
    match value:
        case dict() if value:
            if start:
                lines.append((start, mark))
            for key, item in value.items():
                name = f"{pad}{_key(str(key), pad)}:"
                _write(item, indent + 2, name, _mark(keys.get(key)), lines)
        case list() | tuple() if value:
            if start:
                lines.append((start, mark))
            for item in value:
                _item(item, indent, lines)
        case dict():
            lines.append((f"{lead}{{}}", mark))
        case list() | tuple():
            lines.append((f"{lead}[]", mark))
        case ReferenceNode():
            path = ", ".join(_bare_or_quoted(part) for part in value.path)
            lines.append((f"{lead}!reference [{path}]", mark))
        case str() if not isinstance(value, Symbol) and _is_block(value):
            _block(value, max(indent, 2), lead, mark, lines)
        case _:
            lines.append((f"{lead}{_scalar(value)}", mark))


def _plain(value: object) -> object:
    """One level of a node as plain data; references stay nodes."""
    match value:
        case ScalarNode():
            return value.value
        case SeqNode():
            return value.items
        case MapNode():
            return value.items
        case _:
            return value


def _mark(node: object) -> Mark | None:
    return node.mark if isinstance(node, Node) else None


def _item(value: object, indent: int, lines: list[Line]) -> None:
    """One item of a list; a map or list inside starts on the line of the dash."""
    pad = " " * indent
    inside = _plain(value)
    if not isinstance(inside, dict | list | tuple) or not inside:
        _write(value, indent + 2, f"{pad}-", _mark(value), lines)
        return
    inner: list[Line] = []
    _write(value, indent + 2, "", None, inner)
    first, mark = inner[0]
    lines.append((f"{pad}- {first[indent + 2 :]}", mark))
    lines.extend(inner[1:])


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case Symbol():
            return _symbol(value)
        case str():
            return value if _is_bare(value) else _quoted(value)
        case float() if value != value:
            return ".nan"
        case float() if value in (float("inf"), float("-inf")):
            return ".inf" if value > 0 else "-.inf"
        case bool() | int() | float():
            return render_plain(value)
    raise TypeError(type(value))


def _symbol(value: str) -> str:
    if re.fullmatch(r"\w+", value):
        return f":{value}"
    return f"!ruby/symbol {_quoted(value)}"


def _is_bare(text: str) -> bool:
    if not _BARE.fullmatch(text) or _NOT_BARE.search(text) or not text.isprintable():
        return False
    try:
        value = resolve_scalar(text)
    except ScalarRefused:
        return False
    return type(value) is str and value == text


def _bare_or_quoted(text: str) -> str:
    return text if _BARE_IN_LIST.fullmatch(text) and _is_bare(text) else _quoted(text)


def _quoted(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _key(key: str, pad: str) -> str:
    if key == "<<":
        return '!!str "<<"'  # quotes alone do not stop Psych from merging
    text = key if _is_bare(key) else _quoted(key)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n{pad}"


def _is_block(text: str) -> bool:
    """Whether `text` can be a literal block whose indentation YAML finds by itself."""
    if "\n" not in text or text[0] in " \n\t" or not text.strip():
        return False
    return _NOT_IN_BLOCK.search(text) is None


def _block(text: str, indent: int, lead: str, mark: Mark | None, lines: list[Line]) -> None:
    body = text.rstrip("\n")
    ending = len(text) - len(body)
    lines.append((f"{lead}|{'-' if not ending else '' if ending == 1 else '+'}", mark))
    pad = " " * indent
    lines.extend((f"{pad}{line}" if line else "", None) for line in body.split("\n"))
    lines.extend([("", None)] * (ending - 1))
