"""Where the results of a run go besides the terminal: JSON lines, a JUnit file, a folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gluv.cli.run_request import RunOptions
from gluv.errors import UsageWrong
from gluv.execute.events import AnyEvent
from gluv.host.own_outputs import OwnOutputs, find_outputs
from gluv.report.run_state import RunState
from gluv.store import Store

See = Callable[[AnyEvent], None]


def own_outputs(options: RunOptions) -> OwnOutputs:
    """What the options make gluv write, and what stands behind its standard output and error."""
    places = (options.junit, options.report)
    return find_outputs([place for place in places if place is not None], (1, 2))


class Outputs:
    """The outputs that the options ask for. Raises `UsageWrong` for a place that is no place."""

    def __init__(self, options: RunOptions, store: Store) -> None:
        self._options = options
        self._store = store

    @property
    def as_json(self) -> bool:
        """Whether standard output belongs to the events."""
        return self._options.as_json

    @contextmanager
    def open(self) -> Iterator[tuple[See, ...]]:
        """What takes each event while the pipeline runs."""
        with ExitStack() as stack:
            takers: list[See] = []
            if self._options.as_json or self._options.report is not None:
                from gluv.report.json_lines import JsonLines
            if self._options.as_json:
                takers.append(JsonLines(sys.stdout).see)
            if self._options.junit is not None:
                _make_folder(self._options.junit.parent)
            if self._options.report is not None:
                _make_folder(self._options.report)
                place = self._options.report / "events.jsonl"
                takers.append(JsonLines(stack.enter_context(place.open("w"))).see)
            yield tuple(takers)

    def finish(self, state: RunState, summary: str) -> None:
        """Write what is written in the end."""
        if self._options.junit is not None:
            from gluv.report.run_junit import render_junit

            self._options.junit.write_text(render_junit(state), encoding="utf-8")
        if self._options.report is not None:
            from gluv.report.run_folder import write_folder

            write_folder(self._options.report, state, summary, self._store)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageWrong(f"{folder} cannot be made: {error.strerror}") from error
