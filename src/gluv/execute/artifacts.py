"""Artifacts: kept by `gluv.store.artifacts`, laid over the work trees of later jobs."""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
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

    `expire_at` in seconds since the epoch, None for never and for nothing. `refused` is why GitLab
    does not take the dotenv report, which fails the job.
    """

    job_id: int
    archive: Path | None = None
    dotenv: dict[str, str] = {}
    expire_at: float | None = None
    refused: str = ""


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
    may_move: Callable[[str], bool] = lambda path: False,
) -> Kept:
    """After a job: keep in `place` its archive (if `when` says so) and its reports (always).

    Nothing found is a warning and never fails the job, as on GitLab; a dotenv report that GitLab
    would refuse is not kept. `now` is in seconds since the
    epoch. `may_move` says of which files of the project nobody has any use any more, so that they
    need not be copied.
    """
    archive: Path | None = None
    wanted: dict[str, tuple[str, ...]] = {}
    wanted |= artifacts.reports
    if artifacts.coverage_report:
        wanted["coverage_report"] = (artifacts.coverage_report.path,)
    # Before the archive takes files away that are reports too.
    found_reports = {
        kind: find_paths(project, paths, expand=expand) for kind, paths in wanted.items()
    }
    reported = {path for found in found_reports.values() for path in found.paths}
    if (artifacts.paths or artifacts.untracked) and _wanted(artifacts.when, success=success):
        log.note("Uploading artifacts...")
        log.flush()
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
            _keep(
                project, found.paths, archive, lambda path: path not in reported and may_move(path)
            )
            log.say(f'Uploading artifacts as "archive" to coordinator... 201 Created  id={job_id}')
        else:
            log.error("No files to upload")
    reports: dict[str, tuple[str, ...]] = {}
    dotenv: dict[str, str] = {}
    refused = ""
    for kind, found in found_reports.items():
        log.note("Uploading artifacts...")
        _tell(log, found.said)
        if not found.paths:
            log.error("No files to upload")
            continue
        kept = report_place(place, kind)
        _keep(project, found.paths, kept, lambda path: False)
        if kind == "dotenv":
            try:
                dotenv = read_dotenv(kept / path for path in found.paths)
            except (DotenvInvalid, OSError) as error:
                refused = str(error)
                remove_tree(kept)
        line = f'Uploading artifacts as "{kind}" to coordinator...'
        if kind == "dotenv" and refused:
            log.error(f"{line} 400 Bad Request: {refused}  id={job_id}")
            continue
        reports[kind] = found.paths
        log.say(f"{line} 201 Created  id={job_id}")
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
    return Kept(job_id=job_id, archive=archive, dotenv=dotenv, expire_at=expire_at, refused=refused)


class Sources:
    """Which jobs of a plan hand their artifacts and variables to which."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._order = {stage: place for place, stage in enumerate(plan.stages)}
        self._places = {job.name: place for place, job in enumerate(plan.jobs)}
        self._earlier: dict[str, tuple[str, ...]] = {}

    def of(self, job: PlannedJob) -> tuple[str, ...]:
        """The jobs whose artifacts a job gets, in GitLab's order.

        `needs` names them (those with `artifacts: true`), `dependencies` narrows them, without
        either they are all the jobs of earlier stages, which the jobs of a stage share.
        """
        if job.needs is not None:
            needed = {need.job for need in job.needs if need.artifacts}
            named = tuple(sorted(needed & self._places.keys(), key=self._places.__getitem__))
        else:
            named = self._before(job.stage)
        if job.dependencies is None:
            return named
        listed, jobs = set(job.dependencies), self._plan.jobs
        return tuple(
            name for name in named if name in listed or jobs[self._places[name]].base_name in listed
        )

    def _before(self, stage: str) -> tuple[str, ...]:
        if stage not in self._earlier:
            self._earlier[stage] = tuple(
                other.name
                for other in self._plan.jobs
                if self._order[other.stage] < self._order[stage]
            )
        return self._earlier[stage]


def lay_out(handed: Iterable[tuple[str, Kept]], project: Path, log: JobLog) -> None:
    """Before a job: lay the archives of earlier jobs over its work tree, one after the other.

    Raises `OSError` if one cannot be read.
    """
    for name, had in handed:
        if had.archive is not None:
            log.note(f"Downloading artifacts for {name} ({had.job_id})...")
            log.flush()
            copy_tree(had.archive, project)
            log.say(f"Downloading artifacts from coordinator... ok        id={had.job_id}")


def has_uploads(artifacts: Artifacts | None, *, success: bool) -> bool:
    """Whether a job with this result has anything to keep."""
    if artifacts is None:
        return False
    archive = artifacts.paths or artifacts.untracked
    reports = artifacts.reports or artifacts.coverage_report
    return bool(reports or (archive and _wanted(artifacts.when, success=success)))


def _wanted(when: str, *, success: bool) -> bool:
    return when == "always" or (when == "on_success") == success


def _readable(path: str) -> str:
    """A path as text; bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode(errors="replace")


def _tell(log: JobLog, said: Sequence[tuple[bool, str]]) -> None:
    for warns, sentence in said:
        (log.warn if warns else log.say)(sentence)


def _keep(
    project: Path, paths: Sequence[str], place: Path, may_move: Callable[[str], bool]
) -> None:
    """Move or copy files so that a kill leaves all of them or none."""
    fresh = place.with_name(f"{place.name}.new")
    remove_tree(fresh)
    fresh.mkdir(parents=True)
    try:
        copy_paths(
            project,
            (path for path in paths if not (may_move(path) and _move(project, path, fresh))),
            fresh,
        )
        fresh.rename(place)
    except OSError:
        # A full disk has room again for what is to be said about it.
        remove_tree(fresh)
        raise


def _move(project: Path, path: str, target: Path) -> bool:
    """Move a file that has no other name, through which somebody could write into it."""
    source, place = f"{project}/{path}", f"{target}/{path}"
    try:
        status = os.lstat(source)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            return False
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.rename(source, place)
    except OSError:
        return False
    return True
