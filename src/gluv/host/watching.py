"""Waits for changes of a work tree that git would see."""

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from gluv.host.own_outputs import NOTHING, OwnOutputs
from gluv.host.process import run
from gluv.host.workspace_git import git_environment

_TICK = 200
"""Milliseconds between two looks at whether to stop."""


class WorkTreeWatcher:
    """Hears every change from `__enter__` on, also while nobody waits. Needs `watchfiles`."""

    def __init__(self, root: Path, outputs: OwnOutputs = NOTHING) -> None:
        self._root = root.resolve()
        self._outputs = outputs
        self._heard: SimpleQueue[frozenset[str]] = SimpleQueue()
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="gluv-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *raised: object) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self) -> frozenset[str]:
        """The changed paths from the top, once there are some.

        Files that git ignores do not count, nor those that gluv itself writes.
        """
        while True:
            paths = self._heard.get()
            while not self._heard.empty():
                paths |= self._heard.get()
            files = frozenset(
                path
                for path in self._with_content(paths)
                if not self._outputs.holds(self._root / path)
            )
            if seen := self._not_ignored(files):
                return seen

    def _listen(self) -> None:
        import watchfiles

        while not self._stop.is_set():
            try:
                for changes in watchfiles.watch(
                    self._root,
                    watch_filter=None,
                    stop_event=self._stop,
                    rust_timeout=_TICK,
                    yield_on_timeout=True,
                ):
                    self._ready.set()
                    self._hear({path for _, path in changes})
            except RuntimeError as error:
                # The name of a file that is no text cannot be told: that change is not heard.
                if "decode" not in str(error):
                    raise

    def _hear(self, changed: set[str]) -> None:
        paths = {Path(path).relative_to(self._root).as_posix() for path in changed}
        if own := frozenset(path for path in paths if path.split("/")[0] not in _OWN):
            self._heard.put(own)

    def _with_content(self, paths: frozenset[str]) -> Iterator[str]:
        """The paths, and in the place of a directory what is in it by now: git knows files only.

        The system watches a directory only from when its making was heard; what was written into it
        before is not told.
        """
        for path in paths:
            place = self._root / path
            if not place.is_dir() or place.is_symlink():
                yield path
                continue
            yield from (
                each.relative_to(self._root).as_posix()
                for each in place.rglob("*")
                if not each.is_dir()
            )

    def _not_ignored(self, paths: frozenset[str]) -> frozenset[str]:
        told = run(
            ["git", "check-ignore", "-z", "--stdin"],
            cwd=self._root,
            env=git_environment(),
            stdin="\0".join(sorted(paths)),
        )
        return paths - frozenset(told.stdout.split("\0"))


_OWN = (".git", ".gluv")
