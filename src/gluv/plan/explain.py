"""Why a job is in or out, rule by rule: the data behind `gluv plan --explain`."""

from fnmatch import fnmatchcase

import msgspec

from gluv.config.keywords.rules import Rule
from gluv.config.model import Config
from gluv.errors import Mark
from gluv.plan.builder import make_seed, open_pipeline, ordered_legs
from gluv.plan.choose import unknown_job
from gluv.plan.clauses import Clause, RuleBroken, World, describe, kinds
from gluv.plan.context import Context
from gluv.plan.explain_policy import ConditionExplained, explain_policy
from gluv.plan.job import Seed, decide, policy_of, view_leg
from gluv.plan.layers import Layers
from gluv.plan.parallel import Leg
from gluv.plan.rules import Matched
from gluv.plan.scope import Scope


class RuleExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One clause: its conditions with what they found, and what that means.

    `verdict` is "matched" for the clause that decides, "did not match" for those before it and
    "not reached" after it; `when` is the clause's own. `clauses` is empty where there is no
    condition.
    """

    index: int
    mark: Mark | None
    verdict: str
    when: str | None
    clauses: tuple[Clause, ...] = ()


class JobExplained(msgspec.Struct, frozen=True, kw_only=True):
    """A job (one leg of a parallel one): whether it is in the pipeline, why, and each clause.

    A job has `rules` or `conditions` (of `only` and `except`), never both. `when` is the job's own
    keyword, which holds where a clause names none.
    """

    name: str
    included: bool
    why: str
    mark: Mark | None = None
    when: str = "on_success"
    rules: tuple[RuleExplained, ...] = ()
    conditions: tuple[ConditionExplained, ...] = ()


def explain_job(config: Config, context: Context, name: str) -> tuple[JobExplained, ...]:
    """Explain a job of the file by its name, one leg by its final name, or all that a glob names.

    More than one for a parallel job. Raises `UsageWrong` if the file has no such job.
    """
    every = ordered_legs(config)
    legs = [leg for leg in every if name in (leg.name, leg.job.name)]
    legs = legs or [
        leg for leg in every if fnmatchcase(leg.name, name) or fnmatchcase(leg.job.name, name)
    ]
    if not legs:
        raise unknown_job(name, config.jobs)
    return _explain(config, context, tuple(legs))


def explain_jobs(
    config: Config, context: Context, names: tuple[str, ...]
) -> tuple[JobExplained, ...]:
    """Explain the named jobs, or every job where none is named. Raises `UsageWrong`."""
    if not names:
        return explain_all(config, context)
    return tuple(each for name in names for each in explain_job(config, context, name))


def explain_all(config: Config, context: Context) -> tuple[JobExplained, ...]:
    """Explain every job in pipeline order."""
    return _explain(config, context, ordered_legs(config))


def explain_workflow(config: Config, context: Context) -> tuple[RuleExplained, ...]:
    """The clauses of `workflow:rules`; empty without them."""
    layers = Layers(context, config.variables)
    world = World(Scope(layers.combine({}, config.variables, None)), context)
    return _rules(config.workflow.rules or (), world)


def _explain(config: Config, context: Context, legs: tuple[Leg, ...]) -> tuple[JobExplained, ...]:
    try:
        start = open_pipeline(config, context)
    except RuleBroken as error:
        start = f"workflow:rules: {error}"
    if isinstance(start, str):
        return tuple(_explained(leg, included=False, why=start) for leg in legs)
    seed = make_seed(config, start.layers, ordered_legs(config))
    return tuple(_explain_leg(leg, seed) for leg in legs)


def _explain_leg(leg: Leg, seed: Seed) -> JobExplained:
    job = leg.job
    world = World(view_leg(leg, seed.layers).scope, seed.layers.context, seed.layers.asked)
    rules = _rules(job.rules or (), world)
    conditions: tuple[ConditionExplained, ...] = ()
    try:
        decision = decide(job, world, implicit=seed.implicit)
        if job.rules is None:
            conditions = explain_policy(policy_of(job, seed.implicit), job.except_, world)
    except RuleBroken as error:
        decision = f"Failed to parse rule for {leg.name}: {error}"
    included = not isinstance(decision, str)
    why = decision if isinstance(decision, str) else _why_in(decision, leg)
    return _explained(leg, included=included, why=why, rules=rules, conditions=conditions)


def _explained(
    leg: Leg,
    *,
    included: bool,
    why: str,
    rules: tuple[RuleExplained, ...] = (),
    conditions: tuple[ConditionExplained, ...] = (),
) -> JobExplained:
    return JobExplained(
        name=leg.name,
        included=included,
        why=why,
        mark=leg.job.mark,
        when=leg.job.when or "on_success",
        rules=rules,
        conditions=conditions,
    )


def _why_in(decision: Matched | None, leg: Leg) -> str:
    if decision is not None:
        rule = decision.rule
        line = f" (line {rule.mark.line})" if rule.mark is not None else ""
        when = rule.when or leg.job.when or "on_success"
        return f"rules: clause {decision.index + 1}{line} matched, so when: {when}"
    if leg.job.only is not None or leg.job.except_ is not None:
        return "only/except let it in"
    return "it has no rules, and this kind of pipeline takes jobs without rules"


def _rules(rules: tuple[Rule, ...], world: World) -> tuple[RuleExplained, ...]:
    """Every clause with what its conditions found, also those that are not reached."""
    explained = []
    decided = False
    for index, rule in enumerate(rules):
        clauses = tuple(describe(kind, rule, world) for kind in kinds(rule))
        matched = all(clause.matched for clause in clauses)
        verdict = "not reached" if decided else "matched" if matched else "did not match"
        decided = decided or matched
        explained.append(
            RuleExplained(
                index=index, mark=rule.mark, verdict=verdict, when=rule.when, clauses=clauses
            )
        )
    return tuple(explained)
