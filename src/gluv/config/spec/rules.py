"""`spec:inputs:NAME:rules`: options and a default that depend on other inputs."""

import re
from collections.abc import Mapping

from gluv.config.conditions import ConditionInvalid, evaluate
from gluv.config.spec.header import problem
from gluv.config.spec.model import InputRule, InputSpec
from gluv.errors import Problem

_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")


def matching_rule(
    spec: InputSpec, inputs: Mapping[str, object], variables: Mapping[str, str]
) -> InputRule | None:
    """The first rule whose `if` is true, or that has none.

    `inputs` are those known so far: what was given, and the values of inputs defined earlier.
    """
    for rule in spec.rules or ():
        if rule.if_ is None or evaluate(rule.if_, variables, inputs):
            return rule
    return None


def check_rules(specs: Mapping[str, InputSpec]) -> list[Problem]:
    """Problems between inputs: rules that name no input, rules in a circle, broken conditions."""
    problems: list[Problem] = []
    needs: dict[str, list[str]] = {}
    for name, spec in specs.items():
        needs[name] = []
        for index, rule in enumerate(spec.rules or ()):
            if rule.if_ is None:
                continue
            named = _INPUT.findall(rule.if_)
            needs[name] += [other for other in named if other in specs]
            missing = [other for other in dict.fromkeys(named) if other not in specs]
            path = f"header:spec:inputs:{name}"
            if missing:
                message = f"rule[{index}] references undefined inputs: {', '.join(missing)}"
                problems.append(problem(f"{path} config {message}", rule.mark))
            try:
                evaluate(rule.if_, {})
            except ConditionInvalid:
                message = f"{path}:rules:rule if invalid expression syntax"
                problems.append(problem(message, rule.mark))
    if _circular(needs):
        first = next(iter(specs.values()))
        message = f"header:spec:inputs:{first.name} config circular dependency detected"
        problems.append(problem(message, first.mark))
    return problems


def _circular(needs: Mapping[str, list[str]]) -> bool:
    """Whether following the names can lead back (Kahn's algorithm leaves something over)."""
    waiting = {name: set(others) for name, others in needs.items()}
    while ready := [name for name, others in waiting.items() if not others]:
        for name in ready:
            del waiting[name]
        for others in waiting.values():
            others.difference_update(ready)
    return bool(waiting)
