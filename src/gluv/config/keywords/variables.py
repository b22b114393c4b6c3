"""`variables:` at the top, in a job, in a rule."""

from collections.abc import Collection

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    likely,
    read_flag,
    read_texts,
    ruby_text,
)
from gluv.errors import Mark
from gluv.text.nodes import MapNode, Node, ScalarNode

TOP_KEYS = ("value", "description", "expand", "options")
JOB_KEYS = ("value", "expand")


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable as YAML defines it; numbers and booleans are strings by now."""

    value: str
    expand: bool = True
    description: str = ""
    options: tuple[str, ...] = ()
    mark: Mark | None = None


def read_variables(
    node: Node, at: str, problems: Problems, allowed: Collection[str] = ()
) -> dict[str, Variable]:
    """Variables by name; `allowed` are the keys of the map form, none where only scalars may stand.

    The top of a file takes `TOP_KEYS`, a job `JOB_KEYS`, a rule or a service none. A null is an
    empty string, as for GitLab.
    """
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash", node)
        return {}
    variables: dict[str, Variable] = {}
    for name, value in node.items.items():
        if type(value) is ScalarNode:
            variables[name] = Variable(value=ruby_text(value.value), mark=node.key_mark(name))
        elif type(value) is MapNode:
            variables[name] = _read_map_form(
                value, f"{at}:{name}", node.key_mark(name), problems, allowed
            )
        else:
            problems.say(
                "wrong-type", "variable definition must be either a string or a hash", value
            )
    return variables


def _read_map_form(
    node: MapNode, at: str, mark: Mark, problems: Problems, allowed: Collection[str]
) -> Variable:
    if not allowed:
        problems.refuse("wrong-type", f"{at} config must be a string", node)
        return Variable(value="", mark=mark)
    for key in node.items:
        if key not in allowed:
            problems.refuse(
                "unknown-key",
                f"{at} config uses invalid data keys: {key}",
                node.key_mark(key),
                likely(key, allowed),
            )
    value, expand, description, options = (
        node.get(key) for key in ("value", "expand", "description", "options")
    )
    text = ""
    if isinstance(value, ScalarNode):
        text = ruby_text(value.value)
    elif value is not None:
        problems.refuse("wrong-type", f"{at} config value must be a scalar", value)
    if description is not None and not (
        isinstance(description, ScalarNode) and not isinstance(description.value, bool | float)
    ):
        problems.refuse(
            "wrong-type", f"{at} config description must be an alphanumeric string", description
        )
        description = None
    flag: bool | None = None
    if expand is not None and not absent(expand):
        flag = read_flag(expand, f"{at} config expand", problems)
    choices: tuple[str, ...] = ()
    if options is not None and not absent(options):
        choices = read_texts(options, f"{at} config options", problems) or ()
        if choices and text not in choices:
            problems.refuse(
                "unknown-value", f"{at} config value must be present in options", value or node
            )
    return Variable(
        value=text,
        expand=flag is not False,
        description=ruby_text(description.value) if isinstance(description, ScalarNode) else "",
        options=choices,
        mark=mark,
    )
