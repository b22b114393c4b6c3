"""`retry:`."""

import msgspec


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """`retry:`; `when` defaults to every reason."""

    max: int = 0
    when: tuple[str, ...] = ("always",)
    exit_codes: tuple[int, ...] = ()
