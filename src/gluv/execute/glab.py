"""`glab` for the jobs that call it: the user's own, or gluv's."""

import sys
from collections.abc import Mapping
from pathlib import Path

from gluv.host.process import find_program
from gluv.plan.model import PlannedJob
from gluv.script.quoting import quote
from gluv.text.pattern import later

_CALL = later(r"(^|[\s;&|(=/`])glab(\s|$)")

WORDS = "the uv images contain no glab: on GitLab this job needs another image"


def wants_glab(job: PlannedJob) -> bool:
    """Whether the job has `release:` or a script that names glab."""
    if job.release is not None:
        return True
    commands = (*job.before_script, *job.script, *job.after_script)
    return any(map(_CALL.search, commands))


def provide_glab(directory: Path, environ: Mapping[str, str]) -> str:
    """Put `glab` into a directory of PATH; returns what it is, for people.

    The one on the caller's PATH, else gluv's own client, which knows `release create` and
    `auth login` and runs with the Python that runs gluv.
    """
    directory.mkdir(parents=True, exist_ok=True)
    place = directory / "glab"
    found = find_program("glab", environ.get("PATH", ""))
    if found is not None:
        place.symlink_to(Path(found).resolve())
        return f"glab from {found}"
    place.write_text(f'#!/bin/sh\nexec {quote(sys.executable)} -I -m gluv.release.glab "$@"\n')
    place.chmod(0o755)
    return "glab provided by gluv"
