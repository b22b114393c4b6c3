"""What the jobs of one run share."""

import contextlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from gluv.execute.artifacts import Kept, Sources
from gluv.execute.differences import Differences
from gluv.execute.events import AnyEvent
from gluv.execute.executors.engines import Engines
from gluv.execute.parts import Parts, Toolchain
from gluv.host.homes import Homes
from gluv.host.processes import StopSignal
from gluv.host.watchdog import Watchdog
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
        self.cancel = StopSignal(parts.cancel)
        self._stop_signals: dict[str, StopSignal] = {}
        self._stops: dict[str, int] = {}
        self._toolchains: dict[tuple[str | None, object], Toolchain] = {}
        self._providing: dict[tuple[str | None, object], threading.Lock] = {}
        self._kept: dict[str, Kept] = {}
        # The address of each environment that a job of this run has deployed to.
        self.deployed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._slot: Path | None = None
        self._snapshot: Snapshot | None = None
        self._homes: Homes | None = None
        self._guard: Watchdog | None = None

    def settle(self, slot: Path, snapshot: Snapshot, homes: Homes, guard: Watchdog) -> None:
        """The place and the files are there: jobs may start."""
        self._slot, self._snapshot, self._homes, self._guard = slot, snapshot, homes, guard
        self.engines.settle(slot, guard)

    @contextlib.contextmanager
    def stop_signal(self, job: str) -> Iterator[StopSignal]:
        """What stops one job, which also stops when the whole run does."""
        signal = StopSignal(self.cancel)
        with self._lock:
            self._stop_signals[job] = signal
        try:
            yield signal
        finally:
            with self._lock:
                del self._stop_signals[job]
            signal.close()

    def stop_jobs(self, names: Container[str]) -> None:
        """Stop these jobs in good order, those of them that run; the others go on."""
        with self._lock:
            found = [signal for name, signal in self._stop_signals.items() if name in names]
        for signal in found:
            signal.raise_to(1)

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
    def guard(self) -> Watchdog:
        """What ends the processes of this run if gluv is killed."""
        assert self._guard is not None
        return self._guard

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

    def expiry(self, job: str, job_id: int) -> float | None:
        """When the artifacts of an attempt at a job expire, None for never and for nothing."""
        with self._lock:
            kept = self._kept.get(job)
        return kept.expire_at if kept is not None and kept.job_id == job_id else None

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

    def forget(self, job: PlannedJob) -> None:
        """Only what the last attempt at a job leaves is for later ones."""
        with self._lock:
            self._kept.pop(job.name, None)


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
