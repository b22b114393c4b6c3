"""What a server has answered: counted for `/-/metrics`, told to the access log."""

import bisect
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from gluv.server.exchange import Exchange

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram in seconds."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answered(msgspec.Struct, frozen=True, gc=False):
    """One answer: `route` is the route's pattern, empty where none matched; times in seconds.

    `target` is what the client asked for, as it came; `who` the name of the caller, if known.
    """

    client: str
    who: str
    method: str
    target: bytes
    version: str
    status: int
    route: str
    received: int
    sent: int
    seconds: float


class Durations:
    """A histogram."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect.bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds


class Traffic:
    """Counters of one server. Only the event loop's thread writes; others may read.

    Nothing a client sends becomes a label: methods and routes are of fixed sets.
    """

    def __init__(self, told: Callable[[Answered], None] | None = None) -> None:
        """`told` hears of every answer: the access log."""
        self.requests: dict[tuple[str, str, int], int] = {}
        self.durations: dict[tuple[str, str], Durations] = {}
        self.received: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.told = told
        self.connections: Callable[[], int] = lambda: 0
        """How many connections are open."""
        self.busy: Callable[[], int] = lambda: 0
        """How many requests are being answered."""

    def saw(self, exchange: "Exchange", seconds: float) -> None:
        """An exchange has ended; if it broke off before its answer, with 499 as in nginx."""
        scope = exchange.scope
        query = scope["query_string"]
        self.count(
            Answered(
                scope["client"][0] if scope["client"] else "",
                scope.get("gluv.who", ""),
                scope["method"],
                scope["raw_path"] + (b"?" + query if query else b""),
                scope["http_version"],
                exchange.status or 499,
                scope.get("gluv.route", ""),
                exchange.received,
                exchange.sent,
                seconds,
            )
        )

    def refused(self, client: str, status: int) -> None:
        """A request was no HTTP, or too slow."""
        self.count(Answered(client, "", "", b"", "1.1", status, "", 0, 0, 0.0))

    def count(self, answered: Answered) -> None:
        """Count an answer."""
        method = answered.method if answered.method in METHODS else "other"
        route = answered.route
        key = (method, route, answered.status)
        self.requests[key] = self.requests.get(key, 0) + 1
        durations = self.durations.get((method, route))
        if durations is None:
            durations = self.durations.setdefault((method, route), Durations())
        durations.add(answered.seconds)
        if answered.received:
            self.received[route] = self.received.get(route, 0) + answered.received
        if answered.sent:
            self.sent[route] = self.sent.get(route, 0) + answered.sent
        if self.told is not None:
            self.told(answered)
