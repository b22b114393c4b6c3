"""What a run is asked for besides its pipeline."""

from pathlib import Path

import msgspec

from gluv.plan.selection import Selection
from gluv.settings import ExecutorChoice


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for besides its pipeline.

    `manual` names manual jobs to play without narrowing the run. `failed` means what failed last
    time. `junit` and `report` are where results are written, None for nowhere. `executor` is
    that of `[tool.gluv]` if None.
    """

    selection: Selection = Selection()
    manual: tuple[str, ...] = ()
    parallel: int | None = None
    keep_going: bool = False
    delays: bool = False
    dry_run: bool = False
    failed: bool = False
    reuse: bool = False
    watch: bool = False
    as_json: bool = False
    junit: Path | None = None
    report: Path | None = None
    executor: ExecutorChoice | None = None
