"""`inherit:`."""

import msgspec


class Inherit(msgspec.Struct, frozen=True, kw_only=True):
    """`inherit:`; True takes all, False none, a tuple the named ones."""

    default: bool | tuple[str, ...] = True
    variables: bool | tuple[str, ...] = True
