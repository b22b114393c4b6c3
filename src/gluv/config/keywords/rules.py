"""`rules:` of a job, of `workflow:` and of `include:`."""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from gluv.config.keywords.allow_failure import AllowFailure
from gluv.config.keywords.auto_cancel import AutoCancel, read_auto_cancel
from gluv.config.keywords.needs import Need, read_needs
from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    likely,
    nested_items,
    read_flag,
    read_map,
    read_text,
    read_texts,
    refuse_unknown_keys,
    ruby_text,
    words,
)
from gluv.config.keywords.syntax import (
    WEEK,
    read_duration,
    read_expression,
)
from gluv.config.keywords.variables import Variable, read_variables
from gluv.errors import Mark
from gluv.expr.ruby_regex import RubyRegexInvalid, compile_ruby
from gluv.text.nodes import MapNode, Node, ScalarNode, SeqNode, plain


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """`rules:changes`; with `regexp`, a Ruby regular expression, there are no paths."""

    paths: tuple[str, ...] = ()
    compare_to: str | None = None
    regexp: str | None = None


class Exists(msgspec.Struct, frozen=True, kw_only=True):
    """`rules:exists`."""

    paths: tuple[str, ...]
    project: str | None = None
    ref: str | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One clause; it matches when every condition it has is true. None means the key is absent."""

    if_: str | None = msgspec.field(default=None, name="if")
    changes: Changes | None = None
    exists: Exists | None = None
    when: str | None = None
    start_in: int | None = None
    allow_failure: AllowFailure | None = None
    variables: dict[str, Variable] = {}
    needs: tuple[Need, ...] | None = None
    interruptible: bool | None = None
    auto_cancel: dict[str, str] | None = None
    mark: Mark | None = None


JOB_RULE_KEYS: Final = (
    "if",
    "changes",
    "exists",
    "when",
    "start_in",
    "allow_failure",
    "variables",
    "needs",
    "interruptible",
)
JOB_WHEN: Final = ("on_success", "on_failure", "always", "never", "manual", "delayed")
WORKFLOW_RULE_KEYS: Final = ("if", "changes", "exists", "when", "variables", "auto_cancel")
WORKFLOW_WHEN: Final = ("always", "never")
PATHS_LIMIT: Final = 50
REGEXP_LIMIT: Final = 255


def read_job_rules(node: Node, at: str, problems: Problems) -> tuple[Rule, ...] | None:
    """`rules:` of a job; nested lists are flattened up to 10 levels."""
    if type(node) is SeqNode and all(type(item) is MapNode for item in nested_items(node)):
        return read_rules(node, at, problems, JOB_RULE_KEYS, JOB_WHEN)
    subject = at.removesuffix(":rules") + " rules"
    problems.refuse(
        "wrong-type",
        f"{subject} should be an array containing hashes and arrays of hashes",
        _first_not_map(node),
    )
    return None


def read_rules(
    node: Node, at: str, problems: Problems, allowed: Collection[str], when: Collection[str]
) -> tuple[Rule, ...] | None:
    """Clauses with the keys `allowed` and the values `when` may have."""
    if type(node) is not SeqNode:
        problems.refuse("wrong-type", f"{at} config should be an array", node)
        return None
    if not node.items:
        problems.refuse("blank", f"{at} config can't be blank", node)
    rules = (_read_rule(item, f"{at}:rule", problems, allowed, when) for item in nested_items(node))
    return tuple(rule for rule in rules if rule is not None)


def _first_not_map(node: Node) -> Node:
    if isinstance(node, SeqNode):
        return next((item for item in nested_items(node) if type(item) is not MapNode), node)
    return node


def _read_rule(
    node: Node, at: str, problems: Problems, allowed: Collection[str], when: Collection[str]
) -> Rule | None:
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash", node)
        return None
    if not node.items:
        problems.refuse("blank", f"{at} config can't be blank", node)
        return None
    refuse_unknown_keys(node, f"{at} config", problems, allowed)
    read: dict[str, Any] = {}
    for key, value in node.items.items():
        if key not in allowed or (type(value) is ScalarNode and value.value is None):
            continue
        result: object = None
        match key:
            case "if":
                key = "if_"
                result = problems.once("if", value, read_expression, f"{at} if")
            case "when":
                result = _read_when(value, f"{at} when", problems, when)
            case "changes":
                result = _read_changes(value, f"{at}:changes", problems)
            case "exists":
                result = _read_exists(value, f"{at}:exists", problems)
            case "start_in":
                continue  # goes with `when`, see below
            case "allow_failure" | "interruptible":
                result = read_flag(value, f"{at} {words(key)}", problems)
            case "variables":
                result = read_variables(value, f"{at}:variables", problems)
            case "needs":
                result = read_needs(value, f"{at}:needs", problems, ("job",))
            case "auto_cancel":
                auto_cancel = read_auto_cancel(value, f"{at}:auto_cancel", problems)
                if auto_cancel is not None:
                    result = {
                        name: choice
                        for name in AutoCancel.__struct_fields__
                        if (choice := getattr(auto_cancel, name)) is not None
                    }
        if result is not None:
            read[key] = result
    read["start_in"] = _read_start_in(node, at, read.get("when"), problems)
    return Rule(mark=node.mark, **read)


def _read_when(
    node: Node, subject: str, problems: Problems, choices: Collection[str]
) -> str | None:
    text = ruby_text(node.value) if isinstance(node, ScalarNode) else str(plain(node))
    if text in choices:
        return text
    problems.refuse(
        "unknown-value", f"{subject} unknown value: {text}", node, likely(text, choices)
    )
    return None


def _read_start_in(node: MapNode, at: str, when: str | None, problems: Problems) -> int | None:
    value = node.get("start_in")
    if when == "delayed":
        if value is None or blank(value):
            problems.refuse("blank", f"{at} start in can't be blank", value or node)
            return None
        return read_duration(value, f"{at} start in", problems, limit=WEEK)
    if value is not None and not absent(value):
        problems.refuse(
            "conflicting-keys",
            f"{at} config contains disallowed keys: start_in",
            node.key_mark("start_in"),
        )
    return None


def _read_changes(node: Node, at: str, problems: Problems) -> Changes | None:
    if type(node) is SeqNode:
        paths = _read_paths(node, f"{at} config", problems)
        return None if paths is None else Changes(paths=paths)
    if type(node) is not MapNode:
        problems.say("wrong-type", f"{at} should be an array or a hash", node)
        return None
    regexp_node = node.get("regexp")
    required = ("paths",) if regexp_node is None or absent(regexp_node) else ()
    read_map(node, f"{at} config", problems, ("paths", "compare_to", "regexp"), required)
    paths_node, compare = node.get("paths"), node.get("compare_to")
    if regexp_node is not None and not required:
        if paths_node is not None:
            problems.refuse(
                "conflicting-keys",
                f"{at} config these keys cannot be used together: paths, regexp",
                node.key_mark("regexp"),
            )
        regexp = _read_regexp(regexp_node, f"{at} regexp", problems)
    else:
        regexp = None
    paths = None if paths_node is None else _read_paths(paths_node, f"{at} paths", problems)
    base = (
        None
        if compare is None or absent(compare)
        else (read_text(compare, f"{at} compare to", problems))
    )
    if regexp is not None:
        return Changes(compare_to=base, regexp=regexp)
    return None if paths is None else Changes(paths=paths, compare_to=base)


def _read_regexp(node: Node, subject: str, problems: Problems) -> str | None:
    text = read_text(node, subject, problems)
    if text is None:
        return None
    if len(text) > REGEXP_LIMIT:
        problems.refuse(
            "too-long", f"{subject} is too long (maximum is {REGEXP_LIMIT} characters)", node
        )
    try:
        compile_ruby(text)
    except RubyRegexInvalid as error:
        problems.refuse("invalid-value", f"{subject} must be a regular expression: {error}", node)
        return None
    return text


def _read_exists(node: Node, at: str, problems: Problems) -> Exists | None:
    if type(node) is ScalarNode and type(node.value) is str:
        return Exists(paths=(node.value,))
    if type(node) is SeqNode:
        paths = _read_paths(node, f"{at} config", problems)
        return None if paths is None else Exists(paths=paths)
    if type(node) is not MapNode:
        problems.say("wrong-type", f"{at} should be a string, an array of strings, or a hash", node)
        return None
    ref = node.get("ref")
    required = ("paths",) if ref is None or absent(ref) else ("paths", "project")
    read_map(node, f"{at} config", problems, ("paths", "project", "ref"), required)
    found = None
    texts: dict[str, str | None] = {}
    for key, value in node:
        if absent(value):
            continue
        if key == "paths":
            found = _read_paths(value, f"{at} paths", problems)
        elif key in ("project", "ref"):
            texts[key] = read_text(value, f"{at} {key}", problems)
    return None if found is None else Exists(paths=found, **texts)


def _read_paths(node: Node, subject: str, problems: Problems) -> tuple[str, ...] | None:
    paths = read_texts(node, subject, problems)
    if paths is not None and len(paths) > PATHS_LIMIT:
        problems.refuse("too-many", f"{subject} has too many entries (maximum {PATHS_LIMIT})", node)
    return paths
