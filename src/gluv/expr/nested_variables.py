"""Variables that refer to variables, expanded in the order they need each other."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from gluv.text.pattern import later

_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
_REFERENCE = later(rf"\$\$|%%|\$({_NAME})|\$\{{({_NAME})?\}}|%({_NAME})%")


class ExpandedVariables(msgspec.Struct, frozen=True):
    """Names with their expanded values, in the order given, and the circles that were found."""

    variables: tuple[tuple[str, str], ...]
    cycles: tuple[tuple[str, ...], ...] = ()
    too_long: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """GitLab's sentence about circles, or ours about values without end; empty without one."""
        if not self.cycles:
            if not self.too_long:
                return ""
            names = ", ".join(dict.fromkeys(self.too_long))
            return f"expanded value is longer than {MAX_LENGTH} characters: {names}"
        shown = ", ".join(
            "[" + ", ".join(f'"{name}"' for name in cycle) + "]" for cycle in self.cycles
        )
        return f"circular variable reference detected: {shown}"

    def mapping(self) -> dict[str, str]:
        """The last value of each name."""
        return dict(self.variables)


MAX_LENGTH = 1024 * 1024
"""Characters of a value; each line of variables may double it. Linux takes an eighth of this."""


def expand_variables(variables: Iterable[tuple[str, str, bool]]) -> ExpandedVariables:
    """Expand `(name, value, raw)` in each other, weakest first as precedence has them.

    A later entry of the same name may refer to the earlier one. Raw values are never expanded but
    may be referred to. `$$` and `%%` stay for the runner, unknown references stay as they are,
    and so do the values of a circle and what would be longer than `MAX_LENGTH`.
    """
    entries = list(variables)
    places: dict[str, list[int]] = {}
    for index, (name, _, _) in enumerate(entries):
        places.setdefault(name, []).append(index)
    needs = {
        index: [place for name in reference_names(value) for place in places.get(name, ())]
        for index, (_, value, raw) in enumerate(entries)
        if not raw and ("$" in value or "%" in value)
    }
    values = [value for _, value, _ in entries]
    # What refers to nothing needs no order, and most variables do not.
    known = {
        name: (index, value) for index, (name, value, _) in enumerate(entries) if index not in needs
    }
    cycles: list[tuple[str, ...]] = []
    too_long: list[str] = []
    for component in _components(needs):
        if len(component) > 1:
            cycles.append(tuple(entries[index][0] for index in component))
        for index in component:
            name = entries[index][0]
            if len(component) == 1:
                value = _substitute(values[index], known)
                if value is None:
                    too_long.append(name)
                else:
                    values[index] = value
            if name not in known or known[name][0] < index:
                known[name] = (index, values[index])
    names = (name for name, _, _ in entries)
    return ExpandedVariables(tuple(zip(names, values, strict=True)), tuple(cycles), tuple(too_long))


@lru_cache(maxsize=4096)
def reference_names(value: str) -> tuple[str, ...]:
    """The names that a variable's value refers to, in order; the jobs of a file share values."""
    found = (m[1] or m[2] or m[3] for m in _REFERENCE.finditer(value))
    return tuple(name for name in found if name)


def _substitute(value: str, known: dict[str, tuple[int, str]]) -> str | None:
    """The value with what is known put in, None if that is too long."""
    parts: list[str] = []
    length = at = 0
    for match in _REFERENCE.finditer(value):
        name = match[1] or match[2] or match[3]
        put = known[name][1] if name in known else match[0]
        parts += (value[at : match.start()], put)
        length += match.start() - at + len(put)
        at = match.end()
        if length > MAX_LENGTH:
            return None
    return "".join((*parts, value[at:]))


def _components(needs: dict[int, list[int]]) -> list[list[int]]:
    """Strongly connected components of those that need any, those needed first (Tarjan)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in needs:
        if root in order:
            continue
        work = [(root, iter(_enter(root, order, low, stack, on_stack, needs)))]
        while work:
            node, children = work[-1]
            for child in children:
                if child not in needs:
                    continue
                if child not in order:
                    work.append((child, iter(_enter(child, order, low, stack, on_stack, needs))))
                    break
                if child in on_stack:
                    low[node] = min(low[node], order[child])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    component = stack[stack.index(node) :]
                    del stack[-len(component) :]
                    on_stack.difference_update(component)
                    found.append(component)
    return found


def _enter(
    node: int,
    order: dict[int, int],
    low: dict[int, int],
    stack: list[int],
    on_stack: set[int],
    needs: dict[int, list[int]],
) -> Sequence[int]:
    order[node] = low[node] = len(order)
    stack.append(node)
    on_stack.add(node)
    return needs.get(node, ())
