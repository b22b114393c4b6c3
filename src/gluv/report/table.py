"""Text in columns that fit a terminal."""

import re
import unicodedata
from collections.abc import Sequence

NO_BREAK = "\u00a0"
"""A space that `wrap` does not break at, and prints as a space."""


def display_width(text: str) -> int:
    """How many columns of a terminal the text takes (wide characters take two, marks none)."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def pad(text: str, width: int) -> str:
    """The text with spaces up to `width` columns."""
    return text + " " * (width - display_width(text))


def fit_columns(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths of columns that together take no more than `room`, if `least` allows it.

    The widest give way first, none goes below its `least`.
    """
    widths = list(natural)
    floors = [min(own, floor) for own, floor in zip(natural, least, strict=True)]
    while sum(widths) > room:
        wide = [index for index, width in enumerate(widths) if width > floors[index]]
        if not wide:
            break
        widths[max(wide, key=widths.__getitem__)] -= 1
    return widths


def visible(text: str) -> str:
    """The text in one line, without what would move a terminal's cursor or change its colours."""
    if text.isprintable():
        return text
    text = re.sub(r" *[\t\n\r\v\f][\t\n\r\v\f ]*", " ", text)
    return "".join(char if char.isprintable() or char == NO_BREAK else "?" for char in text)


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of `width` columns, broken at spaces but not at no-break spaces.

    A word that is longer than a line is cut. Never empty.
    """
    lines = [""]
    for word in re.findall(r"[^ ]+| +", visible(text)):
        if display_width(lines[-1] + word.rstrip(" ")) <= width:
            lines[-1] += word
            continue
        if lines[-1].strip(" "):
            lines[-1] = lines[-1].rstrip(" ")
            lines.append("")
        for char in word.lstrip(" "):
            if display_width(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return [line.rstrip(" ").replace(NO_BREAK, " ") for line in lines]


def keep_end(text: str, width: int) -> str:
    """The text in one line of `width` columns, its start cut off if it is longer."""
    text = visible(text)
    if display_width(text) <= width:
        return text
    while text and display_width(text) >= width:
        text = text[1:]
    return f"…{text}"
