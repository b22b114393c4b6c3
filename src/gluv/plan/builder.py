"""Config and context to `Plan`."""

import msgspec

from gluv.config.keywords.auto_cancel import AutoCancel
from gluv.config.keywords.variables import Variable
from gluv.config.model import Config
from gluv.errors import Mark, Problem
from gluv.plan.choose import choose
from gluv.plan.clauses import RuleBroken, World
from gluv.plan.context import Context
from gluv.plan.job import Seed, plan_leg
from gluv.plan.layers import Layers
from gluv.plan.model import Pipeline, Plan, PlannedJob, Skipped
from gluv.plan.needs import settle
from gluv.plan.parallel import Leg, legs
from gluv.plan.rules import Matched, Missed, first_match, why_missed, why_never
from gluv.plan.scope import Scope, VariablesCircular
from gluv.plan.selection import Selection
from gluv.text.collector import without_collector

EMPTY = (
    "The resulting pipeline would have been empty. "
    "Review the rules configuration for the relevant jobs."
)
"""GitLab's sentence when rules leave no job, or only jobs in `.pre` and `.post`."""

FILTERED = "The pipeline did not run. Review the workflow:rules configuration for the pipeline."
"""GitLab's sentence when `workflow:rules` say no."""

MAX_NAME = 255
"""Characters in the name of a pipeline, and of a job that `parallel` made.

GitLab creates no pipeline with a longer job, and says so only of jobs without `parallel`.
"""
_EDGES = (".pre", ".post")


