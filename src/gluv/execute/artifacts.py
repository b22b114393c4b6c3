"""Artifacts: kept by `gluv.store.artifacts`, laid over the work trees of later jobs."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from gluv.config.keywords.artifacts import Artifacts
from gluv.execute.dotenv import DotenvInvalid, read_dotenv
from gluv.execute.log import JobLog
from gluv.execute.paths import find_paths
from gluv.host.copy import copy_paths, copy_tree, remove_tree
from gluv.host.files import write_whole
from gluv.plan.model import Plan, PlannedJob
from gluv.store.artifacts import ARCHIVE, SIDECAR, Sidecar, report_place, tree_size

NEVER_EXPIRES = 0

EXPIRE_IN = 30 * 86400
"""Seconds; gitlab.com's default for artifacts without `expire_in`."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a job left for later ones; `archive` is None without `paths`/`untracked` artifacts.

    `expire_at` in seconds since the epoch, None for never and for nothing.
    """

    job_id: int
    archive: Path | None = None
    dotenv: dict[str, str] = {}
    expire_at: float | None = None


def save_artifacts(
    place: Path,
    job_id: int,
    artifacts: Artifacts,
    project: Path,
    log: JobLog,
    *,
    success: bool,
    expand: Callable[[str], str],
    now: float,
) -> Kept:
    """After a job: keep in `place` its archive (if `when` says so) and its reports (always).

    Nothing found is a warning and never fails the job, as on GitLab. `now` is in seconds since the
    epoch.
    """
    archive: Path | None = None
    if (artifacts.paths or artifacts.untracked) and _wanted(artifacts.when, success=success):
        log.note("Uploading artifacts...")
        found = find_paths(
            project,
            artifacts.paths,
            expand=expand,
            exclude=artifacts.exclude,
            untracked=artifacts.untracked,
        )
        _tell(log, found.said)
        if found.paths:
            archive = place / ARCHIVE
            _keep(project, found.paths, archive)
            log.say(f'Uploading artifacts as "archive" to coordinator... 201 Created  id={job_id}')
        else:
            log.error("No files to upload")
    reports: dict[str, tuple[str, ...]] = {}
    dotenv: dict[str, str] = {}
    wanted = dict(artifacts.reports)
    if artifacts.coverage_report:
        wanted["coverage_report"] = (artifacts.coverage_report.path,)
    for kind, paths in wanted.items() if _wanted_reports(artifacts, success=success) else ():
        log.note("Uploading artifacts...")
        found = find_paths(project, paths, expand=expand)
        _tell(log, found.said)
        if not found.paths:
            log.error("No files to upload")
            continue
        _keep(project, found.paths, report_place(place, kind))
        reports[kind] = found.paths
        answer = "201 Created"
        if kind == "dotenv":
            for path in found.paths:
                try:
                    dotenv |= read_dotenv(report_place(place, kind) / path)
                except (DotenvInvalid, OSError) as error:
                    answer = f"400 Bad Request: {error}"
        line = f'Uploading artifacts as "{kind}" to coordinator... {answer}  id={job_id}'
        (log.say if answer.startswith("201") else log.error)(line)
    expire_at: float | None = None
    if archive or reports:
        lasts = EXPIRE_IN if artifacts.expire_in is None else artifacts.expire_in
        expire_at = None if lasts == NEVER_EXPIRES else now + lasts
        sidecar = Sidecar(
            name=expand(artifacts.name) if artifacts.name else "artifacts",
            expire_at=expire_at,
            reports={kind: tuple(map(_readable, paths)) for kind, paths in reports.items()},
            size=0 if archive is None else tree_size(archive),
        )
        write_whole(place / SIDECAR, msgspec.json.encode(sidecar))
    return Kept(job_id=job_id, archive=archive, dotenv=dotenv, expire_at=expire_at)


def sources_of(plan: Plan, job: PlannedJob, *, dotenv: bool = False) -> tuple[str, ...]:
    """The jobs whose artifacts (or with `dotenv` variables) a job gets, in GitLab's order.

    `needs` names them (those with `artifacts: true`), `dependencies` narrows them, without either
    they are all the jobs of earlier stages.
    """
    order = {stage: place for place, stage in enumerate(plan.stages)}
    if job.needs is not None:
        named = {need.job for need in job.needs if need.artifacts}
    else:
        named = {other.name for other in plan.jobs if order[other.stage] < order[job.stage]}
    if job.dependencies is not None:
        listed = set(job.dependencies)
        named &= {
            other.name for other in plan.jobs if other.name in listed or other.base_name in listed
        }
    return tuple(other.name for other in plan.jobs if other.name in named)


def lay_out(sources: Sequence[str], kept: Mapping[str, Kept], project: Path, log: JobLog) -> None:
    """Before a job: lay the archives of earlier jobs over its work tree, one after the other.

    Raises `OSError` if one cannot be read.
    """
    for name in sources:
        if (had := kept.get(name)) is not None and had.archive is not None:
            log.note(f"Downloading artifacts for {name} ({had.job_id})...")
            copy_tree(had.archive, project)
            log.say(f"Downloading artifacts from coordinator... ok        id={had.job_id}")


def has_uploads(artifacts: Artifacts | None, *, success: bool) -> bool:
    """Whether a job with this result has anything to keep."""
    if artifacts is None:
        return False
    archive = artifacts.paths or artifacts.untracked
    reports = artifacts.reports or artifacts.coverage_report
    return bool(archive and _wanted(artifacts.when, success=success)) or bool(
        reports and _wanted_reports(artifacts, success=success)
    )


def _wanted(when: str, *, success: bool) -> bool:
    return when == "always" or (when == "on_success") == success


def _wanted_reports(artifacts: Artifacts, *, success: bool) -> bool:
    """Reports are kept whatever the job's result, unless `when` was written otherwise."""
    return artifacts.when == "on_success" or _wanted(artifacts.when, success=success)


def _readable(path: str) -> str:
    """A path as text; bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode(errors="replace")


def _tell(log: JobLog, said: Sequence[tuple[bool, str]]) -> None:
    for warns, sentence in said:
        (log.warn if warns else log.say)(sentence)


def _keep(project: Path, paths: Sequence[str], place: Path) -> None:
    """Copy files so that a kill leaves all of them or none."""
    fresh = place.with_name(f"{place.name}.new")
    remove_tree(fresh)
    fresh.mkdir(parents=True)
    try:
        copy_paths(project, paths, fresh)
        fresh.rename(place)
    except OSError:
        # A full disk has room again for what is to be said about it.
        remove_tree(fresh)
        raise
