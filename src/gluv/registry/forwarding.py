"""GitLab's package request forwarding: what happens when nobody here has a package."""

from collections.abc import Iterable
from typing import Literal, Protocol
from urllib.parse import quote

import msgspec

from gluv.registry.names import normalise

Forwarding = Literal["forward", "warn", "off"]
"""`forward` sends unknown names to PyPI as GitLab does, `off` never, `warn` not those that look
like a package of ours."""


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """A redirect (302) to the package's page at PyPI; the bytes never pass through here."""

    location: str


class Suspicious(msgspec.Struct, frozen=True, kw_only=True):
    """Not forwarded, because PyPI might hand out somebody else's package; `reason` is a sentence.

    `owned` says that a project here has the very name, but not where it was asked for.
    """

    reason: str
    owned: bool


class Misspelt(msgspec.Struct, frozen=True, kw_only=True):
    """A 404: the package is there for whoever asks for it by its normalised name."""


class Setting(Protocol):
    """A group's own wish; None leaves it to what is above."""

    @property
    def forwarding(self) -> Forwarding | None:
        """Its own mode."""
        ...

    @property
    def forwarding_locked(self) -> bool:
        """Whether groups below it cannot have another."""
        ...


def effective(instance: Forwarding, lineage: Iterable[Setting]) -> Forwarding:
    """The mode of the last group of a lineage, which begins with the outermost.

    An inner group beats an outer one, and the instance, unless an outer one locks it.
    """
    mode = instance
    for group in lineage:
        mode = group.forwarding or mode
        if group.forwarding_locked:
            break
    return mode


def forwarded(
    requested: str,
    *,
    mode: Forwarding,
    upstream: str | None,
    names: Iterable[str],
    here: bool = False,
    trusted: frozenset[str] = frozenset(),
) -> Forward | Suspicious | Misspelt | None:
    """Where a request for an unknown package goes, None for a 404.

    Asked only for a package page of a name with no rows that the caller may see, after
    authorisation. `upstream` is PyPI's simple index; without one nothing is forwarded. `names` are
    the normalised names that requests are held against, `here` says that the requested one, once
    normalised, is there where it was asked for, and `trusted` are those that are forwarded whatever
    they look like.
    """
    if mode == "off" or not upstream:
        return None
    name = normalise(requested.strip("/"))
    if mode == "warn" and name not in trusted:
        if here:
            return Misspelt()
        known = tuple(names)
        if name in known:
            return Suspicious(
                reason=(
                    f"{name} is a package of this GitLab that cannot be seen from here, so it is"
                    " not looked for at PyPI, where somebody else may have one of that name"
                ),
                owned=True,
            )
        if (ours := closest(name, known)) is not None:
            return Suspicious(
                reason=(
                    f"{name} is not here, but {ours} is: it is not looked for at PyPI, where"
                    " somebody may wait for such a slip"
                ),
                owned=False,
            )
    return Forward(location=f"{upstream.rstrip('/')}/{quote(requested.strip('/'), safe='')}/")


def withheld(requested: str) -> str:
    """The sentence for who may not know what `requested` looks like, the same for every reason."""
    return (
        f"{normalise(requested.strip('/'))} is not looked for at PyPI from here; whoever runs this"
        " GitLab can have it forwarded: [tool.gluv] forwarded-names"
    )


SHORTEST = 5
"""Characters; among shorter names almost every one is a slip of another."""


def closest(name: str, names: Iterable[str]) -> str | None:
    """The first of some normalised names that one slip of the fingers turns into `name`.

    A slip is a character too many, too few, wrong or swapped with its neighbour, or dashes that
    are elsewhere.
    """
    bare = name.replace("-", "")
    for other in names:
        if other == name or abs(len(other) - len(name)) > max(
            1, name.count("-") + other.count("-")
        ):
            continue
        if other.replace("-", "") == bare:
            return other
        if min(len(name), len(other)) >= SHORTEST and _one_slip(name, other):
            return other
    return None


def _one_slip(one: str, other: str) -> bool:
    """Whether two different words are one edit apart (Damerau and Levenshtein)."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    first, second = one[start:], other[start:]
    if len(first) == len(second):
        swapped = first[:2] == second[1::-1] and len(first) > 1
        return first[1:] == second[1:] or (swapped and first[2:] == second[2:])
    shorter, longer = sorted((first, second), key=len)
    return shorter == longer[1:]
