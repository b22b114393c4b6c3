"""`parallel:`."""

import msgspec


class Matrix(msgspec.Struct, frozen=True, kw_only=True):
    """`parallel:matrix`: rows of variable to values, in written order."""

    rows: tuple[dict[str, tuple[str, ...]], ...]


Parallel = int | Matrix
