"""`environment:`."""

import msgspec


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """`environment:`; `auto_stop_in` in seconds."""

    name: str
    url: str | None = None
    action: str = "start"
    on_stop: str | None = None
    auto_stop_in: int | None = None
    deployment_tier: str | None = None
    kubernetes: dict[str, object] | None = None
