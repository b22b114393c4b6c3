"""`only:` and `except:`."""

import msgspec


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`only:`/`except:`; the list form fills `refs`. None means the condition is absent."""

    refs: tuple[str, ...] | None = None
    variables: tuple[str, ...] | None = None
    changes: tuple[str, ...] | None = None
    kubernetes: str | None = None
