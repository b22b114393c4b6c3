"""How wide text is where no font can be asked: an estimate on the wide side."""

import unicodedata

_NARROW = frozenset("iljI.,:;|!'`()[]{}ftr/\\- ")
_BROAD = frozenset("mwMW@%")


def text_width(text: str, size: float) -> float:
    """Width of a line in a sans-serif font of `size`, in the unit of `size`; rather too much."""
    return sum(_em(char) for char in text) * size


def shorten(text: str, size: float, limit: float) -> str:
    """`text`, its middle replaced by an ellipsis if it is wider than `limit`.

    The end of a name says as much as its start: `test: [linux, 3.12]`.
    """
    if text_width(text, size) <= limit:
        return text
    room = limit - text_width("…", size)
    head, tail = "", ""
    left, right = 0, len(text)
    while left < right:
        from_head = text_width(head, size) <= text_width(tail, size) * 1.5
        char = text[left] if from_head else text[right - 1]
        if text_width(head + tail + char, size) > room:
            break
        if from_head:
            head, left = head + char, left + 1
        else:
            tail, right = char + tail, right - 1
    return f"{head.rstrip()}…{tail.lstrip()}"


def _em(char: str) -> float:
    """The width of a character in ems, after the wider ones of the usual fonts."""
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if char in _NARROW:
        return 0.4
    if char in _BROAD:
        return 0.98
    return 0.74 if char.isupper() else 0.61
