"""Eight faults, and what the guide's release job and `gluv release` leave behind under each.

`python -m tests.release.faults --write` puts the table into docs/release.md.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from gluv.errors import Stop
from tests.release.guide_job import GuideJob
from tests.release.projects import commit, git, package
from tests.release.world import TOKEN, Broken, Fault, World, uploads
from tests.server.conftest import Host

Tool = Literal["guide", "gluv"]
TOOLS: tuple[Tool, ...] = ("guide", "gluv")
DOCS = Path(__file__).parents[2] / "docs" / "release.md"
BEGIN, END = "<!-- faults -->\n", "<!-- /faults -->\n"
PACKAGES = ("alpha", "beta")


class FaultCase(msgspec.Struct, frozen=True, kw_only=True):
    """A fault: its name, what goes wrong, and how to bring it about."""

    name: str
    what: str
    fault: Callable[["Stage"], Fault] | None = None
    before: Callable[["Stage"], None] | None = None
    tag: str = "v1.0.0"


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """What is left: how the job ended, uploaded wheels, and links that lead to one of them."""

    job: str
    wheels: int
    released: bool
    links: int

    def __str__(self) -> str:
        release = f"release with {self.links} of 2 links" if self.released else "no release"
        return f"{self.job}: {self.wheels} of 2 wheels, {release}"


class Stage:
    """A GitLab, a workspace of two packages, and one of the two tools."""

    def __init__(self, directory: Path, tool: Tool) -> None:
        project = directory / "project"
        package(
            project,
            "root",
            builds=False,
            extra='[tool.uv]\npackage = false\n[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        )
        for name in PACKAGES:
            package(project / "packages" / name, name)
        commit(project, "v1.0.0")
        git(project, "tag", "v1.0.1")
        self.world = World(directory, project)
        self.tool = tool
        self.uploads = 0
        self._guide = GuideJob(self.world, directory / "bin")
        self._process: subprocess.Popen[str] | None = None

    def run(self, tag: str, *, alone: bool = False) -> Left:
        """Run the release job once and look what is there; `alone` in a process to be killed."""
        code = self._run(tag, alone=alone)
        return self._left(code, tag)

    def kill(self) -> None:
        """Kill what is running."""
        if self.tool == "guide":
            self._guide.kill()
        elif self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _run(self, tag: str, *, alone: bool) -> int:
        if self.tool == "guide":
            return self._guide.run(tag).code
        if alone:
            self._process = subprocess.Popen(
                self.world.command("--parallel", "1"),
                env=self.world.env(tag),
                cwd=self.world.repository,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            return self._process.wait()
        try:
            self.world.perform(tag, parallel=1)
        except Stop as stop:
            return stop.exit_code
        return 0

    def _left(self, code: int, tag: str) -> Left:
        state = self.world.state()
        wheels = {sha: name for _, _, name, sha in state["files"] if name.endswith(".whl")}
        release = state["releases"].get(tag)
        good = [
            url
            for _, url, _, _ in (release[2] if release else ())
            if any(url.endswith(f"/files/{sha}/{name}") for sha, name in wheels.items())
        ]
        job = "killed" if code < 0 else "green" if code == 0 else "red"
        return Left(job=job, wheels=len(wheels), released=release is not None, links=len(good))


def _first_uploads_fail(stage: Stage) -> Fault:
    def fault(number: int, method: str, path: str) -> Broken | None:
        if uploads(method, path):
            stage.uploads += 1
            return Broken(status=500) if stage.uploads <= 2 else None
        return None

    return fault


def _killed(stage: Stage) -> Fault:
    def fault(number: int, method: str, path: str) -> Broken | None:
        if uploads(method, path):
            stage.uploads += 1
            if stage.uploads == 2:
                stage.kill()
                return Broken(status=500)
        return None

    return fault


def _refused(stage: Stage) -> Fault:
    def fault(number: int, method: str, path: str) -> Broken | None:
        if uploads(method, path):
            stage.uploads += 1
            if stage.uploads == 2:
                return Broken(status=403, body=b'{"message":"403 Forbidden - Package protected."}')
        return None

    return fault


def _from_second_upload(broken: Broken) -> Callable[[Stage], Fault]:
    def make(stage: Stage) -> Fault:
        def fault(number: int, method: str, path: str) -> Broken | None:
            stage.uploads += uploads(method, path)
            return broken if stage.uploads >= 2 else None

        return fault

    return make


def _existing(stage: Stage, links: list[dict[str, str]]) -> None:
    world = stage.world
    host = Host(world.store, world.listener, world.project, world.job)
    body = {"tag_name": "v1.0.0", "description": "By hand", "assets": {"links": links}}
    answer = host.ask(
        "POST", "/api/v4/projects/1/releases", headers={"JOB-TOKEN": TOKEN}, json=body
    )
    assert answer.status == 201, answer.body
    host.close()


def _wrong_links(stage: Stage) -> None:
    """Under the names that the guide and gluv give to alpha's wheel, links to somewhere else."""
    _existing(
        stage,
        [
            {"name": "alpha-1.0.0", "url": "http://old.example/1"},
            {"name": "alpha-1.0.0-py3-none-any.whl", "url": "http://old.example/2"},
        ],
    )


