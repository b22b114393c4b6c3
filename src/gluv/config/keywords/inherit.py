"""`inherit:`."""

from typing import Final

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    likely,
    read_map,
    read_texts,
)
from gluv.text.nodes import Node, ScalarNode, SeqNode


class Inherit(msgspec.Struct, frozen=True, kw_only=True):
    """`inherit:`; True takes all, False none, a tuple the named ones."""

    default: bool | tuple[str, ...] = True
    variables: bool | tuple[str, ...] = True


DEFAULT_KEYS: Final = (
    "before_script",
    "after_script",
    "hooks",
    "cache",
    "image",
    "services",
    "interruptible",
    "timeout",
    "retry",
    "tags",
    "artifacts",
    "id_tokens",
    "identity",
)
"""What `default:` may hold, and so what a job may inherit by name."""


def read_inherit(node: Node, at: str, problems: Problems) -> Inherit:
    """Which defaults and which global variables a job takes."""
    fields = read_map(node, f"{at} config", problems, ("default", "variables"))
    if fields is None:
        return Inherit()
    default = _read_part(fields.get("default"), f"{at}:default", problems)
    if isinstance(default, tuple):
        unknown = [name for name in default if name not in DEFAULT_KEYS]
        if unknown:
            problems.refuse(
                "unknown-value",
                f"{at}:default config contains unknown values: {', '.join(unknown)}",
                fields.items["default"],
                likely(unknown[0], DEFAULT_KEYS),
            )
    return Inherit(
        default=default, variables=_read_part(fields.get("variables"), f"{at}:variables", problems)
    )


def _read_part(node: Node | None, at: str, problems: Problems) -> bool | tuple[str, ...]:
    if node is None or absent(node):
        return True
    if type(node) is ScalarNode and type(node.value) is bool:
        return node.value
    if type(node) is SeqNode:
        return read_texts(node, f"{at} config", problems) or ()
    problems.refuse("wrong-type", f"{at} should be a bool or array of strings", node)
    return True
