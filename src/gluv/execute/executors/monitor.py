"""podman's monitor of a container: dies it first, nobody ever hears how the container ended."""

import threading
from pathlib import Path

from gluv.host.processes import StopSignal
from gluv.host.processes_orphans import is_running

_LOOK = 1.0
"""Seconds between two looks."""

_PATIENCE = 5
"""Looks for which the monitor may be gone: it ends a little before the client does."""


class Monitor:
    """Watches the monitor process of one container while a step runs in it."""

    def __init__(self, pidfile: Path, above: StopSignal) -> None:
        """The monitor's number will be in `pidfile`; `above` is what stops the step anyway."""
        self._pidfile = pidfile
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gluv-monitor", daemon=True)
        self.stop = StopSignal(above)
        self.died = False

    def __enter__(self) -> "Monitor":
        self._pidfile.unlink(missing_ok=True)
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()
        self.stop.close()

    def _watch(self) -> None:
        missed = 0
        while not self._over.wait(_LOOK):
            missed = missed + 1 if self._is_gone() else 0
            if missed == _PATIENCE:
                self.died = True
                self.stop.raise_to(2)
                return

    def _is_gone(self) -> bool:
        """Whether it was there and is not any more."""
        try:
            return not is_running(int(self._pidfile.read_text()))
        except (OSError, ValueError):
            return False
