"""`# gluv: ignore[GLUnnn]`: which rules a line silences."""

import re
from collections.abc import Iterator

import msgspec

_IGNORE = re.compile(r"#\s*gluv:\s*ignore(?:\[([^\]]*)\])?")


class Silence(msgspec.Struct, frozen=True):
    """One such comment: ids with their columns, counted from 1; none of them means every rule."""

    names: tuple[tuple[int, str], ...] = ()

    def covers(self, rule: str) -> bool:
        """Whether it silences this rule."""
        return not self.names or any(name == rule for _, name in self.names)


def read_silences(line: str) -> Iterator[Silence]:
    """The comments of a line."""
    for found in _IGNORE.finditer(line):
        start = found.start(1)
        yield Silence(
            tuple(
                (start + each.start() + 1, each.group().strip())
                for each in re.finditer(r"[^,\s][^,]*", found[1] or "")
            )
        )
