"""A place in a file."""

import msgspec


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A place in a file: its name as the user knows it, line and column counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
