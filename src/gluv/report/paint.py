"""Colour, only where a person looks."""

from collections.abc import Mapping
from typing import IO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Paint:
    """Wraps text in ANSI colours when `enabled`, else leaves it alone."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    @classmethod
    def of(cls, stream: IO[str], environ: Mapping[str, str]) -> "Paint":
        """On for a terminal; `NO_COLOR` switches it off, `FORCE_COLOR` on (no-color.org)."""
        if environ.get("NO_COLOR"):
            return cls(False)
        if environ.get("FORCE_COLOR"):
            return cls(True)
        return cls(stream.isatty() and environ.get("TERM") != "dumb")

    def __call__(self, text: str, *styles: str) -> str:
        """The text in the given styles."""
        if not self.enabled or not styles:
            return text
        return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"
