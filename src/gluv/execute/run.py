"""What the jobs of one run share."""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from gluv.execute.artifacts import Kept, Sources
from gluv.execute.differences import Differences
from gluv.execute.events import AnyEvent
from gluv.execute.executors.engines import Engines
from gluv.execute.parts import Parts, Toolchain
from gluv.host.homes import Homes
from gluv.host.workspace import Snapshot
from gluv.plan.context import Context
from gluv.plan.environment import shared_layers
from gluv.plan.layers import Layers
from gluv.plan.model import Pipeline, Plan, PlannedJob
from gluv.store.rows import PipelineRow


class Run:
    """One pipeline under way; jobs in several threads read it and leave their artifacts here."""

    def __init__(
        self,
        *,
        plan: Plan,
        pipeline: Pipeline,
        context: Context,
        parts: Parts,
        row: PipelineRow,
        emit: Callable[[AnyEvent], None],
        depth: int = 0,
    ) -> None:
        self.plan = plan
        self.pipeline = pipeline
        self.context = msgspec.structs.replace(context, pipeline_iid=row.iid)
        self.parts = parts
        self.row = row
        self.emit = emit
        self.depth = depth
        self.differences = Differences()
        self.engines = Engines(parts)
        self.directories = directory_names(job.name for job in plan.jobs)
        self.sources = Sources(plan)
        self._stops: dict[str, int] = {}
        self._toolchains: dict[tuple[str | None, object], Toolchain] = {}
        self._providing: dict[tuple[str | None, object], threading.Lock] = {}
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()
        self._slot: Path | None = None
        self._snapshot: Snapshot | None = None
        self._homes: Homes | None = None

    def settle(self, slot: Path, snapshot: Snapshot, homes: Homes) -> None:
        """The place and the files are there: jobs may start."""
        self._slot, self._snapshot, self._homes = slot, snapshot, homes
        self.engines.settle(slot)

    @property
    def slot(self) -> Path:
        """The directory of this run; every job has its own below."""
        assert self._slot is not None
        return self._slot

    @property
    def snapshot(self) -> Snapshot:
        """The files every job starts from."""
        assert self._snapshot is not None
        return self._snapshot

    @property
    def homes(self) -> Homes:
        """The directories of the jobs."""
        assert self._homes is not None
        return self._homes

    @property
    def kept(self) -> Mapping[str, Kept]:
        """The artifacts of the jobs that have ended and left some, by name."""
        return self._kept

    def handed(self, job: PlannedJob) -> tuple[tuple[str, Kept], ...]:
        """The artifacts that a job gets, in order, with the names of the jobs they are from."""
        if not self._kept:
            return ()
        with self._lock:
            names = self.sources.of(job)
            return tuple((name, self._kept[name]) for name in names if name in self._kept)

    @cached_property
    def layers(self) -> Layers:
        """What the variables of all jobs have in common."""
        return shared_layers(self.context, self.pipeline)

    def toolchain(self, image: str | None, job: PlannedJob) -> Toolchain:
        """The toolchain for an image, provided once and shared by its jobs. Raises `Stop`."""
        key = (image, job.image.entrypoint if job.image else None)
        with self._lock:
            turn = self._providing.setdefault(key, threading.Lock())
        with turn:
            if key not in self._toolchains:
                self._toolchains[key] = self.parts.toolchains(image, job)
            return self._toolchains[key]

    def is_provided(self, image: str | None, job: PlannedJob) -> bool:
        """Whether `toolchain` would answer at once."""
        return (image, job.image.entrypoint if job.image else None) in self._toolchains

    def stopped(self, job: PlannedJob, exit_code: int) -> None:
        """A job could not be prepared: the exit code of the `Stop` that kept it from running."""
        with self._lock:
            self._stops[job.name] = exit_code

    @property
    def stops(self) -> Mapping[str, int]:
        """The jobs that could not be prepared, with the exit code of the reason."""
        return dict(self._stops)

    def keep(self, job: PlannedJob, kept: Kept) -> None:
        """Leave a job's artifacts for later ones."""
        with self._lock:
            self._kept[job.name] = kept


def directory_names(names: Iterable[str]) -> dict[str, str]:
    """The directory of each job: readable, short, its own, and the same in every run."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[re.sub(r"[^a-z0-9]+", "-", name.lower())[:32].strip("-")].append(name)
    return {
        name: slug if len(same) == 1 and slug else f"{slug or 'job'}.{place}"
        for slug, same in alike.items()
        for place, name in enumerate(same)
    }
