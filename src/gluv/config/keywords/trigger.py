"""`trigger:`."""

from typing import Final, cast

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    nested_items,
    read_choice,
    read_filled_text,
    read_flag,
    read_map,
    read_text,
    refuse_unknown_keys,
    words,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain


class Forward(msgspec.Struct, frozen=True, kw_only=True):
    """`trigger:forward`."""

    yaml_variables: bool = True
    pipeline_variables: bool = False


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """`trigger:` of a bridge job: a downstream `project` or a child pipeline from `include`."""

    project: str | None = None
    branch: str | None = None
    strategy: str | None = None
    include: tuple[dict[str, object], ...] = ()
    inputs: dict[str, object] = {}
    forward: Forward | None = None


STRATEGIES: Final = ("depend", "mirror")
INCLUDE_LIMIT: Final = 3
INCLUDE_KEYS: Final = (
    "local",
    "file",
    "remote",
    "template",
    "component",
    "artifact",
    "inputs",
    "job",
    "project",
    "ref",
    "rules",
    "integrity",
    "cache",
)


def read_trigger(node: Node, at: str, problems: Problems) -> Trigger | None:
    """The downstream project or the child pipeline of a bridge."""
    if type(node) is ScalarNode and type(node.value) is str:
        project = read_filled_text(node, f"{at} config", node, problems)
        return None if project is None else Trigger(project=project)
    if type(node) is not MapNode:
        problems.say("wrong-type", f"{at} has to be either a string or a hash", node)
        return None
    child = "include" in node.items
    place = ("include",) if child else ("project", "branch")
    allowed = (*place, "strategy", "forward", "inputs")
    if not node.items:
        problems.refuse("blank", f"{at} config can't be blank", node)
        return None
    refuse_unknown_keys(node, f"{at} config", problems, allowed)
    read: dict[str, object] = {}
    if not child:
        read["project"] = read_filled_text(node.get("project"), f"{at} project", node, problems)
    for key, value in node:
        if key not in allowed or absent(value):
            continue
        result: object = None
        match key:
            case "branch":
                result = read_text(value, f"{at} branch", problems)
            case "strategy":
                sentence = f"should be {' or '.join(STRATEGIES)}"
                result = read_choice(value, f"{at} strategy", problems, STRATEGIES, sentence)
            case "forward":
                result = _read_forward(value, f"{at}:forward", problems)
            case "inputs":
                result = plain(value) if read_map(value, f"{at}:inputs config", problems) else None
            case "include":
                result = _read_includes(value, f"{at}:include", problems)
        if result is not None:
            read[key] = result
    return Trigger(**read)  # type: ignore[arg-type]


def _read_forward(node: Node, at: str, problems: Problems) -> Forward | None:
    keys = ("yaml_variables", "pipeline_variables")
    fields = read_map(node, f"{at} config", problems, keys)
    if fields is None:
        return None
    read = {
        key: read_flag(value, f"{at} {words(key)}", problems)
        for key, value in fields
        if key in keys and not absent(value)
    }
    return Forward(**{key: flag for key, flag in read.items() if flag is not None})


def _read_includes(node: Node, at: str, problems: Problems) -> tuple[dict[str, object], ...]:
    items = nested_items(node) if isinstance(node, SeqNode) else [node]
    if len(items) > INCLUDE_LIMIT:
        problems.refuse("too-many", f"{at} config is too long (maximum is {INCLUDE_LIMIT})", node)
    return tuple(
        entry for item in items if (entry := _read_include(item, at, problems)) is not None
    )


def _read_include(node: Node, at: str, problems: Problems) -> dict[str, object] | None:
    at = f"{at}:include" if not at.endswith(":include:include") else at
    if type(node) is ScalarNode and type(node.value) is str:
        remote = node.value.startswith(("http://", "https://"))
        return {"remote" if remote else "local": node.value}
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash or a string", node)
        return None
    refuse_unknown_keys(node, f"{at} config", problems, INCLUDE_KEYS)
    if not blank(node.get("artifact")) and blank(node.get("job")):
        problems.refuse(
            "missing-key",
            f"{at} config must specify the job where to fetch the artifact from",
            node,
        )
    if not blank(node.get("project")) and blank(node.get("file")):
        problems.refuse(
            "missing-key",
            f"{at} config must specify the file where to fetch the config from",
            node,
        )
    return cast(dict[str, object], plain(node))
