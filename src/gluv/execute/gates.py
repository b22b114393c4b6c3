"""Which jobs have nothing left to wait for; what all jobs of a stage wait for is counted once."""

from collections import defaultdict
from collections.abc import Mapping

Gate = tuple[str, ...]
"""The jobs that must end first; jobs that share one `predecessors` made share the object."""


class Gates:
    """Counts down, so that a pipeline of n jobs costs n steps and not their square."""

    def __init__(self, before: Mapping[str, Gate]) -> None:
        self._behind: dict[int, list[str]] = defaultdict(list)
        self._left: dict[int, int] = {}
        self._counts: dict[str, list[int]] = defaultdict(list)
        # The objects are compared, not their contents: `before` keeps them alive.
        self._before = before
        for name, gate in before.items():
            if id(gate) not in self._left:
                self._left[id(gate)] = len(set(gate))
                for other in set(gate):
                    self._counts[other].append(id(gate))
            self._behind[id(gate)].append(name)

    def open_at_once(self) -> list[str]:
        """The jobs that wait for none, in order."""
        return [name for name, gate in self._before.items() if not gate]

    def end(self, job: str) -> list[str]:
        """A job has ended: those that waited only for it any more, in order."""
        opened: list[str] = []
        for gate in self._counts.pop(job, ()):
            self._left[gate] -= 1
            if not self._left[gate]:
                opened += self._behind[gate]
        return opened
