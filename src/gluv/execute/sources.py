"""The get_sources stage: the files of the commit or of the work tree, and submodules."""

import re
from collections.abc import Mapping
from pathlib import Path

from gluv.execute.log import JobLog
from gluv.execute.result import JobFailed
from gluv.execute.run import Run
from gluv.host.laid import Laid

GIT_DEPTH = 20
"""Commits; GitLab's default for a project."""


def lays_all(variables: Mapping[str, str]) -> bool:
    """Whether a job's directory is filled from the snapshot, and from nothing else."""
    strategy = variables.get("GIT_STRATEGY", "fetch").lower()
    submodules = variables.get("GIT_SUBMODULE_STRATEGY", "none").lower()
    return strategy in ("fetch", "clone") and submodules == "none"


def lay_sources(
    run: Run, job: str, laid: Laid, project: Path, environment: Mapping[str, str], log: JobLog
) -> None:
    """Fill the job's directory as `GIT_STRATEGY` and its relatives say.

    Raises `JobFailed` for a strategy that does not exist and for submodules that cannot be had.
    """
    strategy = environment.get("GIT_STRATEGY", "fetch").lower()
    if strategy in ("none", "empty"):
        log.note(
            "Skipping Git repository setup"
            if strategy == "none"
            else "Skipping Git repository setup and creating an empty build directory"
        )
        return
    if strategy not in ("fetch", "clone"):
        raise JobFailed("runner_system_failure", f": unknown GIT_STRATEGY {strategy!r}")
    depth = read_depth(environment.get("GIT_DEPTH", ""), GIT_DEPTH)
    checkout = environment.get("GIT_CHECKOUT", "true").lower() != "false"
    log.note(
        f"Fetching changes with git depth set to {depth}..." if depth else "Fetching changes..."
    )
    if laid.is_fresh:
        log.flush()
    run.snapshot.copy_to(laid, depth=depth, checkout=checkout)
    sha, ref = run.pipeline.sha[:8], run.pipeline.ref
    if checkout:
        log.note(f"Checking out {sha} as detached HEAD (ref is {ref})...")
    else:
        log.note("Skipping Git checkout")
    submodules = environment.get("GIT_SUBMODULE_STRATEGY", "none").lower()
    if submodules == "none" or not checkout:
        log.note("Skipping Git submodules setup")
        return
    if submodules not in ("normal", "recursive"):
        raise JobFailed("runner_system_failure", ": unknown GIT_SUBMODULE_STRATEGY")
    from gluv.execute.submodules import lay_submodules

    log.flush()
    lay_submodules(
        run, job, project, environment, log, recursive=submodules == "recursive", depth=depth
    )


def read_depth(written: str, default: int) -> int:
    """A depth as a variable has it; 0 is the whole history."""
    return int(written) if re.fullmatch(r"\d{1,9}", written) else default
