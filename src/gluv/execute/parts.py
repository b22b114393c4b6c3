"""What a run needs from the outside, handed in by the one who wires it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from gluv.host.own_outputs import NOTHING, OwnOutputs
from gluv.host.processes import StopSignal
from gluv.plan.context import Context
from gluv.plan.model import Plan, PlannedJob
from gluv.settings import ExecutorChoice, Settings
from gluv.store.store import Store
from gluv.trace.limits import DEFAULT_LIMIT

if TYPE_CHECKING:
    from gluv.execute.visit import Visit
    from gluv.host.engine import Engine
    from gluv.host.git_reading import Reading


class Furnished(Protocol):
    """A toolchain laid out for one job: directories of PATH, first one first, and variables."""

    @property
    def path(self) -> tuple[Path, ...]:
        """Directories that come first in the job's PATH."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables the image itself would set."""
        ...


class Toolchain(Protocol):
    """What provides an image here."""

    @property
    def said(self) -> tuple[str, ...]:
        """What was provided, for people ("uv 0.10.6 from PyPI")."""
        ...

    @property
    def differences(self) -> tuple[str, ...]:
        """How it differs from the image, each a clause."""
        ...

    @property
    def content(self) -> str:
        """What `furnish` lays out, whatever the directory; empty if that is made anew each time."""
        ...

    def furnish(self, directory: Path) -> Furnished:
        """Lay it out in an empty directory that belongs to one job."""
        ...

    def find(self, directory: Path) -> Furnished:
        """What `furnish` gave, for a directory that it has laid out and that was moved since."""
        ...

    def launchers(self, directory: Path) -> Mapping[str, str]:
        """The text of the files that hold the place of the directory, by their paths in it."""
        ...


Provide = Callable[[str | None, PlannedJob], Toolchain]
"""The toolchain for an image reference, variables expanded (None: no image). Raises `Stop`."""


OpenProject = Callable[[PlannedJob, Mapping[str, str]], "tuple[Plan, Context, Parts] | None"]
"""The pipeline of another project for a bridge and its variables; None if it is not mapped."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of a run.

    `repository` is the root of the work tree, `builds` a directory outside of it for workspaces,
    `kept` one beside it for what a run leaves to the next (None: nothing),
    `environ` the caller's environment, of which jobs see next to nothing. With `commit` jobs get
    the tree of the pipeline's commit, else the work tree. `jobs` is how many run at once. `manual`
    names the manual jobs to run. With `keep_going` a failed job stops only what needs it. With
    `delays` delayed jobs wait for their time. `grace`
    is the time in seconds between SIGTERM and SIGKILL, `log_limit` a job's log in bytes. `executor`
    says where jobs run; `engine` finds the container engine (it raises `EngineUnavailable`), None
    to look for none. `downstream` opens the pipeline of another project (`trigger:project`).
    `taken` are jobs that an earlier job (its id) stands for, `reuse` those for which one may that
    had the same files, definition and variables. `reading` is the repository being read already.
    `outputs` are the files that gluv itself writes for the caller. `visit` is the job that a
    person's shell visits. Without `details` there are no events that only a live view and machines
    have use for (`JobPrepared`, `JobSection`).
    """

    store: Store
    repository: Path
    builds: Path
    kept: Path | None = None
    toolchains: Provide
    server_url: str
    settings: Settings
    environ: Mapping[str, str]
    commit: bool = False
    jobs: int = 2
    cancel: StopSignal
    manual: frozenset[str] = frozenset()
    taken: Mapping[str, int] = {}
    reuse: frozenset[str] = frozenset()
    keep_going: bool = False
    delays: bool = False
    grace: float = 5.0
    log_limit: int = DEFAULT_LIMIT
    executor: ExecutorChoice = "auto"
    engine: "Callable[[], Engine] | None" = None
    downstream: OpenProject | None = None
    reading: "Reading | None" = None
    outputs: OwnOutputs = NOTHING
    visit: "Visit | None" = None
    details: bool = True

    @property
    def passed(self) -> dict[str, str]:
        """What `pass-env` hands in of the caller's environment."""
        names = self.settings.pass_env
        return {name: self.environ[name] for name in names if name in self.environ}
