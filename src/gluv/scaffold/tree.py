"""The files of a project, as whoever asks `scaffold` hands them in."""

from typing import Protocol


class Tree(Protocol):
    """What git has or would have of a folder; paths are relative, with `/`."""

    def files(self) -> tuple[str, ...]:
        """Every path, sorted, without what git ignores."""

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none."""
