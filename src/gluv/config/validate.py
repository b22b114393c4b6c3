"""What must hold between jobs: stages exist, needs can be met, on_stop jobs fit."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from gluv.config.closest import Closest
from gluv.config.keywords.environment import Environment
from gluv.config.keywords.job import Job
from gluv.config.keywords.needs import Need
from gluv.config.keywords.reading import Problems
from gluv.config.model import Config
from gluv.config.validate_cycles import check_cycles
from gluv.config.validate_names import Names
from gluv.errors import Mark

NEEDS_LIMIT: Final = 50
NAME_LIMIT: Final = 255
RESERVED_STAGES: Final = (".pipeline-policy-pre", ".pipeline-policy-post")


def check_jobs(config: Config, refused: Collection[str], problems: Problems) -> None:
    """Every problem between the jobs of `config`, in file order, then the cycles.

    `refused` are jobs that could not be read: needing one of them is no mistake of its own.
    """
    stages = {stage: index for index, stage in enumerate(config.stages)}
    available = ", ".join(config.stages)
    closest = Closest(config.stages)
    names = Names(config.jobs, refused)
    for job in config.jobs.values():
        if job.stage in RESERVED_STAGES:
            problems.say(
                "reserved-stage",
                f"{job.name} job: chosen stage `{job.stage}` is reserved for Pipeline Execution "
                "Policies",
                _mark(job, "stage"),
            )
        elif job.stage not in stages:
            problems.say(
                "undefined-stage",
                f"{job.name} job: chosen stage {job.stage} does not exist; "
                f"available stages are {available}",
                _mark(job, "stage"),
                _stage_hint(job, closest),
            )
        for dependency in job.dependencies or ():
            _check_reference(job, dependency, "dependency", "dependencies", names, stages, problems)
        _check_needs(job, job.needs, "needs", names, stages, problems)
        for rule in job.rules or ():
            _check_needs(job, rule.needs, "rules", names, stages, problems)
        for included in job.trigger.include if job.trigger is not None else ():
            generator = included.get("job")
            if isinstance(generator, str):
                _check_reference(job, generator, "dependency", "trigger", names, stages, problems)
        if job.environment is not None:
            _check_on_stop(job, job.environment, config.jobs, problems)
    check_cycles(config.jobs, names, problems)


def _mark(job: Job, keyword: str) -> Mark:
    mark = job.marks.get(keyword) or job.mark
    assert mark is not None
    return mark


def _stage_hint(job: Job, closest: Closest) -> str:
    if "stage" not in job.marks:
        return "a job without `stage:` is in the stage test"
    return closest.to(job.stage) or f"add `{job.stage}` to `stages:`"


def _check_needs(
    job: Job,
    needs: Iterable[Need] | None,
    keyword: str,
    names: Names,
    stages: Mapping[str, int],
    problems: Problems,
) -> None:
    if not needs:
        return
    seen: set[str] = set()
    twice: dict[str, None] = {}
    count = 0
    for need in needs:
        if need.job is None or need.project is not None or need.pipeline is not None:
            continue
        for name in names.meant(need, job):
            count += names.size(name)
            if name in seen:
                twice[name] = None
            seen.add(name)
            _check_reference(
                job, name, "need", keyword, names, stages, problems, optional=need.optional
            )
    if twice:
        problems.say(
            "duplicate-need",
            f"{job.name} has the following needs duplicated: {', '.join(twice)}.",
            _mark(job, keyword),
        )
    if count > NEEDS_LIMIT:
        problems.say(
            "too-many",
            f"{job.name}: one job can only need {NEEDS_LIMIT} others, but you have listed "
            f"{count}. See needs keyword documentation for more details",
            _mark(job, keyword),
        )


def _check_reference(
    job: Job,
    name: str,
    kind: str,
    keyword: str,
    names: Names,
    stages: Mapping[str, int],
    problems: Problems,
    *,
    optional: bool = False,
) -> None:
    """GitLab's rule: the job exists (unless optional) and is in this or an earlier stage."""
    other = names.find(name)
    if other is None:
        if not optional and name not in names.refused:
            problems.say(
                f"undefined-{kind}",
                f"{job.name} job: undefined {kind}: {name}",
                _mark(job, keyword),
                names.likely(name),
            )
        return
    if kind == "need" and len(name) > NAME_LIMIT:
        problems.say(
            "too-long",
            f"{job.name} job: need `{name}` name is too long (maximum is {NAME_LIMIT} characters)",
            _mark(job, keyword),
        )
    own, others = stages.get(job.stage), stages.get(other.stage)
    if own is None or others is None:
        return  # the missing stage is a problem of its own
    if others > own:
        problems.say(
            f"later-{kind}",
            f"{job.name} job: {kind} {name} is not defined in current or prior stages",
            _mark(job, keyword),
        )


def _check_on_stop(
    job: Job, environment: Environment, jobs: Mapping[str, Job], problems: Problems
) -> None:
    name = environment.on_stop
    if not name:
        return
    other = jobs.get(name)
    if other is None:
        fault = "is not defined"
    elif other.environment is None:
        fault = "does not have environment defined"
    elif other.environment.name != environment.name:
        fault = "have different environment name"
    elif other.environment.action != "stop":
        fault = "needs to have action stop defined"
    else:
        return
    problems.say(
        "undefined-on-stop",
        f"{job.name} job: on_stop job {name} {fault}",
        _mark(job, "environment"),
    )
