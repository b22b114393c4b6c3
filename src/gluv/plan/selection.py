"""Which jobs of the pipeline the user asked for."""

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """`jobs` are names or globs; none means all. With `needs`, what they need runs too."""

    jobs: tuple[str, ...] = ()
    needs: bool = True
