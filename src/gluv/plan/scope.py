"""The variables of one job at plan time, and every way in which text meets them.

GitLab expands variables in variables before it hands a job out, and leaves unknown references as
they are. The runner then expands once more, and unknown ones become empty. A plan does both with
what is known; references to what only the running job has (`JOB_TIME`) stay as written.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from gluv.expr.expand import REFERENCE, expand, runner_expand
from gluv.expr.nested_variables import expand_variables, reference_names
from gluv.plan.predefined import JOB_TIME
from gluv.plan.variable import EnvVar, Layer
from gluv.text.pattern import later

_RUNNER_REFERENCE = later(r"\$\$|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)", re.ASCII)


class VariablesCircular(Exception):
    """Variables refer to each other in a circle; the text is GitLab's sentence."""


class Written(Mapping[str, str]):
    """The value of each name as the strongest layer has it, not expanded: a view, no copy."""

    def __init__(self, strongest_first: tuple[Layer, ...]) -> None:
        self._layers = strongest_first

    def __getitem__(self, name: str) -> str:
        for layer in self._layers:
            variable = layer.get(name)
            if variable is not None:
                return variable.value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in reversed(self._layers) for name in layer))

    def __len__(self) -> int:
        return len(set().union(*self._layers))


class Scope:
    """Variables in layers, weakest first. Nothing is expanded before something asks for it."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self.layers = layers
        self._strongest_first = layers[::-1]
        self.values = Written(self._strongest_first)
        """The values as written: what `rules:if` compares."""
        self._resolved: dict[str, str] = {}
        self._handed: dict[str, str] = {}
        self._final: dict[str, str] = {}

    def check(self) -> None:
        """Raise `VariablesCircular` if variables need each other."""
        found = [variable for layer in self.layers for variable in layer.expandable]
        names = {variable.key for variable in found}
        # Only what refers to another one that refers to something can be part of a circle.
        if all(names.isdisjoint(reference_names(variable.value)) for variable in found):
            return
        problem = expand_variables([(each.key, each.value, each.raw) for each in found]).problem
        if problem:
            raise VariablesCircular(problem)

    def expand(self, text: str) -> str:
        """As GitLab expands environment, resource_group and trigger: unknown is empty."""
        return expand(text, self.resolved, unknown="empty")

    def expand_nested(self, text: str) -> str:
        """As GitLab expands `rules:changes`: unknown stays."""
        return expand(text, self.resolved)

    def expand_once(self, text: str) -> str:
        """As GitLab expands tags and `rules:exists`: values as written, unknown stays."""
        return expand(text, self.values)

    def final(self, text: str) -> str:
        """As the runner expands images and cache keys: unknown is empty, `JOB_TIME` stays."""
        return self._runner(text, lambda name: name in JOB_TIME)

    def known(self, text: str) -> str:
        """Put in what is known; everything else stays for the runner, `$$` too."""
        return self._runner(text, lambda name: True)

    def resolved(self, name: str) -> str | None:
        """A variable's value after GitLab's expansion, None if there is no such variable."""
        if name not in self._resolved:
            strongest = self._strongest(name)
            if strongest is None or _is_plain(strongest):
                return None if strongest is None else strongest.value
            entries = [(each.key, each.value, each.raw) for each in self._reachable(name)]
            self._resolved.update(expand_variables(entries).mapping())
        return self._resolved.get(name)

    def _handed_out(self, name: str) -> str | None:
        """The same as GitLab hands it to the runner: references to raw variables are still there.

        The runner puts those in without expanding what they hold.
        """
        if name not in self._handed:
            strongest = self._strongest(name)
            if strongest is None or _is_plain(strongest):
                return None if strongest is None else strongest.value
            entries = [
                (each.key, each.value, each.raw)
                for each in self._reachable(name)
                if each.key == name or not self._is_raw(each.key)
            ]
            self._handed[name] = expand_variables(entries).mapping()[name]
        return self._handed[name]

    def _is_raw(self, name: str) -> bool:
        strongest = self._strongest(name)
        return strongest is not None and strongest.raw

    def _strongest(self, name: str) -> EnvVar | None:
        for layer in self._strongest_first:
            variable = layer.get(name)
            if variable is not None:
                return variable
        return None

    def _reachable(self, name: str) -> Iterator[EnvVar]:
        """Every variable of that name and of the names that their values refer to."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for layer in self.layers:
                variable = layer.get(name)
                if variable is None:
                    continue
                yield variable
                if not variable.raw:
                    waiting.extend(
                        found[1] or found[2] or found[3]
                        for found in REFERENCE.finditer(variable.value)
                    )

    def _final_value(self, name: str) -> str:
        """A variable's value after the runner's pass over GitLab's."""
        if name not in self._final:
            value = self._handed_out(name) or ""
            self._final[name] = value if self._is_raw(name) else self._once(value)
        return self._final[name]

    def _once(self, value: str) -> str:
        """The runner's single pass over a variable: values as GitLab left them."""
        return self._replace(value, lambda name: name in JOB_TIME, self._handed_out)

    def _runner(self, text: str, keep: Callable[[str], bool]) -> str:
        return self._replace(text, keep, self._final_value)

    def _replace(
        self, text: str, keep: Callable[[str], bool], value: Callable[[str], str | None]
    ) -> str:
        """Expand like the runner, but leave unknown names that `keep` wants as written."""
        if "$" not in text:
            return text
        mapping: dict[str, str] = {}
        parts: list[str] = []
        at = 0
        for found in _RUNNER_REFERENCE.finditer(text):
            name = found[1] or found[2] or "$"
            if name != "$" and self._strongest(name) is not None:
                mapping[name] = value(name) or ""
            elif keep(name):
                parts += (runner_expand(text[at : found.start()], mapping), found[0])
                at = found.end()
        parts.append(runner_expand(text[at:], mapping))
        return "".join(parts)


def _is_plain(variable: EnvVar) -> bool:
    """Whether the value is what it says: nothing in it can be expanded."""
    return variable.raw or ("$" not in variable.value and "%" not in variable.value)
