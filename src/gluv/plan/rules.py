"""`rules:`: top down, the first clause whose conditions all hold decides."""

from collections.abc import Iterator

import msgspec

from gluv.config.keywords.rules import Rule
from gluv.plan.clauses import Kind, RuleBroken, World, clause_holds, clause_text, kinds


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """The clause that decided: its index from 0."""

    index: int
    rule: Rule


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """No clause matched; of each, the condition that did not hold."""

    failed: tuple[tuple[Rule, Kind], ...]


def first_match(rules: tuple[Rule, ...], world: World) -> Matched | Missed:
    """The deciding clause. A clause without conditions always matches. Raises `RuleBroken`."""
    failed = []
    for index, rule in enumerate(rules):
        try:
            kind = next((kind for kind in kinds(rule) if not clause_holds(kind, rule, world)), None)
        except RuleBroken as error:
            error.mark = rule.mark
            raise
        if kind is None:
            return Matched(index=index, rule=rule)
        failed.append((rule, kind))
    return Missed(failed=tuple(failed))


def why_missed(missed: Missed, keyword: str = "rules") -> str:
    """The sentence for a job that no clause let in, with the line of each clause."""
    if not missed.failed:
        return f"{keyword}: the list is empty, so no clause can match"
    return f"{keyword}: no clause matched: " + "; ".join(_failures(missed))


def why_never(matched: Matched, keyword: str = "rules") -> str:
    """The sentence for a job that a clause with `when: never` keeps out."""
    rule = matched.rule
    conditions = " and ".join(f"`{clause_text(kind, rule)}`" for kind in kinds(rule))
    line = _line(rule)
    if not conditions:
        return f"{keyword}: `when: never`{line}, for everything that no earlier clause matched"
    return f"{keyword}: {conditions}{line} is true, and its `when` is never"


def _failures(missed: Missed) -> Iterator[str]:
    for rule, kind in missed.failed:
        yield f"`{clause_text(kind, rule)}`{_line(rule)} is false"


def _line(rule: Rule) -> str:
    return f" (line {rule.mark.line})" if rule.mark is not None else ""
