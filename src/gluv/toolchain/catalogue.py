"""Which tags of uv's images were published for which uv, and on which base image."""

import re
from functools import cache
from pathlib import Path

import msgspec

from gluv.text.pattern import later

Release = tuple[int, ...]
_NUMBERED = later(r"(\d+\.\d+(?:\.\d+)?)(?:-(.+))?")
_PYTHON = later(r"python(\d+\.\d+)(-rc)?-(.+)")


def read_release(text: str) -> Release:
    """`"0.10.6"` as numbers that compare."""
    return tuple(int(part) for part in text.split("."))


class Period(msgspec.Struct, frozen=True, array_like=True):
    """A suffix was built on `base` for uv `since` and later, up to but without `before`."""

    base: str
    since: str
    before: str | None

    def holds(self, release: Release) -> bool:
        """Whether a complete release (three numbers) lies in this period."""
        return read_release(self.since) <= release and (
            self.before is None or release < read_release(self.before)
        )

    def touches(self, series: Release) -> bool:
        """Whether any release of a series (two numbers) lies in this period."""
        return read_release(self.since)[:2] <= series and (
            self.before is None or (*series, 0) < read_release(self.before)
        )


class Catalogue(msgspec.Struct, frozen=True):
    """`newest` is the last uv the catalogue knows, `dates` the days at which its tags changed."""

    newest: str
    dates: dict[str, str]
    suffixes: dict[str, tuple[Period, ...]]

    def published(self, release: Release) -> tuple[str, ...]:
        """The suffixes of a complete release, or of any release of a series."""
        return tuple(name for name in self.suffixes if self.periods(name, release))

    def periods(self, suffix: str, release: Release | None = None) -> tuple[Period, ...]:
        """The periods of a suffix, all or those of a release or series."""
        known = self.suffixes.get(suffix, ())
        match release:
            case None:
                return known
            case (_, _):
                return tuple(period for period in known if period.touches(release))
            case _:
                return tuple(period for period in known if period.holds(release))

    def nearest(self, suffix: str, release: Release) -> str | None:
        """The suffix published for `release` that is most like `suffix`; None if there was none.

        The Python of the image counts most, then that it is a slip of the pen, then its system and
        whether it is slim.
        """
        wanted = _traits(suffix)

        def score(name: str) -> tuple[int, int, int, int, int, int, str]:
            traits = _traits(name)
            return (
                traits[0] != wanted[0],
                abs(_minor(traits[0]) - _minor(wanted[0])),
                _slip(suffix, name),
                traits[1] != wanted[1],
                traits[2] != wanted[2],
                len(name),
                name,
            )

        return min(self.published(release), key=score, default=None)


_SLIP = 2
"""Letters more, fewer or others that are taken for a slip."""


def _slip(one: str, other: str) -> int:
    """How many letters were slips, the same for all that is more; another number is none."""
    same = re.sub(r"\D", "", one) == re.sub(r"\D", "", other)
    return min(_edits(one, other), _SLIP + 1) if same else _SLIP + 1


def _edits(one: str, other: str) -> int:
    """How many letters make one word the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for count, mine in enumerate(one, 1):
        above, row[0] = row[0], count
        for place, theirs in enumerate(other, 1):
            above, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, above + (mine != theirs)),
            )
    return row[-1]


class UvTag(msgspec.Struct, frozen=True):
    """A tag taken apart: `0.10.6-python3.12-trixie-slim`; either part may be missing."""

    version: str | None
    suffix: str | None


def parse_tag(tag: str) -> UvTag:
    """Take apart `X.Y.Z-SUFFIX`, `X.Y-SUFFIX`, `X.Y.Z`, `X.Y`, `SUFFIX` and `latest`."""
    if tag == "latest":
        return UvTag(None, None)
    if (found := _NUMBERED.fullmatch(tag)) is not None:
        return UvTag(found[1], found[2])
    return UvTag(None, tag)


def python_of(suffix: str) -> str | None:
    """The Python a suffix names: `3.12`, `3.14-rc`, or None."""
    found = _PYTHON.fullmatch(suffix)
    if found is None:
        dhi = re.fullmatch(r"python(\d+\.\d+)-dhi", suffix)
        return dhi[1] if dhi else None
    return found[1] + (found[2] or "")


@cache
def load() -> Catalogue:
    """The catalogue that ships with gluv."""
    text = (Path(__file__).parent / "data" / "uv_tags.json").read_bytes()
    return msgspec.json.decode(text, type=Catalogue)


def _traits(suffix: str) -> tuple[str | None, str, bool]:
    """(Python or None, kind of system, slim)."""
    kind = "dhi" if suffix.endswith("dhi") else "alpine" if "alpine" in suffix else "debian"
    found = re.match(r"python(\d+\.\d+)", suffix)
    return (found[1] if found else None), kind, "slim" in suffix


def _minor(python: str | None) -> int:
    return int(python.split(".")[1]) if python else 0
