"""`environment:`."""

import re
from typing import Final, cast

import msgspec

from gluv.config.keywords.reading import (
    Problems,
    absent,
    blank,
    read_choice,
    read_map,
    read_text,
    refuse_unknown_keys,
    words,
)
from gluv.config.keywords.syntax import (
    read_duration,
)
from gluv.text.nodes import MapNode, Node, ScalarNode, plain


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """`environment:`; `auto_stop_in` in seconds."""

    name: str
    url: str | None = None
    action: str = "start"
    on_stop: str | None = None
    auto_stop_in: int | None = None
    deployment_tier: str | None = None
    kubernetes: dict[str, object] | None = None


ENVIRONMENT_KEYS: Final = (
    "name",
    "url",
    "action",
    "on_stop",
    "auto_stop_in",
    "kubernetes",
    "deployment_tier",
)
ACTIONS: Final = ("start", "stop", "prepare", "verify", "access")
TIERS: Final = ("production", "staging", "testing", "development", "other")
KUBERNETES_KEYS: Final = (
    "namespace",
    "agent",
    "flux_resource_path",
    "managed_resources",
    "dashboard",
)
URL_LIMIT: Final = 255

_NAME: Final = r"[a-zA-Z0-9_\\${}. -](?:[a-zA-Z0-9_/\\${}. -]*[a-zA-Z0-9_\\${}. -])?"
_NAME_SENTENCE: Final = (
    "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', and spaces, "
    "but it cannot start or end with '/'"
)


def read_environment(node: Node, at: str, problems: Problems) -> Environment | None:
    """The environment by its name or with options; None after a problem that leaves no name."""
    if type(node) is ScalarNode and type(node.value) is str:
        name = _read_name(node, at, node, problems)
        return Environment(name=name) if name is not None else None
    if type(node) is not MapNode:
        problems.refuse("wrong-type", f"{at} config should be a hash or a string", node)
        return None
    refuse_unknown_keys(node, f"{at} config", problems, ENVIRONMENT_KEYS)
    name = _read_name(node.get("name"), at, node, problems)
    read: dict[str, object] = {}
    for key, value in node:
        if absent(value) or key == "name":
            continue
        subject = f"{at} {words(key)}"
        result: object = None
        match key:
            case "url":
                result = _read_url(value, subject, problems)
            case "on_stop":
                result = read_text(value, subject, problems)
            case "action":
                sentence = "should be start, stop, prepare, verify, or access"
                result = read_choice(value, subject, problems, ACTIONS, sentence)
            case "deployment_tier":
                sentence = f"must be one of {', '.join(TIERS)}"
                result = read_choice(value, subject, problems, TIERS, sentence)
            case "auto_stop_in":
                result = read_duration(value, subject, problems, variables=True)
            case "kubernetes":
                result = _read_kubernetes(value, f"{at}:kubernetes", problems)
        if result is not None:
            read[key] = result
    return None if name is None else Environment(name=name, **read)  # type: ignore[arg-type]


def _read_name(node: Node | None, at: str, owner: Node, problems: Problems) -> str | None:
    subject = f"{at} name"
    if node is None or blank(node):
        problems.refuse("blank", f"{subject} can't be blank", node or owner)
        return None
    name = node.value if isinstance(node, ScalarNode) else None
    if not isinstance(name, str) or re.fullmatch(_NAME, name) is None:
        problems.refuse("invalid-value", f"{subject} {_NAME_SENTENCE}", node)
        return None
    return name


def _read_url(node: Node, subject: str, problems: Problems) -> str | None:
    url = read_text(node, subject, problems)
    if url is not None and len(url) > URL_LIMIT:
        problems.refuse(
            "too-long", f"{subject} is too long (maximum is {URL_LIMIT} characters)", node
        )
    return url


def _read_kubernetes(node: Node, at: str, problems: Problems) -> dict[str, object] | None:
    fields = read_map(node, f"{at} config", problems, KUBERNETES_KEYS)
    if fields is None:
        return None
    if not fields.items:
        problems.refuse("blank", f"{at} config can't be blank", node)
    for key in ("namespace", "agent", "flux_resource_path"):
        value = fields.get(key)
        if value is not None and not absent(value):
            read_text(value, f"{at} {words(key)}", problems)
    dashboard = fields.get("dashboard")
    managed = fields.get("managed_resources")
    for key, part in (("dashboard", dashboard), ("managed_resources", managed)):
        if part is not None and not absent(part) and not isinstance(part, MapNode):
            problems.refuse("wrong-type", f"{at} {words(key)} should be a hash", part)
    flux = fields.get("flux_resource_path")
    if not blank(flux) and blank(fields.get("namespace")):
        problems.refuse("blank", f"{at} namespace can't be blank", node)
    enabled = managed.get("enabled") if isinstance(managed, MapNode) else None
    needs_agent = (
        not blank(flux)
        or not blank(dashboard)
        or (isinstance(enabled, ScalarNode) and enabled.value is True)
    )
    if needs_agent and blank(fields.get("agent")):
        problems.refuse("blank", f"{at} agent can't be blank", node)
    if isinstance(dashboard, MapNode):
        for key in ("namespace", "flux_resource_path"):
            if not blank(fields.get(key)) and not blank(dashboard.get(key)):
                problems.refuse(
                    "conflicting-keys",
                    f"{at} {words(key)} cannot be specified when dashboard.{key} is set",
                    fields.key_mark(key),
                )
    return cast(dict[str, object], plain(fields))
