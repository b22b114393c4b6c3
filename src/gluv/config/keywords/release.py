"""`release:`."""

import msgspec


class ReleaseLink(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of `release:assets:links`."""

    name: str
    url: str
    filepath: str | None = None
    link_type: str | None = None


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`release:`; texts may hold variables, which the runner expands."""

    tag_name: str
    description: str
    name: str | None = None
    ref: str | None = None
    tag_message: str | None = None
    milestones: tuple[str, ...] = ()
    released_at: str | None = None
    links: tuple[ReleaseLink, ...] = ()
