"""Runs with and without what earlier runs have left, and what their jobs see."""

import re
from pathlib import Path
from typing import Any

from gluv.plan.model import PlannedJob
from tests.execute.conftest import Ran, Sandbox, job

SHOW = (
    "find . -path ./.git -prune -o -printf '%P %y %m %n %l\\n' | sort",
    "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum",
    "find .git -printf '%P %y %m\\n' | sort; cat .git/HEAD .git/config .git/packed-refs",
    "git status --porcelain --ignored; git diff HEAD | sha256sum; git log --oneline | cat",
    'find "$HOME" "$TMPDIR" ../.. -maxdepth 1 -printf "%f %y %m\\n" | sort',
)


class Bench:
    """Runs jobs with and without what earlier runs have left."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.kept = sandbox.builds.parent / "kept"

    def run(self, *jobs: PlannedJob, kept: bool = True, **more: Any) -> Ran:
        return self.sandbox.run(*jobs, **{"jobs": 1, "kept": self.kept if kept else None, **more})

    def change(self, *script: str) -> None:
        ran = self.run(job("j", *script))
        assert ran.statuses == {"j": "success"}, ran.lines("j")

    def show(self, *, kept: bool = True) -> list[str]:
        ran = self.run(job("j", *SHOW), kept=kept)
        assert ran.statuses == {"j": "success"}, ran.lines("j")
        return shown(ran)

    def check(self) -> None:
        """With what was kept a job sees what it would without."""
        seen, first = self.show(), self.show(kept=False)
        assert seen == first
        assert len(first) > 80

    @property
    def place(self) -> Path:
        """What is kept of the project."""
        (found,) = self.kept.iterdir()
        return found

    @property
    def project(self) -> Path:
        """The work tree that is kept."""
        return self.place / "j" / "grp" / "demo"


def shown(ran: Ran, name: str = "j") -> list[str]:
    """What a job with `SHOW` has seen, without the numbers that each run has of its own."""
    own = re.compile(r"(?<=refs/pipelines/)\d+|(?<=-)\d(?=/\.source/origin)")
    return [own.sub("N", line) for line in ran.printed(name)]


def some_files(sandbox: Sandbox) -> Bench:
    """A bench with a repository worth looking at."""
    for number in range(24):
        sandbox.write(f"src/part{number % 4}/file{number}.txt", f"{number}\n")
    sandbox.write("tool.sh", "#!/bin/sh\n").chmod(0o755)
    (sandbox.repository / "link").symlink_to("tracked.txt")
    sandbox.write(".gitignore", "ignored\n.gluv\n")
    sandbox.commit("more")
    return Bench(sandbox)


def settle(bench: Bench) -> None:
    """Two runs, after which what is kept is relied on."""
    bench.show()
    bench.show()
