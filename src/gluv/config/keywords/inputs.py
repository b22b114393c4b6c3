"""`inputs:` of a job."""

from typing import Final, cast

from gluv.config.keywords.reading import (
    Problems,
    absent,
    likely,
    read_map,
    read_text,
)
from gluv.text.nodes import Node, ScalarNode, SeqNode, plain

INPUT_KEYS: Final = ("type", "default", "description", "options", "regex")
TYPES: Final = ("array", "boolean", "number", "string")


def read_job_inputs(node: Node, at: str, problems: Problems) -> dict[str, object]:
    """The inputs as written, by name; each has a default of its type."""
    inputs = read_map(node, f"{at} config", problems)
    for name, value in inputs or ():
        _check_input(value, f"{at}:{name}", problems)
    return {} if inputs is None else cast("dict[str, object]", plain(inputs))


def _check_input(node: Node, at: str, problems: Problems) -> None:
    fields = read_map(node, f"{at} config", problems, INPUT_KEYS)
    if fields is None:
        return
    default = fields.get("default")
    if default is None or absent(default):
        problems.refuse("missing-key", f"{at} must have a default value", default or node)
    kind_node = fields.get("type")
    kind: object = "string"
    if kind_node is not None:
        kind = kind_node.value if isinstance(kind_node, ScalarNode) else plain(kind_node)
    if kind not in TYPES:
        assert kind_node is not None
        problems.refuse(
            "unknown-value",
            f"{at} type unknown value: {kind}",
            kind_node,
            likely(str(kind), TYPES) or f"one of: {', '.join(TYPES)}",
        )
    elif default is not None and not absent(default) and not _is_a(str(kind), default):
        problems.refuse("wrong-type", f"{at} default value is not a {kind}", default)
    for key in ("description", "regex"):
        value = fields.get(key)
        if value is not None and not absent(value):
            read_text(value, f"{at} {key}", problems)
    options = fields.get("options")
    if options is not None and not absent(options) and not isinstance(options, SeqNode):
        problems.refuse("wrong-type", f"{at} options should be an array", options)
    elif isinstance(options, SeqNode) and default is not None and not absent(default):
        values = [plain(item) for item in options.items]
        if plain(default) not in values:
            problems.refuse(
                "unknown-value",
                f"{at} default value `{plain(default)}` cannot be used because it is not in the "
                "list of allowed options",
                default,
            )


def _is_a(kind: str, node: Node) -> bool:
    value = node.value if isinstance(node, ScalarNode) else None
    match kind:
        case "array":
            return isinstance(node, SeqNode)
        case "boolean":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)
