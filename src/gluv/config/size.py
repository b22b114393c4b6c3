"""How large a configuration grows by `extends` and `!reference`, and when that is too much."""

from gluv.errors import Mark, Problem
from gluv.text.limits import DEFAULT_LIMITS
from gluv.text.nodes import MapNode, Node, SeqNode

_LIMIT = DEFAULT_LIMITS.nodes


class Grown:
    """Counts scalars, lists and mappings, shared ones each time they appear, up to a limit.

    Every list and mapping is looked at once, so that what has grown beyond all measure is still
    counted in a moment. The reader bounds aliases in the same way.
    """

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def count(self, node: Node) -> int:
        """The nodes of `node`, itself included. The nodes must live as long as this does."""
        if isinstance(node, MapNode):
            children = tuple(node.items.values())
        elif isinstance(node, SeqNode):
            children = node.items
        else:
            return 1
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = 1 + sum(map(self.count, children))
        return known

    def too_big(self, config: MapNode) -> bool:
        """Whether the configuration has more nodes than GitLab would want to load."""
        return self.count(config) > _LIMIT


def too_big(mark: Mark) -> Problem:
    """What is said of such a configuration."""
    return Problem(
        code="yaml-too-big",
        message="The parsed YAML is too big",
        mark=mark,
        hint=f"More than {_LIMIT} values once `extends` and `!reference` are resolved.",
    )
