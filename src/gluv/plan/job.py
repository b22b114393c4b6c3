"""One leg of a job to a planned job, or to the reason why it is out."""

from collections.abc import Mapping

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure
from gluv.config.keywords.job import Job
from gluv.config.keywords.policy import Policy
from gluv.config.keywords.retry import Retry
from gluv.config.keywords.rules import Rule
from gluv.config.keywords.variables import Variable
from gluv.plan.cache import planned_caches
from gluv.plan.clauses import World
from gluv.plan.layers import Layers
from gluv.plan.model import MatchedRule, ParallelIndex, PlannedJob, Skipped
from gluv.plan.needs import foreign_needs, planned_dependencies, planned_needs
from gluv.plan.normalise import (
    normal_artifacts,
    normal_environment,
    normal_image,
    normal_release,
    normal_services,
    normal_trigger,
)
from gluv.plan.parallel import Leg
from gluv.plan.policy import why_excluded
from gluv.plan.predefined import environment_variables, job_variables
from gluv.plan.rules import Matched, Missed, first_match, why_missed, why_never
from gluv.plan.scope import Scope

NO_RETRY = Retry()


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """What every job of the pipeline is planned with.

    `names` holds the final names of each job of the file; `implicit` is whether the default
    `only: [branches, tags]` applies (not beside `workflow:rules`).
    """

    layers: Layers
    names: Mapping[str, tuple[str, ...]]
    implicit: bool


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """A leg's variables: what the YAML defines, all of them, and the environment's name."""

    yaml: dict[str, Variable]
    scope: Scope
    environment: str | None


def plan_leg(leg: Leg, seed: Seed) -> PlannedJob | Skipped:
    """Decide whether the leg is in, and plan it.

    Raises `clauses.RuleBroken` and `scope.VariablesCircular`.
    """
    job = leg.job
    view = view_leg(leg, seed.layers)
    decision = decide(
        job, World(view.scope, seed.layers.context, seed.layers.asked), implicit=seed.implicit
    )
    if isinstance(decision, str):
        return Skipped(name=leg.name, why=decision)
    rule = decision.rule if decision is not None else Rule()
    when = rule.when or job.when or "on_success"
    if rule.variables or when != (job.when or "on_success"):
        view = view_leg(leg, seed.layers, rule.variables, when)
    return _planned(leg, decision, rule, when, view, seed)


def view_leg(
    leg: Leg,
    layers: Layers,
    rule_variables: Mapping[str, Variable] | None = None,
    when: str | None = None,
) -> LegView:
    """The variables of a leg at plan time; conditions see them without `rules:variables`."""
    job = leg.job
    yaml = layers.inherited(job.inherit)
    if job.variables or leg.matrix or rule_variables:
        yaml = {**yaml, **job.variables}
    if leg.matrix:
        mark = job.marks.get("parallel")
        yaml.update((key, Variable(value=value, mark=mark)) for key, value in leg.matrix.items())
    if rule_variables:
        yaml.update(rule_variables)
    predefined = job_variables(
        leg.name, job.stage, when=when or job.when or "on_success", index=leg.index, total=leg.total
    )
    name = None
    if job.environment is not None:
        simple = Scope(layers.combine(predefined, yaml, None))
        name = simple.expand(job.environment.name)
        predefined |= environment_variables(
            name,
            action=job.environment.action,
            tier=job.environment.deployment_tier,
            url=job.environment.url,
        )
    scope = Scope(layers.combine(predefined, yaml, name))
    return LegView(yaml=yaml, scope=scope, environment=name)


def decide(job: Job, world: World, *, implicit: bool) -> Matched | str | None:
    """The clause that lets the job in, None if no clause was needed, or why it is out."""
    if job.rules is None:
        return why_excluded(policy_of(job, implicit), job.except_, world)
    found = first_match(job.rules, world)
    if isinstance(found, Missed):
        return why_missed(found)
    if found.rule.when == "never":
        return why_never(found)
    return found


def policy_of(job: Job, implicit: bool) -> Policy | None:
    """The `only` that decides about a job without rules; None where none does."""
    return job.only if job.only is not None or not implicit else Policy()


def _planned(
    leg: Leg, matched: Matched | None, rule: Rule, when: str, view: LegView, seed: Seed
) -> PlannedJob:
    job, scope, context = leg.job, view.scope, seed.layers.context
    scope.check()
    needs = job.needs if rule.needs is None else rule.needs
    interruptible = job.interruptible if rule.interruptible is None else rule.interruptible
    resource_group = None if job.resource_group is None else scope.expand(job.resource_group)
    return PlannedJob(
        name=leg.name,
        base_name=job.name,
        stage=job.stage,
        when=when,
        allow_failure=_allow_failure(job, rule),
        needs=planned_needs(needs, leg, seed.names),
        foreign_needs=foreign_needs(needs),
        dependencies=planned_dependencies(job.dependencies, seed.names),
        before_script=job.before_script,
        script=job.script,
        after_script=job.after_script,
        image=normal_image(job.image, scope),
        services=normal_services(job.services, scope),
        variables=view.yaml,
        cache=planned_caches(job.cache, scope, context, seed.layers.digests) if job.cache else (),
        artifacts=normal_artifacts(job),
        tags=tuple(scope.expand_once(tag) for tag in job.tags),
        timeout_seconds=job.timeout or context.default_timeout,
        retry=job.retry or NO_RETRY,
        parallel=None if leg.index is None else ParallelIndex(index=leg.index, total=leg.total),
        environment=normal_environment(job.environment, view.environment, scope),
        release=normal_release(job.release, scope),
        coverage=job.coverage,
        interruptible=bool(interruptible),
        resource_group=resource_group or None,
        start_in=(rule.start_in or job.start_in) if when == "delayed" else None,
        trigger=normal_trigger(job.trigger, scope),
        rule=None if matched is None else _matched_rule(matched),
        hooks=job.hooks,
        id_tokens=job.id_tokens,
        manual_confirmation=job.manual_confirmation,
        secrets=job.secrets,
        identity=job.identity,
        pages=job.pages,
        publish=job.publish,
        run=job.run,
        dast_configuration=job.dast_configuration,
        inputs=job.inputs,
        mark=job.mark,
        marks=job.marks,
    )


def _matched_rule(matched: Matched) -> MatchedRule:
    return MatchedRule(index=matched.index, if_=matched.rule.if_, mark=matched.rule.mark)


def _allow_failure(job: Job, rule: Rule) -> AllowFailure:
    """A rule's word beats the job's; a job with its own `when: manual` may fail by default.

    `when: manual` in a rule does not: such a job blocks the pipeline, as on GitLab.
    """
    if rule.allow_failure is not None:
        return rule.allow_failure
    if job.allow_failure is not None:
        return job.allow_failure
    return job.when == "manual"