FAULTS = (
    FaultCase(
        name="upload 500s",
        what="the first two uploads are answered with 500",
        fault=_first_uploads_fail,
    ),
    FaultCase(
        name="killed between files",
        what="the runner dies during the second upload",
        fault=_killed,
    ),
    FaultCase(
        name="second wheel refused",
        what="the second upload is answered with 403 (package protection)",
        fault=_refused,
    ),
    FaultCase(name="tag mismatch", what="the tag is v1.0.1, the packages are 1.0.0", tag="v1.0.1"),
    FaultCase(
        name="token expired",
        what="from the second upload on every answer is 401",
        fault=_from_second_upload(
            Broken(status=401, body=b'{"message":"401 Unauthorized"}'),
        ),
    ),
    FaultCase(
        name="link exists",
        what="the release exists, with links of those names that lead elsewhere",
        before=_wrong_links,
    ),
    FaultCase(
        name="release exists",
        what="the release exists, without links",
        before=lambda stage: _existing(stage, []),
    ),
    FaultCase(
        name="network gone",
        what="from the second upload on no answer comes",
        fault=_from_second_upload(Broken(status=0)),
    ),
)


def play(case: FaultCase, tool: Tool, directory: Path) -> tuple[Left, Left]:
    """(what the fault leaves, what a retry of the job without the fault leaves)."""
    stage = Stage(directory, tool)
    try:
        if case.before is not None:
            case.before(stage)
        stage.world.fault = case.fault(stage) if case.fault is not None else None
        first = stage.run(case.tag, alone=case.name.startswith("killed"))
        stage.world.fault = None
        # A retry starts with what git has, as a runner does.
        git(stage.world.repository, "clean", "-q", "-fdx")
        return first, stage.run(case.tag)
    finally:
        stage.world.close()


def row(case: FaultCase, results: dict[Tool, tuple[Left, Left]]) -> str:
    """A line of the table."""
    guide, gluv = (cell(results[tool]) for tool in TOOLS)
    return f"| **{case.name}**: {case.what} | {guide} | {gluv} |"


def cell(lefts: tuple[Left, Left]) -> str:
    """What one tool leaves, at once and after a retry."""
    return f"{lefts[0]}<br>retried: {lefts[1]}"


def table(rows: list[str]) -> str:
    """The whole table."""
    head = "| fault | the guide's release job | `gluv release` |\n|---|---|---|\n"
    return head + "".join(f"{line}\n" for line in rows)


def documented() -> str:
    """The table as the docs have it."""
    return DOCS.read_text().partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Play everything; print the table, or write it into the docs."""
    rows = []
    for case in FAULTS:
        results: dict[Tool, tuple[Left, Left]] = {}
        for tool in TOOLS:
            with tempfile.TemporaryDirectory() as directory:
                results[tool] = play(case, tool, Path(directory))
        rows.append(row(case, results))
    if "--write" in sys.argv:
        text = DOCS.read_text()
        before, _, rest = text.partition(BEGIN)
        DOCS.write_text(before + BEGIN + table(rows) + END + rest.partition(END)[2])
    else:
        print(table(rows))


if __name__ == "__main__":
    main()
