"""A small project in a git repository, and a run of a plan in it."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gluv.config.keywords.variables import Variable
from gluv.errors import Stop
from gluv.execute.events import (
    AnyEvent,
    JobFinished,
    JobOutput,
    JobSection,
    PipelineFinished,
    PipelineStarted,
)
from gluv.execute.parts import Parts
from gluv.execute.pipeline import run_pipeline
from gluv.host.processes import StopSignal
from gluv.plan.context import Commit, Context, Project, Server, SettingVariable
from gluv.plan.model import Pipeline, Plan, PlannedJob
from gluv.settings import Settings
from gluv.store.store import Store

SERVER = "http://127.0.0.1:9"


class NoFiles:
    """A repository no rule asks."""

    def files(self) -> tuple[str, ...]:
        return ()

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        return None

    def blob_id(self, path: str) -> str | None:
        return None

    def last_commit(self, path: str) -> str | None:
        return None


class Laid:
    """What the fake toolchain lays out."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self.path = (directory / "bin",)
        self.environment = dict(environment)


class FakeToolchain:
    """A toolchain with one program, `tool`, that prints its image."""

    def __init__(self, image: str | None, environment: Mapping[str, str] = {}) -> None:
        self.image = image
        self.said = (f"a tool for {image}",)
        self.differences = ("the C library is the machine's",)
        self.environment = environment
        self.content = ""

    def find(self, directory: Path) -> Laid:
        return Laid(directory, self.environment)

    def launchers(self, directory: Path) -> dict[str, str]:
        return {}

    def furnish(self, directory: Path) -> Laid:
        (directory / "bin").mkdir()
        program = directory / "bin" / "tool"
        program.write_text(f"#!/bin/sh\necho tool of {self.image}\n")
        program.chmod(0o755)
        return Laid(directory, self.environment)


class Ran:
    """The events of a run, and the logs."""

    def __init__(self, events: list[AnyEvent], store: Store) -> None:
        self.events = events
        self.store = store

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def pipeline_id(self) -> int:
        event = self.events[0]
        assert isinstance(event, PipelineStarted)
        return event.pipeline_id

    @property
    def finished(self) -> dict[str, JobFinished]:
        return {event.job: event for event in self.of(JobFinished)}

    @property
    def statuses(self) -> dict[str, str]:
        return {name: event.status for name, event in self.finished.items()}

    @property
    def end(self) -> PipelineFinished:
        event = self.events[-1]
        assert isinstance(event, PipelineFinished)
        return event

    def lines(self, job: str) -> list[str]:
        """What a job printed, as people see it, without colours."""
        lines = (line for event in self.of(JobOutput) if event.job == job for line in event.lines)
        return [_plain(line) for line in lines]

    def printed(self, job: str, section: str = "step_script") -> list[str]:
        """Only what a section printed after its title: no echoes of commands."""
        found: list[str] = []
        inside = False
        for event in self.events:
            if isinstance(event, JobSection) and event.job == job:
                inside = event.section == section
            elif isinstance(event, JobOutput) and event.job == job and inside:
                found += map(_plain, event.lines)
        return [line for line in found[1:] if not line.startswith("$ ")]

    def log(self, job: str) -> str:
        """The log of a job's last attempt, as it is on the disk."""
        rows = self.store.jobs_of(self.pipeline_id)
        last = next(row.id for row in reversed(rows) if row.name == job)
        return self.store.log_path(last).read_bytes().decode()


def _plain(line: str) -> str:
    for code in ("[31;1m", "[32;1m", "[33;1m", "[36;1m", "[0;33m", "[0;m"):
        line = line.replace(f"\x1b{code}", "")
    return line


class Sandbox:
    """A repository with one commit, a store and a directory for workspaces."""

    def __init__(self, root: Path) -> None:
        self.repository = root / "user" / "demo"
        self.repository.mkdir(parents=True)
        self.builds = root / "b"
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "A User")
        self.git("config", "user.email", "user@example.com")
        self.write("tracked.txt", "tracked\n")
        self.commit("first")
        self.store = Store.open(self.repository / ".gluv")
        self.cancel = StopSignal()
        self.environment: dict[str, str] = {}
        self.environ: dict[str, str] = {"PATH": os.environ["PATH"]}
        self.refuse: dict[str, Stop] = {}
        self.settings = Settings()
        self.variables: tuple[SettingVariable, ...] = ()

    def git(self, *args: str) -> str:
        return subprocess.run(
            ["git", *args], cwd=self.repository, check=True, capture_output=True, text=True
        ).stdout.strip()

    def write(self, path: str, text: str = "x\n") -> Path:
        place = self.repository / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def plan(self, *jobs: PlannedJob, stages: tuple[str, ...] = (), tag: str | None = None) -> Plan:
        ref = tag or "main"
        pipeline = Pipeline(
            name=None,
            source="push",
            ref=ref,
            tag=tag is not None,
            sha=self.git("rev-parse", f"{ref}^{{commit}}"),
            variables={},
        )
        order = stages or tuple(dict.fromkeys(job.stage for job in jobs))
        return Plan(pipeline=pipeline, stages=order, jobs=jobs, skipped=(), problems=())

    def context(self, plan: Plan) -> Context:
        assert plan.pipeline is not None
        return Context(
            source="push",
            ref=plan.pipeline.ref,
            ref_kind="tag" if plan.pipeline.tag else "branch",
            commit=Commit(sha=plan.pipeline.sha, message="first"),
            project=Project(path="grp/demo"),
            server=Server(url=SERVER),
            repository=NoFiles(),
            settings=self.variables,
        )

    def run(
        self,
        *jobs: PlannedJob,
        stages: tuple[str, ...] = (),
        tag: str | None = None,
        watch: Callable[[AnyEvent], None] = lambda event: None,
        **parts: Any,
    ) -> Ran:
        plan = self.plan(*jobs, stages=stages, tag=tag)
        events: list[AnyEvent] = []

        def provide(image: str | None, job: PlannedJob) -> FakeToolchain:
            if job.name in self.refuse:
                raise self.refuse[job.name]
            return FakeToolchain(image, self.environment)

        made = Parts(
            **{
                "store": self.store,
                "repository": self.repository,
                "builds": self.builds,
                "toolchains": provide,
                "server_url": SERVER,
                "settings": self.settings,
                "environ": self.environ,
                "cancel": self.cancel,
                **parts,
            }
        )

        made.store.projects.settle("user/demo", visibility="public", is_home=True)
        with closing(run_pipeline(plan, self.context(plan), made)) as stream:
            for event in stream:
                events.append(event)
                watch(event)
        return Ran(events, self.store)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path)
    yield made
    made.store.close()


def job(name: str, *script: str, stage: str = "test", **more: Any) -> PlannedJob:
    """A job of the plan; `variables` may be plain strings."""
    variables = {
        key: value if isinstance(value, Variable) else Variable(value=value)
        for key, value in more.pop("variables", {}).items()
    }
    return PlannedJob(
        name=name, base_name=name, stage=stage, script=script, variables=variables, **more
    )
