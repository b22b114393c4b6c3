"""`workflow:`."""

import msgspec

from gluv.config.keywords.rules import Rule


class AutoCancel(msgspec.Struct, frozen=True, kw_only=True):
    """`workflow:auto_cancel`."""

    on_new_commit: str | None = None
    on_job_failure: str | None = None


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """`workflow:`; rules of None mean that every pipeline is created."""

    name: str | None = None
    rules: tuple[Rule, ...] | None = None
    auto_cancel: AutoCancel | None = None
