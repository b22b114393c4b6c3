"""The JSON form of explanations: `explanations` of `gluv plan --json --explain`."""

from collections.abc import Iterable

from gluv.plan.explain import JobExplained, RuleExplained
from gluv.plan.explain_policy import ConditionExplained
from gluv.plan.json import place

Value = object


def explanations_object(
    workflow: Iterable[RuleExplained], jobs: Iterable[JobExplained]
) -> dict[str, Value]:
    """Why there is a pipeline, and why each job is in it or out."""
    return {
        "workflow": [_rule(rule, "always") for rule in workflow],
        "jobs": [
            {
                "name": job.name,
                "included": job.included,
                "why": job.why,
                **place(job.mark),
                "rules": [_rule(rule, job.when) for rule in job.rules],
                "conditions": [_condition(condition) for condition in job.conditions],
            }
            for job in jobs
        ],
    }


def _rule(rule: RuleExplained, when: str) -> dict[str, Value]:
    return {
        "index": rule.index,
        **place(rule.mark),
        "verdict": rule.verdict,
        "when": rule.when or when,
        "clauses": [
            {
                "kind": clause.kind,
                "text": clause.text,
                "matched": clause.matched,
                "found": clause.found.splitlines(),
            }
            for clause in rule.clauses
        ],
    }


def _condition(condition: ConditionExplained) -> dict[str, Value]:
    return {
        "keyword": condition.keyword,
        "kind": condition.kind,
        "text": condition.text,
        "implicit": condition.implicit,
        "held": condition.held,
        "found": condition.found.splitlines(),
    }
