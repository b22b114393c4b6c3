"""The keys of a `spec:` header, checked in GitLab's sentences."""

from gluv.config.spec.model import Header
from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

_SPEC_KEYS = ("inputs", "include", "component", "description")
_COMPONENT_VALUES = ("name", "sha", "version", "reference")
_MAX_DESCRIPTION = 256


def read_header(document: MapNode) -> tuple[Header, list[Problem]]:
    """The header document of a configuration, `spec: {...}`; inputs are read later, by name."""
    problems: list[Problem] = []
    unknown_keys(document, ("spec",), "header", problems)
    spec = document.get("spec")
    if spec is None or is_null(spec):
        return Header(), problems
    if not isinstance(spec, MapNode):
        problems.append(problem("header:spec config should be a hash", spec.mark))
        return Header(), problems
    unknown_keys(spec, _SPEC_KEYS, "header:spec", problems)
    inputs = spec.get("inputs")
    if inputs is not None and not is_null(inputs) and not isinstance(inputs, MapNode):
        problems.append(problem("header:spec:inputs config should be a hash", inputs.mark))
    return Header(
        inputs=inputs if isinstance(inputs, MapNode) else None,
        include=spec.get("include"),
        component=_component(spec.get("component"), problems),
        description=_description(spec.get("description"), problems),
    ), problems


def unknown_keys(node: MapNode, known: tuple[str, ...], path: str, problems: list[Problem]) -> None:
    """Report the keys of `node` that are not in `known`."""
    unknown = [key for key in node.items if key not in known]
    if unknown:
        problems.append(
            Problem(
                code="unknown-key",
                message=f"{path} config contains unknown keys: {', '.join(unknown)}",
                mark=node.key_mark(unknown[0]),
                hint=f"The keys here are: {', '.join(known)}.",
            )
        )


def problem(message: str, mark: Mark | None, *, code: str = "spec") -> Problem:
    """A problem of the header."""
    return Problem(code=code, message=message, mark=mark)


def is_null(node: Node) -> bool:
    """Whether `node` is written as nothing, `~` or `null`."""
    return isinstance(node, ScalarNode) and node.value is None


def _component(node: Node | None, problems: list[Problem]) -> tuple[str, ...]:
    if node is None or is_null(node):
        return ()
    if not isinstance(node, SeqNode):
        problems.append(problem("header:spec:component config should be a array", node.mark))
        return ()
    names: list[str] = []
    for item in node.items:
        if not isinstance(item, ScalarNode) or not isinstance(item.value, str):
            message = "header:spec:component config should be an array of strings"
            problems.append(problem(message, item.mark))
        elif item.value not in _COMPONENT_VALUES:
            message = f"header:spec:component config contains unknown values: {item.value}"
            problems.append(problem(message, item.mark))
        elif item.value not in names:
            names.append(item.value)
    return tuple(names)


def _description(node: Node | None, problems: list[Problem]) -> str:
    if node is None or is_null(node):
        return ""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        problems.append(problem("header:spec description should be a string", node.mark))
        return ""
    if len(node.value) > _MAX_DESCRIPTION:
        message = f"header:spec description is too long (maximum is {_MAX_DESCRIPTION} characters)"
        problems.append(problem(message, node.mark))
    return node.value
