"""`spec:inputs`: one definition after the other, checked in GitLab's sentences."""

from gluv.config.spec.header import is_null, problem, unknown_keys
from gluv.config.spec.model import INPUT_TYPES, MAX_OPTIONS, InputRule, InputSpec, InputType
from gluv.config.spec.rules import check_rules
from gluv.errors import Problem
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

_INPUT_KEYS = ("default", "description", "options", "regex", "type", "rules")
_RULE_KEYS = ("if", "options", "default")


def read_inputs(node: MapNode) -> tuple[dict[str, InputSpec], list[Problem]]:
    """The definitions under `spec:inputs`, by name; a wrong one is reported and left out."""
    problems: list[Problem] = []
    specs: dict[str, InputSpec] = {}
    for name, definition in node.items.items():
        before = len(problems)
        spec = _read_input(name, definition, node, problems)
        if spec is not None and len(problems) == before:
            specs[name] = spec
    if not problems:
        problems += check_rules(specs)
    return specs, problems


def _read_input(
    name: str, node: Node, inputs: MapNode, problems: list[Problem]
) -> InputSpec | None:
    mark = inputs.key_mark(name)
    path = f"header:spec:inputs:{name}"
    if is_null(node):
        return InputSpec(name=name, mark=mark)
    if not isinstance(node, MapNode):
        problems.append(problem(f"{path} config should be a hash", node.mark))
        return None
    unknown_keys(node, _INPUT_KEYS, path, problems)
    for other in ("options", "default"):
        if "rules" in node.items and other in node.items:
            message = f"{path} config these keys cannot be used together: rules, {other}"
            problems.append(problem(message, node.key_mark(other)))
    default = node.get("default")
    return InputSpec(
        name=name,
        type=_type(node, path, problems),
        default=plain(default) if default is not None else None,
        has_default=default is not None,
        options=_options(node, f"{path} input", f"{path} config", problems),
        regex=_string(node, "regex", f"{path} input regex should be a string", problems),
        has_regex="regex" in node.items,
        description=_string(
            node,
            "description",
            f"{path} input description must be an alphanumeric string",
            problems,
        )
        or "",
        rules=_rules(node.get("rules"), path, problems),
        mark=mark,
    )


def _type(node: MapNode, path: str, problems: list[Problem]) -> InputType:
    child = node.get("type")
    if child is None or is_null(child):
        return "string"
    value = plain(child)
    if value in INPUT_TYPES:
        return value
    text = value if isinstance(value, str) else type(value).__name__
    problems.append(
        Problem(
            code="spec",
            message=f"{path} input type unknown value: {text}",
            mark=child.mark,
            hint=f"The types are: {', '.join(INPUT_TYPES)}.",
        )
    )
    return "string"


def _options(
    node: MapNode, attribute: str, path: str, problems: list[Problem]
) -> tuple[object, ...] | None:
    child = node.get("options")
    if child is None or is_null(child):
        return None
    if not isinstance(child, SeqNode):
        problems.append(problem(f"{attribute} options should be a array", child.mark))
        return None
    if len(child.items) > MAX_OPTIONS:
        message = f"{path} cannot define more than {MAX_OPTIONS} options"
        problems.append(problem(message, child.mark))
    return tuple(plain(item) for item in child.items)


def _string(node: MapNode, key: str, message: str, problems: list[Problem]) -> str | None:
    child = node.get(key)
    if child is None or is_null(child):
        return None
    if isinstance(child, ScalarNode):
        if isinstance(child.value, str):
            return child.value
        if key == "description" and type(child.value) is int:
            return str(child.value)  # GitLab's "alphanumeric" is a string or an integer
    problems.append(problem(message, child.mark))
    return None


def _rules(node: Node | None, path: str, problems: list[Problem]) -> tuple[InputRule, ...] | None:
    if node is None or is_null(node):
        return None
    if not isinstance(node, SeqNode):
        problems.append(problem(f"{path}:rules config should be a array", node.mark))
        return None
    rules: list[InputRule] = []
    for item in node.items:
        rule = _read_rule(item, f"{path}:rules:rule", problems)
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _read_rule(node: Node, path: str, problems: list[Problem]) -> InputRule | None:
    if not isinstance(node, MapNode):
        problems.append(problem(f"{path} config should be a hash", node.mark))
        return None
    if not node.items:
        problems.append(problem(f"{path} config can't be blank", node.mark))
        return None
    before = len(problems)
    unknown_keys(node, _RULE_KEYS, path, problems)
    condition = _string(node, "if", f"{path} if should be a string", problems)
    options = _options(node, path, f"{path} config", problems)
    default = node.get("default")
    if len(problems) == before and options is None:
        if condition is None:
            problems.append(
                problem(f"{path} config fallback rule must define 'options'", node.mark)
            )
        elif default is None:
            message = f"{path} config rule with 'if' must define 'options' or 'default'"
            problems.append(problem(message, node.mark))
    return InputRule(
        if_=condition,
        options=options,
        default=plain(default) if default is not None else None,
        has_default=default is not None,
        mark=node.mark,
    )
