"""`run:`, the steps of a job (an experiment of GitLab)."""

from typing import Final, cast

from gluv.config.keywords.reading import Problems, blank, likely
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

STEP_KEYS: Final = ("name", "env", "script", "step", "func", "action", "inputs")
KINDS: Final = ("script", "step", "func", "action")
GIT_KEYS: Final = ("url", "dir", "rev", "file", "username", "password")
OCI_KEYS: Final = ("registry", "repository", "tag", "dir", "file", "username", "password")


def read_run(node: Node, subject: str, problems: Problems) -> tuple[dict[str, object], ...] | None:
    """The steps as written; GitLab checks them against a JSON schema, whose words are used here."""
    if type(node) is not SeqNode:
        problems.refuse("wrong-type", f"{subject} value at root is not an array", node)
        return None
    steps = []
    for index, item in enumerate(node.items):
        if type(item) is MapNode:
            _check_step(item, f"`/{index}`", subject, problems)
            steps.append(cast("dict[str, object]", plain(item)))
        else:
            problems.refuse("wrong-type", f"{subject} value at `/{index}` is not an object", item)
    return tuple(steps)


def _check_step(node: MapNode, place: str, subject: str, problems: Problems) -> None:
    _refuse_keys(node, STEP_KEYS, place, subject, problems)
    if not _is_text(node.get("name")) or blank(node.get("name")):
        problems.refuse(
            "missing-key", f"{subject} object at {place} is missing required properties: name", node
        )
    kinds = [key for key in KINDS if key in node.items]
    if len(kinds) != 1 or ("script" in kinds and "inputs" in node.items):
        problems.refuse(
            "conflicting-keys" if kinds else "missing-key",
            f"{subject} value at {place} does not match exactly one `oneof` schema",
            node,
            "a step has either `script`, or `step` with `inputs`",
        )
    inner = place.strip("`")
    for key in ("script", "action"):
        value = node.get(key)
        if value is not None and (not _is_text(value) or blank(value)):
            problems.refuse(
                "wrong-type", f"{subject} value at `{inner}/{key}` is not a string", value
            )
    for key in ("env", "inputs"):
        value = node.get(key)
        if value is not None and type(value) is not MapNode:
            problems.refuse(
                "wrong-type", f"{subject} value at `{inner}/{key}` is not an object", value
            )
    for key in ("step", "func"):
        value = node.get(key)
        if value is not None:
            _check_reference(value, f"{inner}/{key}", subject, problems)


def _check_reference(node: Node, place: str, subject: str, problems: Problems) -> None:
    if _is_text(node) and not blank(node):
        return
    forms = (("git", GIT_KEYS, ("url", "rev")), ("oci", OCI_KEYS, ("registry", "tag")))
    for form, allowed, required in forms:
        part = node.get(form) if type(node) is MapNode and len(node.items) == 1 else None
        if type(part) is MapNode:
            inner = f"`{place}/{form}`"
            _refuse_keys(part, allowed, inner, subject, problems)
            missing = [key for key in required if blank(part.get(key))]
            if missing:
                problems.refuse(
                    "missing-key",
                    f"{subject} object at {inner} is missing required properties: "
                    f"{', '.join(missing)}",
                    part,
                )
            return
    problems.refuse("wrong-type", f"{subject} value at `{place}` is not a step reference", node)


def _refuse_keys(
    node: MapNode, allowed: tuple[str, ...], place: str, subject: str, problems: Problems
) -> None:
    for key in node.items:
        if key not in allowed:
            problems.refuse(
                "unknown-key",
                f"{subject} object property at `{place.strip('`')}/{key}` is a disallowed "
                "additional property",
                node.key_mark(key),
                likely(key, allowed),
            )


def _is_text(node: Node | None) -> bool:
    return type(node) is ScalarNode and type(node.value) is str
