"""`stages:` and `stage:`."""

from typing import Final

from gluv.config.keywords.reading import Problems, first_not_text, nested_items, text_items
from gluv.text.nodes import Node, SeqNode

DEFAULT_STAGES: Final = ("build", "test", "deploy")
DEFAULT_STAGE: Final = "test"
FIRST: Final = ".pre"
LAST: Final = ".post"


def read_stages(node: Node, at: str, problems: Problems) -> tuple[str, ...]:
    """The stages in order, `.pre` first and `.post` last; nested lists are flattened."""
    if isinstance(node, SeqNode):
        names = text_items(nested_items(node))
        if names is not None:
            return edged(names)
    problems.refuse(
        "wrong-type",
        f"{at} config should be an array of strings or a nested array of strings up to 10 levels "
        "deep",
        first_not_text(node),
    )
    return edged(DEFAULT_STAGES)


def edged(names: tuple[str, ...]) -> tuple[str, ...]:
    """`names` once each, between `.pre` and `.post` wherever those were written."""
    middle = dict.fromkeys(name for name in names if name not in (FIRST, LAST))
    return (FIRST, *middle, LAST)
