"""Clients that are slow, perhaps on purpose: how long a connection may be held by doing nothing."""

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """Limits in seconds. nginx, which stands before GitLab, waits about as long.

    `head` is for the head of a request, from its first byte. In `turn` seconds at least `least`
    bytes of a body must come, and some of an answer must go. `idle` is for a connection between two
    requests, and `linger` for a refused client, so that it sees the refusal.
    """

    head: float = 30.0
    turn: float = 60.0
    least: int = 1024
    idle: float = 65.0
    linger: float = 2.0

    @property
    def pause(self) -> float:
        """How often to look whose time is over."""
        return min(1.0, self.head / 4, self.turn / 4, self.idle / 4, self.linger / 2)


USUAL = Patience()
