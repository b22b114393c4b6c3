"""Clients that are slow on purpose: how long a connection may be held by doing almost nothing."""

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import asyncio


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in seconds: until the head of a request is complete, and for each turn of its body.

    In `turn` seconds at least `least` bytes of a body must come, and some of an answer must go.
    nginx, which stands before GitLab, waits as long.
    """

    head: float = 60.0
    turn: float = 60.0
    least: int = 1024


USUAL = Patience()


def patient(base: Any, limits: Patience) -> Any:
    """A protocol class of uvicorn that closes connections which try that patience."""
    # Loaded with the first connection: a run begins without.
    import logging

    log = logging.getLogger("gluv.server")

    class Patient(base):  # type: ignore[misc]
        """`base`, looking at its connection from time to time."""

        def connection_made(self, transport: "asyncio.Transport") -> None:
            super().connection_made(transport)
            self._head_since: float | None = self.loop.time()
            self._turn: tuple[float, int] | None = None
            self._stuck: tuple[float, int] | None = None
            self._received = 0
            self._watch()

        def data_received(self, data: bytes) -> None:
            self._received += len(data)
            try:
                super().data_received(data)
            except Exception as error:
                # What is no HTTP, while an answer to what was is under way.
                log.debug("a connection is closed: %r", error)
                self.transport.abort()
                return
            if self._is_answering():
                self._head_since = None
            elif self._head_since is None:
                self._head_since = self.loop.time()

        def connection_lost(self, exc: Exception | None) -> None:
            self._timer.cancel()
            super().connection_lost(exc)

        def _watch(self) -> None:
            pause = max(0.02, min(limits.head, limits.turn) / 4)
            self._timer = self.loop.call_later(pause, self._look)

        def _look(self) -> None:
            now = self.loop.time()
            if self._is_late(now) or self._lingers(now) or self._does_not_read(now):
                self.transport.abort()
                return
            self._watch()

        def _is_answering(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _is_late(self, now: float) -> bool:
            """Whether the head of a request takes too long."""
            return self._head_since is not None and now - self._head_since > limits.head

        def _lingers(self, now: float) -> bool:
            """Whether too little of a body came in its turn."""
            waits = self._is_answering() and self.cycle.more_body and not self.flow.read_paused
            if not waits or self._turn is None:
                self._turn = (now, self._received) if waits else None
                return False
            began, had = self._turn
            if now - began <= limits.turn:
                return False
            self._turn = (now, self._received)
            return self._received - had < limits.least

        def _does_not_read(self, now: float) -> bool:
            """Whether nothing of an answer went out for a turn."""
            left = self.transport.get_write_buffer_size()
            if not self.flow.write_paused or self._stuck is None or self._stuck[1] != left:
                self._stuck = (now, left) if self.flow.write_paused else None
                return False
            return now - self._stuck[0] > limits.turn

    return Patient
