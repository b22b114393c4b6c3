"""The events of a run as JSON lines: one object a line, `event` says which."""

from typing import IO

import msgspec

from gluv.execute.events import AnyEvent


class JsonLines:
    """Writes each event to a stream at once, so that a reader follows the run."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._encode = msgspec.json.Encoder().encode

    def see(self, event: AnyEvent) -> None:
        """One line."""
        self._stream.write(self._encode(event).decode() + "\n")
        self._stream.flush()
