"""ANSI styles of a log: what the escape sequences mean, as ECMA-48 and xterm define them."""

import re
from functools import lru_cache

import msgspec

SEQUENCE = re.compile(
    r"\x1b(?:\[([\d;:?]*)[ -/]*([@-~])|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[()*+][0-~]|[@-Z\\-_=>78])"
)
"""Any escape sequence; the groups are the numbers and the letter of a control sequence."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")
"""What nobody can see, and may not reach a page."""

_LEVELS = (0, 95, 135, 175, 215, 255)
_FLAGS = {
    1: ("bold", True),
    2: ("dim", True),
    3: ("italic", True),
    4: ("underline", True),
    7: ("inverse", True),
    9: ("strike", True),
    21: ("underline", True),
    23: ("italic", False),
    24: ("underline", False),
    27: ("inverse", False),
    29: ("strike", False),
}


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How text looks; colours are numbers of xterm's 256, None for the default one."""

    colour: int | None = None
    ground: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    strike: bool = False

    @property
    def classes(self) -> str:
        """CSS classes: `f` and `g` (the ground) with the number of a colour, and words."""
        words = [
            name for name in self.__struct_fields__[2:] if getattr(self, name) and name != "inverse"
        ]
        if self.ground is not None:
            words.insert(0, f"g{self.ground}")
        if self.colour is not None:
            words.insert(0, f"f{self.colour}")
        return " ".join([*words, "inverse"] if self.inverse else words)


PLAIN = Style()


def after(style: Style, text: str) -> Style:
    """The style in force once `text` was printed."""
    if "\x1b" not in text:
        return style
    for match in SEQUENCE.finditer(text):
        if match[2] == "m":
            style = applied(style, match[1])
    return style


@lru_cache(maxsize=4096)
def applied(style: Style, codes: str) -> Style:
    """The style after an SGR sequence with these numbers."""
    changed = {name: getattr(style, name) for name in Style.__struct_fields__}
    groups = codes.split(";")
    while groups:
        group = groups.pop(0)
        head, *below = [int(part) if part.isdecimal() else 0 for part in group.split(":")]
        if head == 0:
            changed = {name: getattr(PLAIN, name) for name in changed}
        elif head == 22:
            changed["bold"] = changed["dim"] = False
        elif head in _FLAGS:
            name, on = _FLAGS[head]
            changed[name] = on
        elif head in (38, 48):
            changed["colour" if head == 38 else "ground"] = _extended(below, groups)
        elif head in (39, 49):
            changed["colour" if head == 39 else "ground"] = None
        else:
            _simple(changed, head)
    return Style(**changed)


def _simple(changed: dict[str, int | bool | None], head: int) -> None:
    for first, name, shift in (
        (30, "colour", 0),
        (40, "ground", 0),
        (90, "colour", 8),
        (100, "ground", 8),
    ):
        if first <= head < first + 8:
            changed[name] = head - first + shift


def _extended(below: list[int], groups: list[str]) -> int | None:
    """The colour of `38;5;n`, `38;2;r;g;b` and their forms with colons."""
    if below:
        return _nearest(*below[-3:]) if below[0] == 2 and len(below) >= 4 else _indexed(below[1:])
    kind = groups.pop(0) if groups else ""
    wanted = {"5": 1, "2": 3}.get(kind, 0)
    numbers = [int(part) if part.isdecimal() else 0 for part in groups[:wanted]]
    del groups[:wanted]
    return _nearest(*numbers) if len(numbers) == 3 else _indexed(numbers)


def _indexed(numbers: list[int]) -> int | None:
    return numbers[0] if numbers and numbers[0] < 256 else None


def _nearest(red: int, green: int, blue: int) -> int:
    """The one of xterm's 240 fixed colours that is closest."""
    wanted = tuple(min(part, 255) for part in (red, green, blue))
    return min(range(16, 256), key=lambda number: _distance(rgb(number), wanted))


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def rgb(number: int) -> tuple[int, int, int]:
    """One of the colours 16 to 255: a cube of 6 by 6 by 6, then 24 greys."""
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    place = number - 16
    return _LEVELS[place // 36], _LEVELS[place // 6 % 6], _LEVELS[place % 6]
