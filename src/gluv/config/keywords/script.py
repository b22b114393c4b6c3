"""`script:`, `before_script:`, `after_script:` and the scripts of `hooks:`."""

from gluv.config.keywords.reading import (
    NESTING_LIMIT,
    Problems,
    first_not_text,
    nested_items,
    text_items,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode


def read_script(node: Node, at: str, problems: Problems) -> tuple[str, ...]:
    """The commands: a string, or strings in lists nested up to 10 levels, flattened."""
    if type(node) is ScalarNode and type(node.value) is str:
        return (node.value,)
    if type(node) is SeqNode:
        commands = text_items(node.items)
        if commands is None:
            commands = text_items(nested_items(node))
        if commands is not None:
            return commands
    wrong = first_not_text(node)
    problems.refuse(
        "wrong-type",
        f"{at} config should be a string or a nested array of strings up to {NESTING_LIMIT} "
        "levels deep",
        wrong,
        "put the line in quotes: YAML reads `word: word` as a map"
        if isinstance(wrong, MapNode)
        else "",
    )
    return ()
