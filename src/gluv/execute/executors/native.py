"""The executor without containers: this machine, a toolchain that stands in for the image."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from gluv.errors import ImageUnknown
from gluv.execute.environment import base_environment, write_variables
from gluv.execute.executors.contract import Layout, Limits
from gluv.execute.glab import WORDS, provide_glab, wants_glab
from gluv.execute.parts import Furnished, Toolchain
from gluv.execute.run import Run
from gluv.execute.shell import find_shell, run_commands
from gluv.host.processes import Ended, StopSignal
from gluv.host.turns import turn
from gluv.plan.model import PlannedJob
from gluv.plan.variable import EnvVar

if TYPE_CHECKING:
    from gluv.host.terminal import Streams


class NativeExecutor:
    """Runs a job's scripts as processes of this machine, in a clean environment.

    With `forced` a job runs that needs a container: what it then lacks are differences.
    """

    kind = "native"
    hint = ""

    def __init__(
        self, run: Run, job: PlannedJob, layout: Layout, image: str | None, *, forced: bool = False
    ) -> None:
        self._run = run
        self._job = job
        self._image = image
        self._forced = forced
        self._furnished: Furnished | None = None
        self.layout = layout
        self.server_url = run.parts.server_url
        self.differences: list[str] = []
        self._path = ""

    def open(self) -> None:
        """Nothing to find out."""

    def prepare(
        self, variables: Sequence[EnvVar], say: Callable[[str], None], deadline: float
    ) -> None:
        """Lay out the toolchain; a home and a directory for temporary files are there."""
        home = self.layout.home
        image = self._image
        try:
            toolchain = self._run.toolchain(image, self._job)
        except ImageUnknown as unknown:
            if not self._forced:
                raise
            self.differences.append(
                f"{unknown.message}; the job was forced to run with what a job without image gets"
            )
            toolchain = self._run.toolchain(None, self._job)
        self._furnished = self._furnish(toolchain)
        self.differences += toolchain.differences
        if self._forced and self._job.services:
            names = ", ".join(service.name for service in self._job.services)
            self.differences.append(f"services were not started ({names})")
        for line in toolchain.said:
            say(line)
        if wants_glab(self._job):
            say(provide_glab(home / "bin", self._run.parts.environ))
            self.differences.append(WORDS)

    def _furnish(self, toolchain: Toolchain) -> Furnished:
        """Lay the toolchain out, unless an earlier job left the same one as it was."""
        place, laid = self.layout.home / "image", self._run.homes.of(self.layout.home)
        if toolchain.content and laid.is_sealed(place.name, toolchain.content):
            for path, text in toolchain.launchers(place).items():
                laid.rewrite(f"{place.name}/{path}", text.encode())
            return toolchain.find(place)
        laid.clear(place.name)
        place.mkdir(mode=0o700)
        with turn(laid.stop):
            furnished = toolchain.furnish(place)
            if toolchain.content:
                laid.seal(place.name, toolchain.content)
        return furnished

    def environment(self, variables: Sequence[EnvVar]) -> dict[str, str]:
        """The clean environment and the job's variables."""
        assert self._furnished is not None
        parts, home = self._run.parts, self.layout.home
        base = base_environment(
            parts.environ,
            furnished=self._furnished,
            first=(home / "bin",),
            home=home / "home",
            temporary=home / "tmp",
            server_url=self.server_url,
            pass_env=parts.settings.pass_env,
        )
        self._path = base["PATH"]
        return base | write_variables(variables, self.layout.private)

    def open_sources(self) -> None:
        """The only user of the place has them."""

    def take_back(self) -> None:
        """All that a job writes is this user's."""

    def run(
        self,
        text: str,
        environment: Mapping[str, str],
        output: Callable[[bytes], None],
        limits: Limits,
    ) -> Ended:
        """One step in a session of its own."""
        home, project = self.layout.home, self.layout.project
        return run_commands(
            text,
            place=home,
            # Where the step before removed the project, `cd` in the text says so.
            cwd=project if os.path.isdir(project) else home,
            env=environment,
            path=self._path,
            output=output,
            stop=limits.stop,
            ignore_stop=limits.ignore_stop,
            deadline=limits.deadline,
            grace=limits.grace,
            mark=self._run.guard.mark(),
        )

    def shell(
        self,
        command: str | None,
        environment: Mapping[str, str],
        streams: "Streams",
        stop: StopSignal,
    ) -> int:
        """A shell of this machine on the caller's streams."""
        # Loaded for a visit only.
        from gluv.execute.executors.visitor import shell_options, visitor_variables
        from gluv.host.terminal import run_attached

        shell = find_shell(self._path, self.layout.home)
        return run_attached(
            (shell, *shell_options(shell, command, terminal=streams.is_terminal)),
            streams=streams,
            cwd=self.layout.project,
            env={**environment, **visitor_variables(self._job.name, self._run.parts.environ)},
            stop=stop,
            owned=str(self.layout.home),
            mark=self._run.guard.mark(),
        )

    def close(self) -> None:
        """The job's directory is all there is, and the job removes it."""
