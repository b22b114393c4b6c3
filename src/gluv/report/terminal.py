"""How wide the place is that people read on."""

import os
from typing import IO

_NARROWEST, _WIDEST, _ELSEWHERE = 60, 120, 80


def terminal_width(stream: IO[str]) -> int:
    """Columns to write in: the terminal's, within reason; 80 where there is none."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return _ELSEWHERE
    return max(_NARROWEST, min(columns, _WIDEST))
