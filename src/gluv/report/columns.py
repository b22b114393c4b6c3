"""Rows under headings, in columns that fit the terminal."""

from collections.abc import Sequence

from gluv.report.paint import Paint
from gluv.report.table import display_width, fit_columns, pad, visible, wrap

_GAP = "  "
_LEAST, _WORD = 12, 24
"""Columns that a column keeps, and that its longest word keeps it from giving up."""


def render_columns(
    headings: Sequence[str], rows: Sequence[Sequence[str]], paint: Paint, *, width: int
) -> str:
    """The rows, the headings above them; what does not fit its column is wrapped within it."""
    cells = [[visible(text) for text in row] for row in rows]
    natural = [
        max(display_width(row[place]) for row in [list(headings), *cells])
        for place in range(len(headings))
    ]
    least = [
        max(_LEAST, *(min(_WORD, _longest_word(row[place])) for row in [list(headings), *cells]))
        for place in range(len(headings))
    ]
    room = width - len(_GAP) * (len(headings) - 1)
    widths = fit_columns(natural, least, room)
    lines = [paint(_line(headings, widths), "bold")]
    for row in cells:
        wrapped = [wrap(text, column) for text, column in zip(row, widths, strict=True)]
        lines += [
            _line([part[at] if at < len(part) else "" for part in wrapped], widths)
            for at in range(max(map(len, wrapped)))
        ]
    return "\n".join(lines)


def _longest_word(text: str) -> int:
    return max(map(display_width, text.split(" ")))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (pad(text, width) for text, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()
