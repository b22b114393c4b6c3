"""`only:` and `except:`."""

from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    read_texts,
    refuse_unknown_keys,
    ruby_text,
)
from gluv.config.keywords.syntax import (
    read_expression,
    read_refs,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """`only:`/`except:`; the list form fills `refs`. None means the condition is absent."""

    refs: tuple[str, ...] | None = None
    variables: tuple[str, ...] | None = None
    changes: tuple[str, ...] | None = None
    kubernetes: str | None = None


POLICY_KEYS: Final = ("refs", "variables", "changes", "kubernetes")


def read_policy(node: Node, at: str, problems: Problems) -> Policy | None:
    """A list of refs, or a map of conditions."""
    if type(node) is SeqNode:
        refs = read_refs(node, f"{at} config", problems)
        return None if refs is None else Policy(refs=refs)
    if type(node) is not MapNode:
        problems.say("wrong-type", f"{at} has to be either an array of conditions or a hash", node)
        return None
    if not node.items:
        problems.refuse("blank", f"{at} config can't be blank", node)
    refuse_unknown_keys(node, f"{at} config", problems, POLICY_KEYS)
    read: dict[str, object] = {}
    for key, value in node:
        if absent(value):
            continue
        subject = f"{at} {key}"
        result: object = None
        match key:
            case "refs":
                result = read_refs(value, subject, problems)
            case "changes":
                result = read_texts(value, subject, problems)
            case "variables":
                result = read_texts(value, subject, problems)
                if result is not None and isinstance(value, SeqNode):
                    for item in value.items:
                        read_expression(item, subject, problems)
            case "kubernetes":
                result = ruby_text(value.value) if isinstance(value, ScalarNode) else ""
                if result != "active":
                    problems.refuse("unknown-value", f"{subject} unknown value: {result}", value)
        if result is not None:
            read[key] = result
    return Policy(**read)  # type: ignore[arg-type]
