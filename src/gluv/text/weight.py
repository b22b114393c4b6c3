"""How much memory GitLab counts for a configuration.

GitLab refuses a file whose Ruby objects take more than the instance setting
`max_yaml_size_bytes`, 2 MiB unless an administrator changed it: strings, lists and mappings,
again for every alias. The sizes here are those of 64-bit Ruby; small errors remain.
"""

from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode

MAX_YAML_SIZE_BYTES = 2 * 1024 * 1024
_SLOT = 40
_EMBEDDED = 23
_SMALL_MAP = 168


def measure_weight(node: Node) -> int:
    """Bytes Ruby would use for `node`, counting shared nodes each time they appear."""
    return _weigh(node, {})


def size_problem(document: Node, limit: int = MAX_YAML_SIZE_BYTES) -> Problem | None:
    """A warning if GitLab with this limit would say "The parsed YAML is too big"."""
    weight = measure_weight(document)
    if weight <= limit:
        return None
    return Problem(
        code="yaml-too-big",
        message="The parsed YAML is too big",
        mark=Mark(document.source.name, 1, 1),
        severity="warning",
        hint=f"About {weight:,} bytes of Ruby objects; GitLab's setting max_yaml_size_bytes is"
        f" {limit:,}. Split the file or ask an administrator.",
    )


def _weigh(node: Node, known: dict[int, int]) -> int:
    match node:
        case ScalarNode():
            return _text(node.value) if isinstance(node.value, str) else 0
        case ReferenceNode():
            return _SLOT
    weight = known.get(id(node))
    if weight is not None:
        return weight
    match node:
        case SeqNode():
            weight = _SLOT + (8 * len(node.items) if len(node.items) > 3 else 0)
            weight += sum(_weigh(item, known) for item in node.items)
        case MapNode():
            size = len(node.items)
            weight = _SLOT if not size else _SMALL_MAP if size <= 8 else _SLOT + 32 * _power(size)
            weight += sum(_text(key) + _weigh(item, known) for key, item in node.items.items())
        case _:
            weight = 0
    known[id(node)] = weight
    return weight


def _text(text: str) -> int:
    length = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return _SLOT if length <= _EMBEDDED else _SLOT + length + 1


def _power(size: int) -> int:
    return 1 << (size - 1).bit_length()
