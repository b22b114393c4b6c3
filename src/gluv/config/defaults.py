"""`default:`, its deprecated top-level form, and `inherit:default`, applied job by job."""

from gluv.config.merge import replace
from gluv.errors import Problem
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode

DEFAULT_KEYS = (
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
)
"""The keywords `default:` may hold."""

TOP_LEVEL_KEYS = ("after_script", "before_script", "cache", "image", "services")
"""Those of `DEFAULT_KEYS` that may also stand at the top of the file (deprecated)."""

GLOBAL_KEYS = frozenset(
    {
        *TOP_LEVEL_KEYS,
        "default",
        "include",
        "spec",
        "stages",
        "variables",
        "workflow",
    }
)
"""The top-level keys that are no jobs."""

# A job that starts another pipeline has no runner, so of the defaults it takes this one only.
_TRIGGER_KEYS = ("interruptible",)


def apply_defaults(config: MapNode) -> tuple[MapNode, tuple[Problem, ...]]:
    """Give every visible job the defaults it lacks and does not refuse with `inherit:default`.

    Whole keys, no merging. A key that is null in the job counts as lacking (GitLab: an entry of
    null is unspecified). A key both at the top and in `default:` is an error.
    """
    defaults, problems = _defaults(config)
    if not defaults:
        return config, problems
    items = dict(config.items)
    for name, job in config.items.items():
        if name in GLOBAL_KEYS or name.startswith(".") or not isinstance(job, MapNode):
            continue
        items[name] = _with_defaults(job, defaults)
    return replace(config, items), problems


_Defaults = dict[str, tuple[Node, ScalarNode | None]]


def _defaults(config: MapNode) -> tuple[_Defaults, tuple[Problem, ...]]:
    found: _Defaults = {}
    problems: list[Problem] = []
    default = config.get("default")
    if isinstance(default, MapNode):
        for key in DEFAULT_KEYS:
            node = default.get(key)
            if node is not None and not _is_null(node):
                found[key] = (node, default.keys.get(key))
    for key in TOP_LEVEL_KEYS:
        node = config.get(key)
        if node is None or _is_null(node):
            continue
        if key in found:
            problems.append(
                Problem(
                    code="default-twice",
                    message=f"{key} is defined in top-level and `default:` entry",
                    mark=config.key_mark(key),
                    hint=f"Keep `default:{key}`; the top-level form is deprecated.",
                )
            )
        else:
            found[key] = (node, config.keys.get(key))
    return found, tuple(problems)


def _with_defaults(job: MapNode, defaults: _Defaults) -> MapNode:
    wanted = _inherited(job)
    trigger = job.get("trigger")
    if trigger is not None and not _is_null(trigger):
        wanted = frozenset(_TRIGGER_KEYS) & wanted
    lacking = [
        key
        for key in defaults
        if key in wanted and ((own := job.get(key)) is None or _is_null(own))
    ]
    if not lacking:
        return job
    items = dict(job.items)
    keys = dict(job.keys)
    for key in lacking:
        node, name = defaults[key]
        items[key] = node
        if name is not None:
            keys[key] = name
    return MapNode(job.source, job.line, job.column, items, keys)


def _inherited(job: MapNode) -> frozenset[str]:
    inherit = job.get("inherit")
    choice = inherit.get("default") if isinstance(inherit, MapNode) else None
    match choice:
        case ScalarNode(value=False):
            return frozenset()
        case SeqNode():
            return frozenset(
                str(item.value) for item in choice.items if isinstance(item, ScalarNode)
            )
    return frozenset(DEFAULT_KEYS)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None
