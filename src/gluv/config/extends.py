"""`extends:`: jobs inherit from other jobs before references are resolved."""

import msgspec

from gluv.config.closest import Closest
from gluv.config.merge import merge, replace
from gluv.config.size import Grown, too_big
from gluv.errors import Mark, Problem
from gluv.text.nodes import MapNode, Node, ReferenceNode, ScalarNode, SeqNode

_MAX_ENTRIES = 1_000_000  # of the maps that merging makes: GitLab's are all in memory, as ours are
_MAX_ANCESTORS = 10  # GitLab: "up to eleven levels of inheritance"


class Extended(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration with parents merged in; `failed` names the entries that could not be."""

    merged: MapNode
    problems: tuple[Problem, ...]
    failed: frozenset[str]


def apply_extends(config: MapNode) -> Extended:
    """Merge into each top-level map the maps it extends, in order, then its own keys.

    The key `extends` stays, as in GitLab's full configuration. An unknown parent, a parent that is
    no map, a circle and more than eleven levels are problems; such an entry stays as it is written.
    """
    return _Extender(config).run()


class _Extender:
    def __init__(self, config: MapNode) -> None:
        self.config = config
        self.done: dict[str, Node] = {}
        self.levels: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.failed: set[str] = set()
        self.entries = 0
        self.grown = Grown()
        self.closest = Closest(config.items)

    def run(self) -> Extended:
        for name in self.config.items:
            self._visit(name)
            if self.entries > _MAX_ENTRIES:
                problem = too_big(self.config.key_mark(name))
                every = frozenset(self.config.items)
                return Extended(merged=self.config, problems=(problem,), failed=every)
        merged = replace(self.config, {name: self.done[name] for name in self.config.items})
        return Extended(merged=merged, problems=tuple(self.problems), failed=frozenset(self.failed))

    def _visit(self, name: str) -> None:
        """Extend `name` after its parents; a stack of our own, since files may nest at will."""
        stack: list[tuple[str, bool]] = [(name, False)]
        path: dict[str, None] = {}
        while stack:
            current, ready = stack.pop()
            if ready:
                path.pop(current, None)
                self._finish(current)
                continue
            if current in self.done:
                continue
            parents = _parents(self.config.items[current])
            if parents is None:
                self.done[current] = self.config.items[current]
                self.levels[current] = 0
                continue
            if not self._known(current, parents):
                self._give_up(current)
                continue
            path[current] = None
            stack.append((current, True))
            for parent in reversed(parents):
                if parent in path:
                    self._problem(parent, "circular dependency detected in `extends`")
                    self._give_up(current)
                elif parent not in self.done:
                    stack.append((parent, False))

    def _known(self, name: str, parents: tuple[str, ...]) -> bool:
        entries = self.config.items
        unknown = [parent for parent in parents if parent not in entries]
        invalid = [parent for parent in parents if parent in entries and not _is_map(self, parent)]
        if unknown:
            text = f"unknown keys in `extends` ({', '.join(unknown)})"
            self._problem(name, text, self.closest.to(unknown[0]))
        elif invalid:
            self._problem(name, f"invalid base hashes in `extends` ({', '.join(invalid)})")
        return not unknown and not invalid

    def _finish(self, name: str) -> None:
        if name in self.done:
            return
        node = self.config.items[name]
        parents = _parents(node)
        if not isinstance(node, MapNode) or parents is None:
            self.done[name] = node
            return
        if any(parent in self.failed for parent in parents):
            self._give_up(name)
            return
        level = 1 + max((self.levels.get(parent, 0) for parent in parents), default=0)
        if level > _MAX_ANCESTORS + 1:
            self._problem(self._deepest(name), "nesting too deep in `extends`")
            self._give_up(name)
            return
        self.levels[name] = level
        merged: MapNode | None = None
        for parent in parents:
            base = self.done[parent]
            if isinstance(base, MapNode):
                merged = base if merged is None else merge(merged, base)
        if merged is None:
            self.done[name] = node
            return
        result = merge(merged, node)
        self.done[name] = result
        self.entries += len(result.items)
        for key, value in node.items.items():
            if isinstance(value, MapNode) and result.items[key] is not value:
                self.entries += self.grown.count(result.items[key])

    def _deepest(self, name: str) -> str:
        """The ancestor that is one too many: GitLab names it, not the job."""
        for _ in range(_MAX_ANCESTORS + 1):
            parents = _parents(self.config.items[name]) or (name,)
            name = max(parents, key=lambda parent: self.levels.get(parent, 0))
        return name

    def _give_up(self, name: str) -> None:
        self.failed.add(name)
        self.done[name] = self.config.items[name]

    def _problem(self, name: str, text: str, hint: str = "") -> None:
        self.problems.append(
            Problem(
                code="extends",
                message=f"{name}: {text}",
                mark=_mark(self.config, name),
                hint=hint,
            )
        )


def _is_map(extender: _Extender, name: str) -> bool:
    return isinstance(extender.config.items[name], MapNode)


def _parents(node: Node) -> tuple[str, ...] | None:
    """The names in `extends`, None without the key."""
    if not isinstance(node, MapNode) or "extends" not in node.items:
        return None
    extends = node.items["extends"]
    names = extends.items if isinstance(extends, SeqNode) else (extends,)
    return tuple(_text(name) for name in names if not _is_null(name))


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _text(node: Node) -> str:
    match node:
        case ScalarNode():
            return str(node.value)
        case ReferenceNode():
            # References are resolved after `extends`, so here they name nothing.
            return f"!reference [{', '.join(node.path)}]"
    return "a list or mapping"


def _mark(config: MapNode, name: str) -> Mark:
    node = config.items[name]
    if isinstance(node, MapNode):
        return node.key_mark("extends")
    return config.key_mark(name)
