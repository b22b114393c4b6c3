"""`trigger:`."""

import msgspec


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """`trigger:forward`."""

    yaml_variables: bool = True
    pipeline_variables: bool = False


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """`trigger:` of a bridge job: a downstream `project` or a child pipeline from `include`."""

    project: str | None = None
    branch: str | None = None
    strategy: str | None = None
    include: tuple[dict[str, object], ...] = ()
    inputs: dict[str, object] = {}
    forward: Forward | None = None
