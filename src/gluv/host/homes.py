"""The directories of a run's jobs: made as they are needed, handed on, kept for the next run."""

import contextlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from gluv.host.copy import remove_tree
from gluv.host.laid import Laid, Useless
from gluv.host.layer import AS_MADE, Layer
from gluv.host.noted import Noted
from gluv.host.processes import StopSignal

MOST_BYTES = 2 << 30
"""What the directories of one project that are kept for the next run may hold together."""


class Homes:
    """The directories below one slot; threads may share them.

    `below` is the project in each of them. `kept` are the directories that the last run left, by
    their names.
    """

    def __init__(self, slot: Path, below: str, kept: Mapping[str, Noted] = {}) -> None:
        self._slot = slot
        self._lock = threading.Lock()
        self._spare = {str(slot / name): Laid(str(slot / name), kept[name]) for name in kept}
        self._given: dict[str, Laid] = {}
        parts = below.split("/")[:-1]
        above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        self._frame = Layer(
            serial=below,
            top="",
            below="",
            files={},
            directories={"": 0o700} | dict.fromkeys(above, AS_MADE) | {"home": 0o700, "tmp": 0o700},
        )

    def take(self, home: Path, *, reuse: bool, stop: StopSignal | None = None) -> Laid:
        """The directory of a job that begins, with an empty HOME and TMPDIR in it.

        With `reuse` it may be one that another job has left, with all that is as it was laid there;
        whatever else that job left is removed. Nothing more is laid there when `stop` has risen
        (`gluv.host.turns`). Raises `OSError`.
        """
        place = str(home)
        with self._lock:
            own = self._spare.pop(place, None)
            spare = own
            if own is None and self._spare and reuse:
                _, spare = self._spare.popitem()
        if spare is not None and reuse:
            with contextlib.suppress(OSError, Useless):
                if spare is not own:
                    os.rename(spare.top, place)
                spare.top = place
                spare.verify()
                return self._hand_out(spare, stop)
            remove_tree(spare.top)
        remove_tree(place)
        os.mkdir(place, 0o700)
        return self._hand_out(Laid(place), stop)

    def _hand_out(self, laid: Laid, stop: StopSignal | None) -> Laid:
        laid.stop = None
        laid.lay("frame", self._frame)
        laid.stop = stop
        with self._lock:
            self._given[laid.top] = laid
        return laid

    def of(self, home: Path) -> Laid:
        """What lies in the directory of a job that runs."""
        return self._given[str(home)]

    def give_back(self, home: Path, *, reuse: bool) -> None:
        """A job has ended: with `reuse` its directory may go to the next, else it is removed.

        Only if no process of the job can be left. Raises `OSError`.
        """
        with self._lock:
            laid = self._given.pop(str(home), None)
            if laid is not None and reuse:
                self._spare[laid.top] = laid
                return
        remove_tree(home)

    def keep(self) -> dict[str, Noted]:
        """No job runs any more: what the next run may have, by the name of its directory.

        What jobs have left there besides is removed.
        """
        kept: dict[str, Noted] = {}
        left = MOST_BYTES
        for laid in self._spare.values():
            left -= laid.size
            try:
                if left < 0:
                    raise Useless
                laid.tidy()
            except (OSError, Useless):
                with contextlib.suppress(OSError):
                    remove_tree(laid.top)
                continue
            kept[os.path.basename(laid.top)] = laid.noted
        return kept
