"""What every executor is to a job.

An executor gives one job a place for its scripts. The job's life (`gluv.execute.job`) is the same
with each: it lays out the files, asks the executor to run the text of one step after another, and
takes caches and artifacts from the files afterwards.

What holds for all of them:

- The workspace is a directory of this machine, below the job's own; `Layout` says where it is here
  and what the scripts call it. What a script writes there is there for the next step and for this
  process, which owns it and can remove it.
- Steps come one after the other. What a step leaves in HOME and in the rest of the file system is
  there for the next one of the same job; processes, shell variables and the working directory are
  not. When `run` returns, no process of the step is left.
- A step is the text of a POSIX shell, run by bash where there is one, else by sh. Its standard
  input is empty; stdout and stderr are one stream, handed on as it comes, nothing lost. The exit
  code is the shell's own, 128 + n after signal n.
- At a stop of a higher level than `ignore_stop`, and at the deadline, the processes of the step get
  SIGTERM and after the grace SIGKILL; a stop of level 2 kills at once.
- Variables never appear in an argument list.
- `prepare` comes first, `close` last and in any case, also after a failed `prepare`; after it
  nothing of the job is left outside of its directory. What a killed gluv leaves is found and
  removed by the next run.
- `shell` is a step whose text a person types: the same environment and working directory, on the
  caller's own streams, its exit code the shell's. It ends when the person leaves, or at a stop.
- What cannot be done is `JobFailed` with GitLab's failure reason; how it differs from GitLab is
  said in `differences`, never silently.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from gluv.host.processes import Ended, StopLevel, StopSignal
from gluv.plan.variable import EnvVar

if TYPE_CHECKING:
    from gluv.host.terminal import Streams


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where a job's things are.

    `home` is the directory that belongs to the job, `project` its work tree below; `builds` and
    `inside` are `CI_BUILDS_DIR` and `CI_PROJECT_DIR` as the scripts see them.
    """

    home: Path
    project: Path
    builds: str
    inside: str

    @property
    def private(self) -> Path:
        """The directory of file variables, beside the project."""
        return self.project.with_name(f"{self.project.name}.tmp")

    def outside(self, path: str) -> str:
        """A path that scripts would understand, as this machine has it."""
        if path == self.inside or path.startswith(f"{self.inside}/"):
            return f"{self.project}{path[len(self.inside) :]}"
        return path


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What ends a step; `deadline` is on the monotonic clock, `grace` in seconds."""

    stop: StopSignal
    ignore_stop: StopLevel
    deadline: float
    grace: float


class Executor(Protocol):
    """The place of one job; see the module for what holds for each."""

    @property
    def kind(self) -> str:
        """`native` or `container`."""
        ...

    @property
    def layout(self) -> Layout:
        """Known from the start."""
        ...

    @property
    def server_url(self) -> str:
        """The embedded GitLab, as the scripts reach it; known after `open`."""
        ...

    @property
    def differences(self) -> Sequence[str]:
        """How the place differs from GitLab's, each a clause; known after `prepare`."""
        ...

    @property
    def hint(self) -> str:
        """The next step if the job fails for a reason that lies in its place."""
        ...

    def open(self) -> None:
        """Find out what the job's variables depend on. Raises `Stop` and `JobFailed`."""
        ...

    def prepare(
        self, variables: Sequence[EnvVar], say: Callable[[str], None], deadline: float
    ) -> None:
        """Provide the place; `say` takes lines for the log. Raises `Stop` and `JobFailed`.

        After the job's own `deadline`, on the monotonic clock, it waits for no image or service.
        """
        ...

    def environment(self, variables: Sequence[EnvVar]) -> dict[str, str]:
        """All that the scripts see on top of what is in the place already."""
        ...

    def open_sources(self) -> None:
        """Let every user of the place write to the files that are there now.

        GitLab Runner gets the sources with a umask of 0000; caches and artifacts keep their modes.
        """
        ...

    def take_back(self) -> None:
        """Make this process the owner of what the steps so far wrote; no step runs."""
        ...

    def run(
        self,
        text: str,
        environment: Mapping[str, str],
        output: Callable[[bytes], None],
        limits: Limits,
    ) -> Ended:
        """Run one step. Raises `JobFailed` if it could not even begin."""
        ...

    def shell(
        self,
        command: str | None,
        environment: Mapping[str, str],
        streams: "Streams",
        stop: StopSignal,
    ) -> int:
        """Open a shell in the place, or run `command` with one. Raises `JobFailed`."""
        ...

    def close(self) -> None:
        """Leave nothing behind. Twice is fine."""
        ...
