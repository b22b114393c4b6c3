"""What pages remember between requests: nothing that they could not find out again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

Value = TypeVar("Value")

MOST_STREAMS = 48
"""Pages that are kept live at once; a browser opens one for each tab that is seen."""


class Kept:
    """The last few results of something slow, by what they depend on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The result for a key; two threads may both make one that is new."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                found: Value = self._found[key]
                return found
        made = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made


class Titles:
    """The titles of commits by project and full id, empty where git does not have them."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], str] = {}

    def of(
        self,
        project_id: int,
        shas: Sequence[str],
        ask: Callable[[Sequence[str]], Mapping[str, str]],
    ) -> Mapping[str, str]:
        """The titles of some commits; `ask` is called once for those that are new."""
        new = [sha for sha in dict.fromkeys(shas) if (project_id, sha) not in self._known]
        if new:
            if len(self._known) > 10_000:
                self._known.clear()
            found = ask(new)
            self._known.update({(project_id, sha): found.get(sha, "") for sha in new})
        return {sha: self._known.get((project_id, sha), "") for sha in shas}


class Memory:
    """What the pages of one GitLab remember."""

    def __init__(self) -> None:
        self.titles = Titles()
        self.logs = Kept(8)
        self.readmes = Kept(64)
        self.reports = Kept(256)
        self._streams = 0
        self._lock = threading.Lock()

    @contextmanager
    def stream(self) -> Iterator[bool]:
        """Hold one of the places for live pages; False if there is none."""
        with self._lock:
            free = self._streams < MOST_STREAMS
            self._streams += free
        try:
            yield free
        finally:
            with self._lock:
                self._streams -= free
