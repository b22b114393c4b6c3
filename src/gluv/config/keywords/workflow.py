"""`workflow:`."""

from typing import Final

import msgspec

from gluv.config.keywords.auto_cancel import AutoCancel as AutoCancel
from gluv.config.keywords.auto_cancel import read_auto_cancel
from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_map,
    read_text,
)
from gluv.config.keywords.rules import WORKFLOW_RULE_KEYS, WORKFLOW_WHEN, Rule, read_rules
from gluv.text.nodes import Node


class Workflow(msgspec.Struct, frozen=True, kw_only=True):
    """`workflow:`; rules of None mean that every pipeline is created."""

    name: str | None = None
    rules: tuple[Rule, ...] | None = None
    auto_cancel: AutoCancel | None = None


NAME_LIMIT: Final = 255


def read_workflow(node: Node, at: str, problems: Problems) -> Workflow:
    """When a pipeline is created, its name, and what cancels it."""
    fields = read_map(node, f"{at} config", problems, ("rules", "name", "auto_cancel"))
    if fields is None:
        return Workflow()
    name, rules, auto_cancel = (fields.get(key) for key in ("name", "rules", "auto_cancel"))
    title = None if name is None or absent(name) else read_text(name, f"{at} name", problems)
    if title is not None and name is not None and len(title) > NAME_LIMIT:
        problems.refuse(
            "too-long", f"{at} name is too long (maximum is {NAME_LIMIT} characters)", name
        )
    return Workflow(
        name=title,
        rules=None
        if rules is None or absent(rules)
        else read_rules(rules, f"{at}:rules", problems, WORKFLOW_RULE_KEYS, WORKFLOW_WHEN),
        auto_cancel=None
        if auto_cancel is None or absent(auto_cancel)
        else read_auto_cancel(auto_cancel, f"{at}:auto_cancel", problems),
    )
