"""`needs:` and `dependencies:` by final names, and what GitLab says when one is missing."""

from collections.abc import Iterable, Mapping

import msgspec

from gluv.config.keywords.needs import Need
from gluv.errors import Problem
from gluv.plan.model import PlannedJob, PlannedNeed
from gluv.plan.parallel import Leg, matrix_names
from gluv.text.pattern import later

MAX_NEEDS = 50
"""Jobs that one job may need (GitLab's default for self-managed instances and gitlab.com)."""

_MATRIX = later(r"\$\[\[\s*matrix\.([A-Za-z0-9_-]+)\s*\]\]")


def planned_needs(
    needs: tuple[Need, ...] | None, leg: Leg, names: Mapping[str, tuple[str, ...]]
) -> tuple[PlannedNeed, ...] | None:
    """Needs within this pipeline; a parallel job means all its legs (or its `matrix` rows).

    `names` holds the final names of every job of the file. Needs of other pipelines are not
    edges here, but a job that has only those starts at once, as on GitLab.
    """
    if needs is None:
        return None
    planned: list[PlannedNeed] = []
    for need in needs:
        if need.job is None or need.project is not None or need.pipeline is not None:
            continue
        planned.extend(
            PlannedNeed(job=name, artifacts=need.artifacts, optional=need.optional)
            for name in _names(need, leg, names)
        )
    return tuple(planned)


def foreign_needs(needs: tuple[Need, ...] | None) -> tuple[Need, ...]:
    """Needs of another project or pipeline."""
    return tuple(
        need for need in needs or () if need.project is not None or need.pipeline is not None
    )


def planned_dependencies(
    dependencies: tuple[str, ...] | None, names: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...] | None:
    """`dependencies:` with parallel jobs taken apart."""
    if dependencies is None:
        return None
    return tuple(name for job in dependencies for name in names.get(job, (job,)))


def settle(jobs: Iterable[PlannedJob]) -> tuple[tuple[PlannedJob, ...], tuple[Problem, ...]]:
    """Check needs against the jobs that are in the pipeline; drop optional ones that are not."""
    jobs = tuple(jobs)
    present = {job.name for job in jobs}
    settled, problems = [], []
    for job in jobs:
        changed = job
        if job.needs is not None:
            problems.extend(_problems(job, present))
            if any(need.job not in present for need in job.needs):
                kept = tuple(need for need in job.needs if need.job in present)
                changed = msgspec.structs.replace(changed, needs=kept)
        if job.dependencies is not None and not present.issuperset(job.dependencies):
            found = tuple(name for name in job.dependencies if name in present)
            changed = msgspec.structs.replace(changed, dependencies=found)
        settled.append(changed)
    return tuple(settled), tuple(problems)


def _names(need: Need, leg: Leg, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    name = _interpolate(need.job or "", leg)
    if need.matrix is None:
        return names.get(name, (name,))
    rows = tuple(
        {key: tuple(_interpolate(value, leg) for value in values) for key, values in row.items()}
        for row in need.matrix
    )
    return matrix_names(name, rows)


def _interpolate(text: str, leg: Leg) -> str:
    """`$[[ matrix.NAME ]]` is the leg's own matrix value."""
    if "$[[" not in text:
        return text
    return _MATRIX.sub(lambda found: leg.matrix.get(found[1], found[0]), text)


def _problems(job: PlannedJob, present: set[str]) -> list[Problem]:
    needs = job.needs or ()
    mark = job.marks.get("needs") or job.mark
    if len(needs) > MAX_NEEDS:
        return [
            Problem(
                code="needs-too-many",
                message=(
                    f"{job.name}: one job can only need {MAX_NEEDS} others, but you have listed "
                    f"{len(needs)}. See needs keyword documentation for more details"
                ),
                mark=mark,
            )
        ]
    return [
        Problem(
            code="needs-absent",
            message=(
                f"'{job.name}' job needs '{need.job}' job, but '{need.job}' does not exist in the "
                "pipeline. This might be because of the only, except, or rules keywords. To need "
                "a job that sometimes does not exist in the pipeline, use needs:optional."
            ),
            mark=mark,
            hint=f"give both jobs the same rules, or write `optional: true` at '{need.job}'",
        )
        for need in needs
        if need.job not in present and not need.optional
    ]
