"""`hooks:`."""

from gluv.config.keywords.reading import Problems, absent, read_map
from gluv.config.keywords.script import read_script
from gluv.text.nodes import Node

HOOKS = ("pre_get_sources_script",)


def read_hooks(node: Node, at: str, problems: Problems) -> dict[str, tuple[str, ...]]:
    """The commands of each hook."""
    hooks = read_map(node, f"{at} config", problems, HOOKS)
    if hooks is None:
        return {}
    return {
        key: read_script(value, f"{at}:{key}", problems)
        for key, value in hooks
        if key in HOOKS and not absent(value)
    }