@without_collector()
def build(
    config: Config,
    context: Context,
    selection: Selection = Selection(),  # noqa: B008 - frozen
    *,
    problems: tuple[Problem, ...] = (),
) -> Plan:
    """The plan of the pipeline that GitLab would create for this event.

    `problems` are those of reading the configuration; they are carried over, and an error among
    them means that there is no pipeline. A pipeline that GitLab would not create is a plan without
    `pipeline`, with the reason. Raises `UsageWrong` when `selection` names no job.
    """
    if any(problem.severity == "error" for problem in problems):
        return _none(config, "The configuration is invalid.", problems=problems)
    try:
        start = open_pipeline(config, context)
    except RuleBroken as error:
        problem = Problem(
            code="workflow-broken",
            message=f"workflow:rules: {error}",
            mark=error.mark,
            hint=error.hint,
        )
        return _none(config, str(error), problems=(*problems, problem))
    if isinstance(start, str):
        skipped = tuple(Skipped(name=name, why=start) for name in config.jobs)
        choose(selection, (), skipped, config.stages)
        return _none(config, FILTERED, skipped=skipped, problems=problems)
    return _fill(config, start, selection, problems)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline that `workflow:rules` let through, before its jobs."""

    layers: Layers
    pipeline: Pipeline


def open_pipeline(config: Config, context: Context) -> Start | str:
    """Apply `workflow:`; the sentence why not, if there is to be no pipeline.

    Raises `clauses.RuleBroken`.
    """
    top = config.variables
    extra: dict[str, Variable] = {}
    auto_cancel = config.workflow.auto_cancel or AutoCancel()
    layers = Layers(context, top)
    if config.workflow.rules is not None:
        world = World(Scope(layers.combine({}, top, None)), context)
        found = first_match(config.workflow.rules, world)
        match found:
            case Missed():
                return why_missed(found, "workflow:rules")
            case Matched(rule=rule) if rule.when == "never":
                return why_never(found, "workflow:rules")
            case Matched(rule=rule):
                extra = rule.variables
                auto_cancel = msgspec.structs.replace(auto_cancel, **(rule.auto_cancel or {}))
    if extra:
        top = {**top, **extra}
        layers = Layers(context, top)
    name = _name(config.workflow.name, Scope(layers.combine({}, top, None)))
    if name is not None:
        layers = Layers(context, top, name)
    own = {key: variable.value for key, variable in extra.items()} | context.variables
    pipeline = Pipeline(
        name=name,
        source=context.source,
        ref=context.ref,
        tag=context.ref_kind == "tag",
        sha=context.commit.sha,
        variables=own,
        auto_cancel=auto_cancel,
    )
    return Start(layers=layers, pipeline=pipeline)


def ordered_legs(config: Config) -> tuple[Leg, ...]:
    """The legs of every job in pipeline order: by stage, then as written."""
    order = {stage: index for index, stage in enumerate(config.stages)}
    jobs = sorted(config.jobs.values(), key=lambda job: order.get(job.stage, len(order)))
    return tuple(leg for job in jobs for leg in legs(job))


def make_seed(config: Config, layers: Layers, all_legs: tuple[Leg, ...]) -> Seed:
    """What the jobs of the pipeline are planned with."""
    names: dict[str, tuple[str, ...]] = {}
    for leg in all_legs:
        names[leg.job.name] = (*names.get(leg.job.name, ()), leg.name)
    return Seed(layers=layers, names=names, implicit=config.workflow.rules is None)


def _fill(
    config: Config, start: Start, selection: Selection, problems: tuple[Problem, ...]
) -> Plan:
    all_legs = ordered_legs(config)
    seed = make_seed(config, start.layers, all_legs)
    planned: list[PlannedJob] = []
    left_out: list[tuple[Leg, Skipped]] = []
    found = list(problems)
    too_long: set[str] = set()
    for leg in all_legs:
        try:
            result = plan_leg(leg, seed)
        except RuleBroken as error:
            message = f"Failed to parse rule for {leg.name}: {error}"
            found.append(_broken(leg, "rules", message, error.mark, error.hint))
            continue
        except VariablesCircular as error:
            found.append(_broken(leg, "variables", f"{leg.name}: {error}"))
            continue
        if isinstance(result, Skipped):
            left_out.append((leg, result))
            continue
        if leg.job.parallel is not None and len(leg.name) > MAX_NAME:
            if leg.job.name not in too_long:  # of up to 200 names, the first says enough
                too_long.add(leg.job.name)
                found.append(_too_long(leg))
            continue
        planned.append(result)
    jobs, missing = settle(planned)
    found.extend(missing)
    skipped = _merged(left_out)
    if len(found) > len(problems):
        return _none(
            config, "The configuration is invalid.", skipped=skipped, problems=tuple(found)
        )
    if all(job.stage in _EDGES for job in jobs):
        alone = "only jobs in .pre and .post are left, and they do not make a pipeline"
        skipped += tuple(Skipped(name=job.name, why=alone) for job in jobs)
        choose(selection, (), skipped, config.stages)
        return _none(config, EMPTY, skipped=skipped, problems=problems)
    return Plan(
        pipeline=start.pipeline,
        stages=config.stages,
        jobs=choose(selection, jobs, skipped, config.stages),
        skipped=skipped,
        problems=problems,
    )


def _none(
    config: Config,
    reason: str,
    *,
    skipped: tuple[Skipped, ...] = (),
    problems: tuple[Problem, ...] = (),
) -> Plan:
    return Plan(
        pipeline=None,
        stages=config.stages,
        jobs=(),
        skipped=skipped,
        problems=problems,
        reason=reason,
    )


def _merged(left_out: list[tuple[Leg, Skipped]]) -> tuple[Skipped, ...]:
    """One entry for a parallel job whose legs are all out for the same reason."""
    reasons: dict[str, list[Skipped]] = {}
    for leg, skipped in left_out:
        reasons.setdefault(leg.job.name, []).append(skipped)
    totals = {leg.job.name: leg.total for leg, _ in left_out}
    merged: list[Skipped] = []
    for name, entries in reasons.items():
        same = len({entry.why for entry in entries}) == 1
        if same and len(entries) == totals[name]:
            merged.append(Skipped(name=name, why=entries[0].why))
        else:
            merged.extend(entries)
    return tuple(merged)


def _name(name: str | None, scope: Scope) -> str | None:
    """`workflow:name`, expanded; a blank one is none."""
    if name is None:
        return None
    return scope.expand(name).strip()[:MAX_NAME] or None


def _broken(
    leg: Leg, keyword: str, message: str, at: Mark | None = None, hint: str = ""
) -> Problem:
    mark = at or leg.job.marks.get(keyword) or leg.job.mark
    return Problem(code=f"{keyword}-broken", message=message, mark=mark, hint=hint)


def _too_long(leg: Leg) -> Problem:
    return Problem(
        code="too-long",
        message=f"jobs:{leg.name} name is too long (maximum is {MAX_NAME} characters)",
        mark=leg.job.marks.get("parallel") or leg.job.mark,
    )
