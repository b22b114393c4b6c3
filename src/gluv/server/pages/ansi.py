"""The colours of logs as a style sheet: 256 of them, all readable on the ground of a log."""

from gluv.trace.styles import rgb

GROUND = (17, 19, 24)
"""The ground of a log, `--log-ground` in the style sheet."""

LEAST_CONTRAST = 4.6
"""WCAG 2 asks for 4.5 to 1."""

_FIRST = (
    *((122, 128, 140), (255, 123, 114), (94, 201, 122), (227, 179, 65), (121, 176, 255)),
    *((214, 151, 255), (86, 206, 219), (221, 225, 232), (139, 148, 158), (255, 161, 152)),
    *((132, 227, 155), (248, 211, 110), (165, 204, 255), (232, 186, 255), (128, 230, 240)),
    (255, 255, 255),
)
"""The 16 colours that a terminal may choose."""


def render_ansi() -> str:
    """Rules for the classes of `gluv.trace.styles`."""
    lines = []
    black, white = (0, 0, 0), (255, 255, 255)
    colours = [*_FIRST, *map(rgb, range(16, 256))]
    for number, colour in enumerate(colours):
        ink = black if contrast(colour, black) > contrast(colour, white) else white
        lines.append(f".g{number}{{background:{_hex(colour)};color:{_hex(ink)}}}")
    for number, colour in enumerate(colours):
        lines.append(f".f{number}:not([class*=' g']){{color:{_hex(readable(colour))}}}")
    return "\n".join(lines) + "\n"


def readable(colour: tuple[int, ...]) -> tuple[int, ...]:
    """A colour, lightened until it can be read on the ground of a log."""
    for step in range(21):
        lighter = tuple(round(part + (255 - part) * step / 20) for part in colour)
        if contrast(lighter, GROUND) >= LEAST_CONTRAST:
            return lighter
    return (255, 255, 255)


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _hex(colour: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)
