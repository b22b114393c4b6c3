"""The executor with containers: docker or podman runs the image that the job names."""

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gluv.errors import EngineUnavailable, ToolchainUnavailable
from gluv.execute.environment import write_variables
from gluv.execute.executors.client_environment import by_name
from gluv.execute.executors.contract import Layout, Limits
from gluv.execute.executors.images import (
    DEFAULT_POLICY,
    POLICY_DIFFERS,
    LocalImage,
    obtain_image,
)
from gluv.execute.executors.inside import FIND_SHELL, write_step, write_surroundings
from gluv.execute.executors.services import (
    Started,
    free_aliases,
    service_variables,
    start_service,
    wait_for_services,
)
from gluv.execute.executors.step_end import end_step, judge_step, started_at
from gluv.execute.result import JobFailed
from gluv.execute.run import Run
from gluv.execute.shell import private_file
from gluv.execute.variables import Expansion
from gluv.host.engine import Engine, mount, reason
from gluv.host.engine_leftovers import LABEL, give_back, has_strangers, remove_all
from gluv.host.engine_network import Connection, create_network
from gluv.host.processes import Ended, StopSignal, run_session
from gluv.host.submodules import modules_of
from gluv.host.workspace_access import open_to_all
from gluv.plan.model import PlannedJob
from gluv.plan.variable import EnvVar
from gluv.toolchain.catalogue import load
from gluv.toolchain.reference import parse_reference
from gluv.toolchain.wanted import read_wanted

if TYPE_CHECKING:
    from gluv.execute.executors.monitor import Monitor
    from gluv.host.terminal import Streams

DEFAULT_IMAGE = "ruby:3.1"
"""What gitlab.com's runners take for a job without an image."""

TAIL = 4096
"""Bytes of a step's output that are searched for the engine's own error."""


