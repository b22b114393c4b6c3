"""`rules:` of a job, of `workflow:` and of `include:`."""

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure
from gluv.config.keywords.needs import Need
from gluv.config.keywords.variables import Variable
from gluv.errors import Mark


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """`rules:changes`."""

    paths: tuple[str, ...]
    compare_to: str | None = None


class Exists(msgspec.Struct, frozen=True, kw_only=True):
    """`rules:exists`."""

    paths: tuple[str, ...]
    project: str | None = None
    ref: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One clause; it matches when every condition it has is true. None means the key is absent."""

    if_: str | None = msgspec.field(default=None, name="if")
    changes: Changes | None = None
    exists: Exists | None = None
    when: str | None = None
    start_in: int | None = None
    allow_failure: AllowFailure | None = None
    variables: dict[str, Variable] = {}
    needs: tuple[Need, ...] | None = None
    interruptible: bool | None = None
    auto_cancel: dict[str, str] | None = None
    mark: Mark | None = None
