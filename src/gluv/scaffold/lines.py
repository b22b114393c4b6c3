"""YAML with comments: entries written in the order and with the words they are given."""

import json
from collections.abc import Sequence

import msgspec

from gluv.text.write import render_yaml

_WIDTH = 100


class Quoted(str):
    """Text that stands in quotes even where YAML would read it right: versions."""

    __slots__ = ()


class Entry(msgspec.Struct, frozen=True):
    """A key with its value, and why, in lines above it.

    The value is a scalar, a list of scalars, or entries.
    """

    key: str
    value: object
    why: str = ""
    spaced: bool = False


class Item(msgspec.Struct, frozen=True):
    """An item of a list of maps."""

    entries: tuple[Entry, ...]


class Slot(msgspec.Struct, frozen=True):
    """The place of what is the user's."""

    name: str


def write_entries(entries: Sequence[Entry | Slot], indent: int = 0) -> list[str]:
    """The lines of a map; `spaced` entries stand apart from the one before."""
    pad = " " * indent
    lines: list[str] = []
    for entry in entries:
        if isinstance(entry, Slot):
            lines += [f"{pad}# >>> yours: {entry.name}", f"{pad}# <<< yours: {entry.name}"]
            continue
        if entry.spaced and lines:
            lines.append("")
        lines += [f"{pad}# {line}" for line in entry.why.splitlines()]
        lines += _write(f"{pad}{entry.key}:", entry.value, indent)
    return lines


def _write(start: str, value: object, indent: int) -> list[str]:
    if not isinstance(value, list | tuple):
        return [f"{start} {scalar(value)}"]
    if value and all(isinstance(item, Entry | Slot) for item in value):
        return [start, *write_entries(value, indent + 2)]
    if value and all(isinstance(item, Item) for item in value):
        lines = [start]
        for item in value:
            inner = write_entries(item.entries, indent + 4)
            # The dash stands before the first key, below the comments that explain it.
            first = next(number for number, line in enumerate(inner) if not _is_comment(line))
            pad = " " * (indent + 2)
            lines += [pad + line.strip() for line in inner[:first]]
            lines += [f"{pad}- {inner[first].strip()}", *inner[first + 1 :]]
        return lines
    slots = [item for item in value if isinstance(item, Slot)]
    items = [scalar(item) for item in value if not isinstance(item, Slot)]
    lines = _write_list(start, items, indent, flow=not slots)
    return lines + write_entries(slots, indent + 2)


def _write_list(start: str, items: list[str], indent: int, *, flow: bool) -> list[str]:
    key = start.strip()
    one_line = f"{start} [{', '.join(items)}]"
    if flow and key not in {"script:", "after_script:"} and len(one_line) <= _WIDTH:
        return [one_line]
    return [start, *(f"{' ' * (indent + 2)}- {item}" for item in items)]


def scalar(value: object) -> str:
    """One value on one line; in quotes where YAML 1.1 would read something else."""
    if isinstance(value, Quoted):
        return json.dumps(str(value), ensure_ascii=False)
    text = render_yaml({"k": value}).rstrip("\n").removeprefix("k: ")
    return json.dumps(value, ensure_ascii=False) if "\n" in text else text


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")