class ContainerExecutor:
    """One container per job, started anew for every step, as GitLab Runner's docker executor does.

    Its file system lasts from step to step; the image's entrypoint runs each time. The workspace is
    mounted at `/builds/<group>/<project>`.
    """

    kind = "container"

    def __init__(
        self, run: Run, job: PlannedJob, layout: Layout, image: str | None, engine: Engine
    ) -> None:
        self._run = run
        self._job = job
        self._name = image or DEFAULT_IMAGE
        self._engine = engine
        self._mark = f"gluv-{secrets.token_hex(6)}"
        self._network: str | None = None
        self._connection = Connection(options=())
        self._image: LocalImage | None = None
        self._containers: list[str] = []
        self._started_at = ""
        self._closed = False
        self.layout = layout
        self.server_url = run.parts.server_url
        self.differences: list[str] = []
        self.hint = ""

    def open(self) -> None:
        """Make the network, which decides how the job calls the embedded GitLab."""
        if self._job.hooks:
            self.differences.append(
                "the hooks ran in the job's image, on GitLab in the runner's own, which has git"
            )
        if self._job.services:
            create_network(self._engine, self._mark, dict([self._label]))
            self._network = self._mark
        self._connection = self._run.engines.connections.connect(self._network)
        if self._connection.url:
            self.server_url = self._connection.url
        else:
            self.differences.append(
                f"the embedded GitLab cannot be reached from containers: {self._connection.why}"
            )

    def prepare(
        self, variables: Sequence[EnvVar], say: Callable[[str], None], deadline: float
    ) -> None:
        """Pull the image, start the services and make the job's container."""
        engine, job, stop = self._engine, self._job, self._run.cancel
        expand = Expansion({each.key: each.value for each in variables}).runner
        say(f"Using {engine.shown}")
        obtain = partial(obtain_image, engine, say=say, stop=stop, deadline=deadline)
        started: list[Started] = []
        taken: set[str] = set()
        for index, service in enumerate(job.services):
            aliases = free_aliases(service, taken, say)
            if not aliases:
                continue
            image = obtain(
                expand(service.name),
                policies=service.pull_policy,
                platform=service.docker.platform if service.docker else None,
            )
            container = f"{self._mark}-service-{index}"
            self._containers.append(container)
            started.append(
                start_service(
                    engine,
                    service,
                    image,
                    aliases=aliases,
                    expand=expand,
                    name=container,
                    network=self._connection.options,
                    labels=self._labels,
                    variables=service_variables(service, variables),
                    layout=self.layout,
                    say=say,
                )
            )
        if started:
            wait_for_services(engine, started, say=say, stop=stop, deadline=deadline)
        options = job.image
        docker = options.docker if options else None
        platform = expand(docker.platform) if docker and docker.platform else None
        policies = options.pull_policy if options else ()
        self._image = obtain(self._name, policies=policies, platform=platform)
        if (policies or DEFAULT_POLICY) == DEFAULT_POLICY:
            self.differences.append(POLICY_DIFFERS)
        self._look_for_shell()
        user = expand(docker.user) if docker and docker.user else None
        self._create(user, started, variables)

    def _look_for_shell(self) -> None:
        """An image of uv without a system fails here as on GitLab; the next step is known."""
        try:
            reference = parse_reference(self._name)
            if reference.is_uv and reference.tag is not None:
                entrypoint = self._job.image.entrypoint if self._job.image else None
                read_wanted(reference, load(), entrypoint)
        except ToolchainUnavailable as why:
            self.hint = why.hint

    def _create(
        self, user: str | None, started: Sequence[Started], variables: Sequence[EnvVar]
    ) -> None:
        assert self._image is not None
        engine, layout = self._engine, self.layout
        entrypoint = self._job.image.entrypoint if self._job.image else None
        arguments = ["--name", self._mark, *self._labels, *self._connection.options]
        for each in started:
            if each.address:
                # As links do; the engine's own name service, where it has one, says the same.
                for alias in each.aliases:
                    arguments += ["--add-host", f"{alias}:{each.address}"]
        group = layout.inside.rpartition("/")[0]
        arguments += mount(layout.project.parent, group)
        shared = self._run.snapshot.shared
        modules = modules_of(shared[0][0])
        for path, writable in (*shared, *([(modules, False)] if modules.is_dir() else [])):
            arguments += mount(path, path, read_only=not writable)
        if user:
            arguments += ["--user", user]
        if self._has_monitor:
            arguments += ["--conmon-pidfile", str(self._pidfile)]
        if engine.labels:
            arguments += ["--security-opt", "label=disable"]
        # As in the runner, an empty list changes nothing; an empty word takes the entrypoint away.
        if entrypoint:
            arguments += ["--entrypoint", entrypoint[0]]
        self._run.engines.note_image(self._image.id)
        with by_name(self.environment(variables), layout.home) as (options, environment):
            done = engine.call(
                *("create", "-i", "--pull", "never", "--log-driver", "none", *arguments),
                *options,
                self._image.id,
                *(entrypoint[1:] if entrypoint else ()),
                *("sh", "-c", FIND_SHELL),
                env=environment,
            )
        if done.code:
            raise JobFailed(
                "runner_system_failure",
                f" (system failure): Cannot create the job's container: {reason(done)}",
            )
        self._containers.append(self._mark)

    def environment(self, variables: Sequence[EnvVar]) -> dict[str, str]:
        """The job's variables; all else is the image's own."""
        parts, layout = self._run.parts, self.layout
        made = parts.passed | write_variables(variables, layout.private)
        for variable in variables:
            if variable.file and variable.key in made:
                made[variable.key] = f"{layout.inside}.tmp/{variable.key}"
        server = urlsplit(self.server_url)
        if server.hostname not in (None, "127.0.0.1", "localhost", "::1"):
            # pip takes plain HTTP from the loopback only; GitLab has HTTPS.
            made.setdefault("PIP_TRUSTED_HOST", server.netloc)
        return made

    def run(
        self,
        text: str,
        environment: Mapping[str, str],
        output: Callable[[bytes], None],
        limits: Limits,
    ) -> Ended:
        """Start the container with the step on its standard input, and follow it to its end."""
        engine, layout = self._engine, self.layout
        host = urlsplit(self._connection.url).hostname or ""
        script = write_step(text, environment, project=layout.inside, server=host)
        tail = bytearray()

        def follow(chunk: bytes) -> None:
            tail.extend(chunk)
            del tail[:-TAIL]
            output(chunk)

        with (
            self._monitor(limits.stop) as monitor,
            private_file(layout.home / "script", script) as file,
        ):
            ended = run_session(
                [engine.program, "start", "--attach", "--interactive", self._mark],
                cwd=layout.home,
                env=engine.environ,
                stdin=file,
                output=follow,
                stop=monitor.stop if monitor else limits.stop,
                ignore_stop=limits.ignore_stop,
                deadline=limits.deadline,
                grace=limits.grace,
                interrupt=self._interrupt,
                strike=self._strike,
            )
        state = end_step(engine, self._mark)
        if monitor and monitor.died and not limits.stop.level:
            raise JobFailed(
                "runner_system_failure",
                " (system failure): podman's monitor of the job's container (conmon) has died",
            )
        if ended.stopped:
            return ended
        before, self._started_at = self._started_at, started_at(state)
        said = bytes(tail).decode(errors="replace")
        judged = judge_step(engine, self._mark, ended, state, before=before, tail=said)
        if state.get("OOMKilled"):
            self.hint = "the container ran out of memory"
        return judged

    def shell(
        self,
        command: str | None,
        environment: Mapping[str, str],
        streams: "Streams",
        stop: StopSignal,
    ) -> int:
        """A shell in the job's container, which waits at its own standard input meanwhile.

        The container has had the job's variables since it was made.
        """
        from gluv.execute.executors.visitor import visitor_variables, write_visit
        from gluv.host.terminal import run_attached

        engine, layout = self._engine, self.layout
        started = engine.call("start", self._mark)
        if started.code:
            words = f" (system failure): Cannot start the container: {reason(started)}"
            raise JobFailed("runner_system_failure", words)
        host = urlsplit(self._connection.url).hostname or ""
        visit = write_visit(
            command,
            write_surroundings(project=layout.inside, server=host),
            directory=layout.inside,
            terminal=streams.is_terminal,
        )
        made = visitor_variables(self._job.name, self._run.parts.environ)
        made["CI_JOB_STATUS"] = environment["CI_JOB_STATUS"]
        options = [word for name, value in made.items() for word in ("-e", f"{name}={value}")]
        try:
            return run_attached(
                (
                    *(engine.program, "exec", "-it" if streams.is_terminal else "-i"),
                    *options,
                    *(self._mark, "sh", "-c", visit),
                ),
                streams=streams,
                cwd=layout.home,
                env=engine.environ,
                stop=stop,
                owned=str(layout.home),
            )
        finally:
            end_step(engine, self._mark)

    def open_sources(self) -> None:
        """Give every user of the container the owner's rights, once."""
        open_to_all(self.layout.project.parent)

    def take_back(self) -> None:
        """What a container's root wrote belongs to the caller again."""
        home, image = self.layout.home, self._image
        if os.geteuid() and has_strangers(home) and image is not None:
            give_back(self._engine, image.id, home, (os.getuid(), os.getgid()))

    def _monitor(self, stop: StopSignal) -> contextlib.AbstractContextManager["Monitor | None"]:
        if not self._has_monitor:
            return contextlib.nullcontext()
        from gluv.execute.executors.monitor import Monitor

        return Monitor(self._pidfile, stop)

    @property
    def _has_monitor(self) -> bool:
        """Whether podman's monitor can be watched; it takes no path that is not ASCII."""
        here = self._engine.client == "podman" and not self._engine.distant
        return here and str(self._pidfile).isascii()

    @property
    def _pidfile(self) -> Path:
        return self.layout.home / "conmon.pid"

    def _interrupt(self) -> None:
        """Hand SIGTERM to the processes of the step; the first one of a container ignores it.

        The client must not get it: docker's would go, and the output with it.
        """

        def ask() -> None:
            with contextlib.suppress(EngineUnavailable):
                self._engine.call("exec", self._mark, "sh", "-c", "kill -TERM -1", timeout=20)

        threading.Thread(target=ask, daemon=True).start()

    def _strike(self) -> None:
        """End the step at once. The client that starts it must not be killed meanwhile: podman
        would not know of what it has just begun, and nobody would end that."""

        def kill() -> None:
            with contextlib.suppress(EngineUnavailable):
                while not self._closed and self._engine.call("kill", self._mark, timeout=20).code:
                    time.sleep(0.1)

        threading.Thread(target=kill, daemon=True).start()

    def close(self) -> None:
        """Remove containers and network; what resists is removed by the next run."""
        self._closed = True
        try:
            self.take_back()
            if self._network is not None:
                self._run.engines.connections.forget(self._network)
            why = remove_all(self._engine, self._containers[::-1], self._network)
        except EngineUnavailable as error:
            why = error.message
        self._containers, self._network = [], None
        if why:
            self._run.engines.leave_behind()
            self._run.differences.add(
                f"containers were left behind, the next run removes them: {why}"
            )

    @property
    def _label(self) -> tuple[str, str]:
        return LABEL, str(self._run.guard.slot)

    @property
    def _labels(self) -> tuple[str, ...]:
        return "--label", "=".join(self._label)
