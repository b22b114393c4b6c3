"""`needs:project` and `needs:pipeline:job`: artifacts of jobs outside of this pipeline."""

from collections.abc import Callable

import msgspec

from gluv.config.keywords.needs import Need
from gluv.execute.artifacts import Kept
from gluv.execute.result import JobFailed
from gluv.execute.reuse import read_kept
from gluv.execute.run import Run
from gluv.plan.model import PlannedJob
from gluv.store.rows import JobRow
from gluv.store.store import Store

REASON = "missing_dependency_failure"


class Foreign(msgspec.Struct, frozen=True, kw_only=True):
    """What a job outside of the pipeline left; `name` is for people."""

    name: str
    kept: Kept


def find_foreign(run: Run, job: PlannedJob, expand: Callable[[str], str]) -> tuple[Foreign, ...]:
    """What the needs of a job mean that lie outside of its pipeline, in their order.

    A project is looked for in its checkout (`[tool.gluv.projects]`), where its last good job of the
    ref stands for what GitLab would have. Raises `JobFailed` if there is nothing.
    """
    found = []
    for need in job.foreign_needs:
        if not need.artifacts or need.job is None:
            continue
        one = _of_project(run, need, expand) if need.project else _of_pipeline(run, need, expand)
        if isinstance(one, Foreign):
            found.append(one)
        elif not need.optional:
            raise JobFailed(REASON, f": {one}")
    return tuple(found)


def _of_pipeline(run: Run, need: Need, expand: Callable[[str], str]) -> Foreign | str:
    wanted = expand(need.pipeline or "")
    name = expand(need.job or "")
    store = run.parts.store
    if not wanted.isdecimal() or store.pipeline(int(wanted)) is None:
        return f"needs:pipeline names no pipeline here: {need.pipeline} is '{wanted}'"
    rows = [row for row in store.jobs_of(int(wanted)) if row.name == name]
    return _taken(store, rows, f"{name} of pipeline #{wanted}")


def _of_project(run: Run, need: Need, expand: Callable[[str], str]) -> Foreign | str:
    project, name = expand(need.project or ""), expand(need.job or "")
    ref = expand(need.ref or "")
    if project.lower() == run.context.project.path.lower():
        return _last_good(run.parts.store, name, ref, project)
    mapped = {key.lower(): path for key, path in run.parts.settings.projects.items()}
    if project.lower() not in mapped:
        return (
            f"the project {project} is not on this machine: say where its checkout is, "
            f'[tool.gluv.projects] "{project}" = "../path"'
        )
    place = run.parts.repository / mapped[project.lower()]
    if not (place / ".gluv" / "gluv.db").is_file():
        return f"nothing has run in {place} yet: gluv run -C {place} {name}"
    with Store.open(place / ".gluv") as store:
        return _last_good(store, name, ref, project)


def _last_good(store: Store, name: str, ref: str, project: str) -> Foreign | str:
    rows = store.good_jobs_of_ref(name, ref)
    return _taken(store, rows, f"{name} of {project} at {ref}")


def _taken(store: Store, rows: "tuple[JobRow, ...] | list[JobRow]", name: str) -> Foreign | str:
    """The newest of these jobs that left something; rows come newest last."""
    for row in reversed(rows):
        kept = read_kept(store, row.id)
        if kept.archive is not None or kept.dotenv:
            return Foreign(name=name, kept=kept)
    return f"{name} left no artifacts here; run it first"
