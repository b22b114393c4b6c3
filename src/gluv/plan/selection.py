"""Which jobs of the pipeline the user asked for."""

import msgspec


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """`jobs` are names or globs, `stages` names of stages, `start` jobs with all that follows them.

    What any of them means is chosen; none of them means all. With `needs`, what the chosen jobs
    need runs too.
    """

    jobs: tuple[str, ...] = ()
    needs: bool = True
    stages: tuple[str, ...] = ()
    start: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing was asked for."""
        return not (self.jobs or self.stages or self.start)
