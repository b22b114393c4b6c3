"""Where a key of a TOML file stands, found by reading its lines."""

import re
from collections.abc import Iterator

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*="
)
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")


def find_key(text: str, keys: tuple[str, ...], nth: int = 0) -> tuple[int, int] | None:
    """Line and column of a dotted key; `nth` chooses among tables of an array.

    Falls back to the closest table above it that is written down.
    """
    best: tuple[int, tuple[int, int]] | None = None
    for path, count, place in _places(text):
        wanted = keys[: len(path)]
        if path != wanted or (count is not None and count != nth):
            continue
        if best is None or len(path) > best[0]:
            best = (len(path), place)
    return best[1] if best else None


def table_end(text: str, keys: tuple[str, ...], nth: int = 0) -> int | None:
    """The offset behind the last line of a table that is not blank; None without its header."""
    at, inside, end = 0, False, None
    counts: dict[tuple[str, ...], int] = {}
    for line in text.splitlines(keepends=True):
        if header := _HEADER.match(line):
            path = _parts(header[2])
            seen = counts.get(path, 0)
            counts[path] = seen + 1
            inside = path == keys and (header[1] == "[" or seen == nth)
        at += len(line)
        if inside and line.strip():
            end = at
    return end


def _places(text: str) -> Iterator[tuple[tuple[str, ...], int | None, tuple[int, int]]]:
    table: tuple[str, ...] = ()
    nth: int | None = None
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            nth = None
            if header[1] == "[[":
                nth = counts.get(table, 0)
                counts[table] = nth + 1
            yield table, nth, (number, header.start(1) + 1)
        elif key := _KEY.match(line):
            yield (*table, *_parts(key[1])), nth, (number, key.start(1) + 1)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
