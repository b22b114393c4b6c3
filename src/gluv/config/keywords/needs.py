"""`needs:`."""

import msgspec


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `needs:`. Exactly one of `job` (this pipeline or `project`/`pipeline`) is meant.

    `matrix` holds `parallel:matrix` rows (variable to accepted values); None means all of the job.
    """

    job: str | None = None
    artifacts: bool = True
    optional: bool = False
    matrix: tuple[dict[str, tuple[str, ...]], ...] | None = None
    project: str | None = None
    ref: str | None = None
    pipeline: str | None = None
