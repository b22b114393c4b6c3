"""What a `spec:` header says."""

from typing import Literal

import msgspec

from gluv.errors import Mark
from gluv.text.nodes import MapNode, Node

InputType = Literal["array", "boolean", "number", "string"]

INPUT_TYPES: tuple[InputType, ...] = ("array", "boolean", "number", "string")
"""In GitLab's order, as its sentence lists them."""

MAX_OPTIONS = 50


class InputRule(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `spec:inputs:NAME:rules`; a default of None without `has_default` is absent."""

    if_: str | None = msgspec.field(default=None, name="if")
    options: tuple[object, ...] | None = None
    default: object = None
    has_default: bool = False
    mark: Mark


class InputSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One input; without a default it is required."""

    name: str
    type: InputType = "string"
    default: object = None
    has_default: bool = False
    options: tuple[object, ...] | None = None
    regex: str | None = None
    has_regex: bool = False
    description: str = ""
    rules: tuple[InputRule, ...] | None = None
    mark: Mark


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A `spec:` header; `include` holds the files whose inputs join (their nodes, unread)."""

    inputs: MapNode | None = None
    include: Node | None = None
    component: tuple[str, ...] = ()
    description: str = ""
