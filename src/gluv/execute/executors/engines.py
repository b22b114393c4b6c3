"""The container engine of one run: found when the first job needs it, tidied up at the end."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from gluv.errors import EngineUnavailable
from gluv.execute.parts import Parts
from gluv.host.watchdog import Watchdog

if TYPE_CHECKING:
    from gluv.host.engine import Engine
    from gluv.host.engine_network import Connections


class Engines:
    """Asks for an engine once. Jobs in several threads share it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.Lock()
        self._slot: Path | None = None
        self._guard: Watchdog | None = None
        self._found: Engine | EngineUnavailable | None = None
        self._connections: Connections | None = None
        self._left_behind = False
        self._image = ""

    def settle(self, slot: Path, guard: Watchdog) -> None:
        """The run's directory is there: what a killed run left in an engine is removed.

        A downstream pipeline counts as part of the run that `guard` guards.
        """
        self._slot, self._guard = slot, guard
        if slot == guard.slot and any(self._parts.builds.glob("*.engine")):
            from gluv.host.engine_leftovers import remove_leftovers

            remove_leftovers(self._parts.builds, slot, self._parts.environ)

    def find(self) -> "Engine":
        """The engine. Raises `EngineUnavailable`, to every job alike."""
        with self._lock:
            if self._found is None:
                self._found = self._ask()
            if isinstance(self._found, EngineUnavailable):
                raise self._found
            return self._found

    def _ask(self) -> "Engine | EngineUnavailable":
        if self._parts.engine is None:
            return EngineUnavailable("no container engine was looked for")
        try:
            engine = self._parts.engine()
        except EngineUnavailable as error:
            return error
        if self._guard is not None:
            from gluv.host.engine_leftovers import note_engine

            note_engine(self._guard.slot, engine)
            self._guard.watch_engine(engine)
        return engine

    @property
    def connections(self) -> "Connections":
        """How containers of this run reach the embedded GitLab. Raises `EngineUnavailable`."""
        engine = self.find()
        with self._lock:
            if self._connections is None:
                from gluv.host.engine_network import Connections

                self._connections = Connections(engine, self._parts.server_url)
            return self._connections

    def note_image(self, image: str) -> None:
        """A container of this image will write into the run's directory."""
        from gluv.host.engine_leftovers import note_engine

        engine = self.find()
        with self._lock:
            if not self._image and self._guard is not None:
                self._image = image
                note_engine(self._guard.slot, engine, image)

    def leave_behind(self) -> None:
        """The engine is gone, and what this run made there is not: the next run removes it."""
        self._left_behind = True

    def close(self) -> None:
        """Close the doors to the server; every job has removed its containers by now."""
        with self._lock:
            if self._connections is not None:
                self._connections.close()
        guard = self._guard
        mine = guard is not None and guard.slot == self._slot and guard.has_engine
        if mine and self._slot is not None and not self._left_behind:
            from gluv.host.engine_leftovers import forget_engine

            forget_engine(self._slot)
