"""`variables:` at the top, in a job, in a rule."""

import msgspec

from gluv.errors import Mark


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable as YAML defines it; numbers and booleans are strings by now."""

    value: str
    expand: bool = True
    description: str = ""
    options: tuple[str, ...] = ()
    mark: Mark | None = None
