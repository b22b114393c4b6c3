"""The jobs that the user asked for, and what they need."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from gluv.errors import UsageWrong
from gluv.plan.model import PlannedJob, Skipped
from gluv.plan.selection import Selection


def choose(
    selection: Selection,
    jobs: tuple[PlannedJob, ...],
    skipped: tuple[Skipped, ...],
    stages: Sequence[str],
) -> tuple[PlannedJob, ...]:
    """The selected jobs in pipeline order; everything when nothing is named.

    A name is a job, the base name of a parallel job, or a glob. Without `selection.needs` only
    those run, and edges to jobs that do not run are dropped. Raises `UsageWrong` for a name that
    means no job, with the rule that keeps it out if there is one, and for an unknown stage.
    """
    if selection.everything:
        return jobs
    wanted: set[str] = set()
    for name in selection.jobs:
        wanted |= _named(name, jobs, skipped)
    for stage in selection.stages:
        wanted |= _staged(stage, jobs, stages)
    for name in selection.start:
        wanted |= _followers(_named(name, jobs, skipped), jobs, stages)
    if selection.needs:
        wanted = _closure(wanted, jobs, stages)
        return tuple(job for job in jobs if job.name in wanted)
    return tuple(_without(job, wanted) for job in jobs if job.name in wanted)


def asked(
    selection: Selection, jobs: tuple[PlannedJob, ...], stages: Sequence[str]
) -> frozenset[str]:
    """The jobs of a plan that were asked for themselves, not only needed; none for "all"."""
    if selection.everything:
        return frozenset()
    alone = msgspec.structs.replace(selection, needs=False)
    return frozenset(job.name for job in choose(alone, jobs, (), stages))


def matching(name: str, jobs: Iterable[PlannedJob]) -> set[str]:
    """The final names that a job name, a base name or a glob means."""
    jobs = tuple(jobs)
    exact = {job.name for job in jobs if name in (job.name, job.base_name)}
    if exact:
        return exact
    return {
        job.name for job in jobs if fnmatchcase(job.name, name) or fnmatchcase(job.base_name, name)
    }


def _named(name: str, jobs: Sequence[PlannedJob], skipped: tuple[Skipped, ...]) -> set[str]:
    found = matching(name, jobs)
    if not found:
        raise _unknown(name, tuple(jobs), skipped)
    return found


def _staged(stage: str, jobs: Iterable[PlannedJob], stages: Sequence[str]) -> set[str]:
    """The jobs of a stage, which may be a glob."""
    matched = {known for known in stages if known == stage or fnmatchcase(known, stage)}
    found = {job.name for job in jobs if job.stage in matched}
    if not found:
        used = [known for known in stages if any(job.stage == known for job in jobs)]
        said = "has no job in this pipeline" if matched else "does not exist"
        hint = f"the stages with jobs are: {', '.join(used)}" if used else ""
        raise UsageWrong(f"the stage '{stage}' {said}", hint=hint)
    return found


def _followers(first: set[str], jobs: Iterable[PlannedJob], stages: Sequence[str]) -> set[str]:
    """Some jobs and every job that waits for one of them, directly or not."""
    jobs = tuple(jobs)
    order = {stage: index for index, stage in enumerate(stages)}
    place = {job.name: order[job.stage] for job in jobs}
    found = set(first)
    while True:
        earliest = min(place[name] for name in found)
        more = {
            job.name
            for job in jobs
            if job.name not in found
            and (
                order[job.stage] > earliest
                if job.needs is None
                else any(need.job in found for need in job.needs)
            )
        }
        if not more:
            return found
        found |= more


def provides(job: PlannedJob) -> bool:
    """Whether later jobs get something of this one by default: files, or dotenv variables."""
    artifacts = job.artifacts
    if artifacts is None or job.when == "manual":
        return False
    return bool(artifacts.paths or artifacts.untracked or artifacts.reports.get("dotenv"))


def _closure(wanted: set[str], jobs: tuple[PlannedJob, ...], stages: Sequence[str]) -> set[str]:
    """Add what the jobs need, and what that needs.

    With `needs`, those jobs; with `dependencies`, those; with neither, the jobs of earlier stages
    whose artifacts GitLab would download. Stage order alone pulls nothing in.
    """
    by_name = {job.name: job for job in jobs}
    order = {stage: index for index, stage in enumerate(stages)}
    closed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in closed:
            continue
        closed.add(name)
        job = by_name[name]
        if job.needs is not None:
            waiting.extend(need.job for need in job.needs if need.job in by_name)
        elif job.dependencies is not None:
            waiting.extend(other for other in job.dependencies if other in by_name)
        else:
            waiting.extend(
                other.name
                for other in jobs
                if order[other.stage] < order[job.stage] and provides(other)
            )
    return closed


def _without(job: PlannedJob, wanted: set[str]) -> PlannedJob:
    if job.needs is None or all(need.job in wanted for need in job.needs):
        return job
    kept = tuple(need for need in job.needs if need.job in wanted)
    return msgspec.structs.replace(job, needs=kept)


def _unknown(name: str, jobs: tuple[PlannedJob, ...], skipped: tuple[Skipped, ...]) -> UsageWrong:
    out = next((entry for entry in skipped if entry.name == name), None)
    if out is not None:
        return UsageWrong(
            f"the job '{name}' is not in this pipeline: {out.why}",
            hint="`gluv plan` shows the jobs of this pipeline; --branch, --tag, --mr, --source "
            "and --var choose another one",
        )
    names = [*dict.fromkeys(job.base_name for job in jobs), *(entry.name for entry in skipped)]
    return unknown_job(name, names)


def unknown_job(name: str, known: Iterable[str]) -> UsageWrong:
    """The error for a name that no job has, with the closest ones."""
    known = tuple(known)
    import difflib

    close = difflib.get_close_matches(name, known, n=3)
    if close:
        hint = "did you mean " + " or ".join(f"'{match}'" for match in close) + "?"
    else:
        hint = "the jobs are: " + ", ".join(known[:20]) if known else "the pipeline has no jobs"
    return UsageWrong(f"there is no job '{name}' in the pipeline", hint=hint)
