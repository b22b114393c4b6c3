"""GitLab's package request forwarding: what happens when nobody here has a package."""

from typing import Literal
from urllib.parse import quote

import msgspec

Forwarding = Literal["forward", "off"]


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """A redirect (302) to the package's page at PyPI; the bytes never pass through here."""

    location: str


def forwarded(requested: str, *, forwarding: Forwarding, upstream: str | None) -> Forward | None:
    """Where a request for an unknown package goes, None for a 404.

    Asked only for a package page of a name with no rows that the caller may see, after
    authorisation. `upstream` is PyPI's simple index; without one nothing is forwarded.
    """
    if forwarding == "off" or not upstream:
        return None
    return Forward(location=f"{upstream.rstrip('/')}/{quote(requested.strip('/'), safe='')}/")
