"""`include:rules`: whether a file is included, decided before the pipeline is known."""

from collections.abc import Callable, Mapping

import msgspec

from gluv.config.conditions import ConditionInvalid, evaluate, expand, matches_any
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain

_KEYS = ("if", "exists", "when", "changes")
_WHEN = ("never", "always")


class IncludeRules(msgspec.Struct, frozen=True, kw_only=True):
    """What `include:rules` may ask: `changed(paths, compare_to)` for `changes`."""

    changed: Callable[[tuple[str, ...], str | None], bool]


class RulesInvalid(Exception):
    """The rules are wrong; the message is GitLab's, `node` the place."""

    def __init__(self, message: str, node: Node) -> None:
        super().__init__(message)
        self.message = message
        self.node = node


FilesOf = Callable[[str | None, str | None], tuple[str, ...]]
"""Every path of a project at a ref; without a project, of where the including file stands."""


def passes(
    node: Node | None,
    variables: Mapping[str, str],
    files: FilesOf,
    rules: IncludeRules | None,
) -> bool:
    """Whether the first matching rule includes the file; without rules, yes; without match, no.

    Raises `RulesInvalid`. Unknown changes count as changes, as on GitLab for a new branch.
    """
    if node is None or (isinstance(node, ScalarNode) and node.value is None):
        return True
    if not isinstance(node, SeqNode):
        raise RulesInvalid("include:rules config should be a array", node)
    if not node.items:
        raise RulesInvalid("include:rules config can't be blank", node)
    clauses = [_clause(item) for item in node.items]
    for clause in clauses:
        if _matches(clause, variables, files, rules):
            when = clause.get("when")
            return not (isinstance(when, ScalarNode) and when.value == "never")
    return False


def _clause(node: Node) -> MapNode:
    if not isinstance(node, MapNode):
        raise RulesInvalid("include:rules:rule config should be a hash", node)
    if not node.items:
        raise RulesInvalid("include:rules:rule config can't be blank", node)
    unknown = [key for key in node.items if key not in _KEYS]
    if unknown:
        message = f"include:rules:rule config contains unknown keys: {', '.join(unknown)}"
        raise RulesInvalid(message, node.keys.get(unknown[0], node))
    when = node.get("when")
    if when is not None and (value := plain(when)) is not None and value not in _WHEN:
        raise RulesInvalid(f"include:rules:rule when unknown value: {value}", when)
    condition = node.get("if")
    if condition is not None and (value := plain(condition)) is not None:
        if not isinstance(value, str):
            raise RulesInvalid("include:rules:rule if invalid expression syntax", condition)
        try:
            evaluate(value, {})
        except ConditionInvalid as error:
            raise RulesInvalid(
                "include:rules:rule if invalid expression syntax", condition
            ) from error
    return node


def _matches(
    clause: MapNode, variables: Mapping[str, str], files: FilesOf, rules: IncludeRules | None
) -> bool:
    condition = clause.get("if")
    if condition is not None and (text := plain(condition)) is not None:
        try:
            if not evaluate(str(text), variables):
                return False
        except ConditionInvalid as error:
            raise RulesInvalid(f"include:{error}", condition) from error
    changes = clause.get("changes")
    if changes is not None and plain(changes) is not None:
        paths, compare_to, _ = _paths(changes, "changes", "compare_to")
        expanded = tuple(expand(path, variables) for path in paths)
        base = expand(compare_to, variables) if compare_to is not None else None
        if rules is not None and not rules.changed(expanded, base):
            return False
    exists = clause.get("exists")
    if exists is not None and plain(exists) is not None:
        paths, project, ref = _paths(exists, "exists", "project", "ref")
        globs = tuple(expand(path, variables) for path in paths)
        project = expand(project, variables) if project is not None else None
        ref = expand(ref, variables) if ref is not None else None
        if globs and not matches_any(globs, files(project, ref)):
            return False
    return True


def _paths(node: Node, name: str, *others: str) -> tuple[tuple[str, ...], str | None, str | None]:
    """The paths of `changes` or `exists` in either form, and up to two keys of the long form."""
    extra: list[str | None] = [None, None]
    paths: Node | None = node
    if isinstance(node, MapNode):
        unknown = [key for key in node.items if key not in ("paths", *others)]
        if unknown:
            message = f"include:rules:rule:{name} config contains unknown keys: "
            raise RulesInvalid(message + ", ".join(unknown), node.keys.get(unknown[0], node))
        paths = node.get("paths")
        for index, key in enumerate(others):
            value = node.get(key)
            if isinstance(value, ScalarNode) and value.value is not None:
                extra[index] = str(value.value)
    if isinstance(paths, ScalarNode) and isinstance(paths.value, str) and name == "exists":
        return (paths.value,), extra[0], extra[1]
    if isinstance(paths, SeqNode):
        texts = [
            item.value
            for item in paths.items
            if isinstance(item, ScalarNode) and isinstance(item.value, str)
        ]
        if len(texts) == len(paths.items):
            return tuple(texts), extra[0], extra[1]
    raise RulesInvalid(f"include:rules:rule:{name} config should be an array of strings", node)
