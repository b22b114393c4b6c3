"""`only:` and `except:` condition by condition, for `gluv plan --explain`."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from gluv.config.keywords.policy import Policy
from gluv.expr.rules_if import ExpressionInvalid, parse_expression
from gluv.plan.clauses import World, changes_seen, expression_holds, paths_changed
from gluv.plan.policy import DEFAULT_REFS, event, refs_match


class ConditionExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One condition of `only` or `except`: its text, whether it held, and what it found.

    `implicit` for the `[branches, tags]` that a job gets where it says nothing.
    """

    keyword: Literal["only", "except"]
    kind: Literal["refs", "variables", "changes", "kubernetes"]
    text: str
    held: bool
    found: str
    implicit: bool = False


def explain_policy(
    only: Policy | None, excluding: Policy | None, world: World
) -> tuple[ConditionExplained, ...]:
    """Every condition that is present; `only` without refs has GitLab's default ones."""
    found: list[ConditionExplained] = []
    if only is not None:
        found += _conditions("only", only, world)
    if excluding is not None:
        found += _conditions("except", excluding, world)
    return tuple(found)


def _conditions(
    keyword: Literal["only", "except"], policy: Policy, world: World
) -> Iterator[ConditionExplained]:
    implicit = keyword == "only" and policy.refs is None
    refs = DEFAULT_REFS if implicit else policy.refs
    if refs is not None:
        yield ConditionExplained(
            keyword=keyword,
            kind="refs",
            text=f"[{', '.join(refs)}]",
            held=refs_match(refs, world.context),
            found=f"this is {event(world.context)}",
            implicit=implicit,
        )
    if policy.variables is not None:
        yield ConditionExplained(
            keyword=keyword,
            kind="variables",
            text=", ".join(f"`{text}`" for text in policy.variables),
            held=any(expression_holds(text, world.scope) for text in policy.variables),
            found="\n".join(_seen(text, world) for text in policy.variables),
        )
    if policy.changes is not None:
        yield ConditionExplained(
            keyword=keyword,
            kind="changes",
            text=f"changes: {', '.join(policy.changes)}",
            held=paths_changed(policy.changes, world),
            found=changes_seen(policy.changes, world),
        )
    if policy.kubernetes is not None:
        yield ConditionExplained(
            keyword=keyword,
            kind="kubernetes",
            text=f"kubernetes: {policy.kubernetes}",
            held=False,
            found="no cluster is connected here",
        )


def _seen(text: str, world: World) -> str:
    try:
        return parse_expression(text).explain(world.scope.values)
    except ExpressionInvalid as error:
        return str(error)
