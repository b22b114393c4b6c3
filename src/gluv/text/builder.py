"""From the parser's events to nodes, as Psych builds Ruby objects and GitLab symbolises keys."""

from collections.abc import Callable
from typing import Any, NoReturn

from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gluv.errors import Mark, Problem
from gluv.text.invalid import YamlInvalid
from gluv.text.key import render_key
from gluv.text.limits import Limits
from gluv.text.nodes import MapNode, Node, Plain, ReferenceNode, ScalarNode, SeqNode, Source
from gluv.text.scalar import ScalarRefused, resolve_scalar
from gluv.text.tags import STRING_TAGS, TagRefused, check_tag, resolve_tagged

TOO_BIG = "The parsed YAML is too big"


class _Anchor:
    """An anchored node, with how deep and how large it is once expanded; None while open."""

    __slots__ = ("height", "node", "weight")

    def __init__(self) -> None:
        self.node: Node | None = None
        self.height = 0
        self.weight = 0


class Builder:
    """Builds the nodes of one document; `line` and `column` are where the document starts."""

    def __init__(
        self,
        source: Source,
        next_event: Callable[[], Any],
        line: int,
        column: int,
        limits: Limits,
    ) -> None:
        self._source = source
        self._next = next_event
        self._line = line
        self._column = column
        self._limits = limits
        self._anchors: dict[str, _Anchor] = {}
        self._plain: dict[str, Plain] = {}
        self._weight = 0
        self._deepest = 0

    def build(self, event: Any, depth: int = 0) -> Node:
        """The node that starts with `event`; consumes its events. Raises YamlInvalid."""
        self._weight += 1
        if type(event) is ScalarEvent and event.anchor is None:
            return self._scalar(event)
        if type(event) is AliasEvent:
            return self._alias(event, depth)
        anchor = event.anchor
        if anchor is None:
            return self._collection(event, depth + 1)
        known = self._anchors[anchor] = _Anchor()
        deepest, self._deepest = self._deepest, depth
        before = self._weight
        node = (
            self._scalar(event)
            if type(event) is ScalarEvent
            else self._collection(event, depth + 1)
        )
        known.node = node
        known.height = self._deepest - depth
        known.weight = self._weight - before + 1
        self._deepest = max(deepest, self._deepest)
        return node

    def _place(self, event: Any) -> tuple[int, int]:
        mark = event.start_mark
        line = mark.line
        return line + self._line, mark.column + (self._column if line == 0 else 1)

    def refuse(self, event: Any, code: str, message: str, hint: str = "") -> NoReturn:
        """Raise YamlInvalid for the node of `event`."""
        line, column = self._place(event)
        mark = Mark(self._source.name, line, column)
        raise YamlInvalid(Problem(code=code, message=message, mark=mark, hint=hint))

    def _scalar(self, event: Any) -> ScalarNode | ReferenceNode:
        mark = event.start_mark
        line = mark.line
        column = mark.column + (self._column if line == 0 else 1)
        line += self._line
        text = event.value
        value: Plain
        if event.tag is not None:
            return self._tagged(event, line, column)
        if event.implicit[1]:
            return ScalarNode(self._source, line, column, text, text, True)
        try:
            value = self._plain[text]
        except KeyError:
            try:
                value = resolve_scalar(text)
            except ScalarRefused as error:
                self.refuse(event, "yaml-scalar", str(error), _hint(str(error)))
            self._plain[text] = value
        return ScalarNode(self._source, line, column, value, text)

    def _tagged(self, event: Any, line: int, column: int) -> ScalarNode:
        tag, text = event.tag, event.value
        if tag == "!reference":
            self.refuse(event, "reference-invalid", f'!reference "{text}" is not valid', _REFERENCE)
        try:
            value = resolve_tagged(tag, text)
        except (TagRefused, ScalarRefused) as error:
            self.refuse(event, "yaml-tag", str(error), _hint(str(error)))
        return ScalarNode(self._source, line, column, value, text, tag in STRING_TAGS)

    def _alias(self, event: Any, depth: int) -> Node:
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            self.refuse(
                event,
                "yaml-alias",
                f"An alias referenced an unknown anchor: {event.anchor}",
                "Anchors work only within one file, below the place that defines them.",
            )
        if anchor.node is None:
            self.refuse(event, "yaml-too-big", TOO_BIG, f"`*{event.anchor}` contains itself.")
        self._weight += anchor.weight - 1
        self._deepest = max(self._deepest, depth + anchor.height)
        self._check(event, depth + anchor.height)
        return anchor.node

    def _check(self, event: Any, depth: int) -> None:
        if depth > self._limits.depth:
            self.refuse(
                event, "yaml-too-big", TOO_BIG, f"More than {self._limits.depth} levels deep."
            )
        if self._weight > self._limits.nodes:
            self.refuse(
                event,
                "yaml-too-big",
                TOO_BIG,
                f"More than {self._limits.nodes} values once the aliases are expanded.",
            )

    def _collection(self, event: Any, depth: int) -> Node:
        self._check(event, depth)
        if depth > self._deepest:
            self._deepest = depth
        line, column = self._place(event)
        tag = event.tag
        if tag is not None and tag != "!reference":
            try:
                check_tag(tag)
            except TagRefused as error:
                self.refuse(event, "yaml-tag", str(error))
        if type(event) is MappingStartEvent:
            node = self._mapping(line, column, depth)
            if tag == "!reference":
                self.refuse(
                    event,
                    "reference-invalid",
                    f"!reference {render_key(node)} is not valid",
                    _REFERENCE,
                )
            return node
        assert type(event) is SequenceStartEvent
        items = []
        following = self._next()
        while type(following) is not SequenceEndEvent:
            items.append(self.build(following, depth))
            following = self._next()
        if tag == "!reference":
            return self._reference(event, items, line, column)
        return SeqNode(self._source, line, column, tuple(items))

    def _reference(self, event: Any, items: list[Node], line: int, column: int) -> ReferenceNode:
        path = [
            item.value for item in items if isinstance(item, ScalarNode) and type(item.value) is str
        ]
        if not path or len(path) != len(items):
            shown = render_key(SeqNode(self._source, line, column, tuple(items)))
            message = f"!reference {shown} is not valid"
            self.refuse(event, "reference-invalid", message, _REFERENCE)
        return ReferenceNode(self._source, line, column, tuple(path))

    def _mapping(self, line: int, column: int, depth: int) -> MapNode:
        items: dict[str, Node] = {}
        keys: dict[str, ScalarNode] = {}
        following = self._next()
        while type(following) is not MappingEndEvent:
            key = self.build(following, depth)
            value_event = self._next()
            value = self.build(value_event, depth)
            if type(key) is ScalarNode and type(key.value) is str:
                if key.value == "<<" and following.tag not in STRING_TAGS:
                    merged = self._merge(value_event, value)
                    if merged is not None:
                        for source in merged:
                            items.update(source.items)
                            keys.update(source.keys)
                        following = self._next()
                        continue
                name, at = key.value, key
            else:
                name = render_key(key)
                at = (
                    key
                    if type(key) is ScalarNode
                    else ScalarNode(self._source, key.line, key.column, name, name)
                )
            items[name] = value
            keys[name] = at
            following = self._next()
        return MapNode(self._source, line, column, items, keys)

    def _merge(self, event: Any, value: Node) -> list[MapNode] | None:
        """The maps that `<<` brings, the strongest last; None where Psych keeps `<<` as a key."""
        if type(value) is MapNode:
            return [value]
        if type(value) is SeqNode and type(event) is SequenceStartEvent:
            maps = [item for item in value.items if type(item) is MapNode]
            return maps[::-1] if len(maps) == len(value.items) else None
        return None


_REFERENCE = "Write it as a list of strings: `!reference [job, script]`."


def _hint(message: str) -> str:
    if message.endswith((": Date", ": Time")):
        return "Put the date in quotes."
    return ""
