"""Answers that are given again as they were, as long as nothing in the store has changed.

Nothing but the request, the store and the time may decide such an answer, and all of the request
that decides it is its key: so a stranger never gets what somebody else was given, and after a
commit, of whatever process, everything is looked up anew.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.types import Message, Send

from gluv.errors import StoreUnavailable
from gluv.server.exchange import status_line
from gluv.store.changes import Changes

MOST_BYTES = 32 * 1024 * 1024
"""What is kept altogether."""

LONGEST = 30.0
"""Seconds; so that the last use of a token is noted all the same."""

_GOOD = (200, 302)
"""A redirect to PyPI is an answer too; what is refused is looked up again each time."""

_DECIDES = frozenset(
    {
        b"accept",
        b"authorization",
        b"deploy-token",
        b"host",
        b"job-token",
        b"private-token",
        # Not over the answer, but over what is told of it: a job's read is to be noticed.
        b"user-agent",
    }
)
_NEVER = frozenset(
    {
        b"content-length",
        b"expect",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
        b"transfer-encoding",
        b"upgrade",
    }
)

Headers = list[tuple[bytes, bytes]]
Question = tuple[Any, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer: its head without date, and its body or the path of its file."""

    status: int
    head: bytes
    body: bytes
    path: str | None
    size: int
    route: str
    who: str
    until: float


def question(
    method: str, target: bytes, headers: Headers, server: tuple[str, int] | None
) -> Question | None:
    """All of a request that decides its answer; None if it asks for something special."""
    if method not in ("GET", "HEAD"):
        return None
    deciding = []
    for pair in headers:
        if pair[0] in _DECIDES:
            deciding.append(pair)
        elif pair[0] in _NEVER:
            return None
    return (target, server, *deciding)


class Known:
    """The kept answers of one app. Lives in the event loop's thread."""

    def __init__(self, changes: Changes, clock: Callable[[], float] = time.monotonic) -> None:
        self._changes = changes
        self._clock = clock
        self._version = -1
        self._kept: dict[Question, Kept] = {}
        self._size = 0

    def version(self) -> int:
        """What to ask before an answer is made, and to give to `keep` with it."""
        now = self._changes.version()
        if now != self._version:
            self._kept.clear()
            self._size, self._version = 0, now
        return now

    def find(self, asked: Question) -> Kept | None:
        """The answer to a question, if nothing has changed since it was made."""
        if asked not in self._kept:
            return None
        try:
            self.version()
        except (StoreUnavailable, sqlite3.Error):
            return None
        found = self._kept.get(asked)
        if found is not None and found.until < self._clock():
            self._drop(asked)
            return None
        return found

    def keeping(
        self, asked: Question, version: int, scope: dict[str, Any], send: Send, *, seconds: float
    ) -> Send:
        """An ASGI `send` that also keeps the answer it sends, if that is good and whole.

        `seconds` is how long the caller's token is good for, if that is less than `LONGEST`.
        """
        until = self._clock() + min(seconds, LONGEST)
        started: Message | None = None

        async def tee(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message if message["status"] in _GOOD else None
            elif started is not None and not message.get("more_body", False):
                self._keep(asked, version, _kept(started, message, scope, until))
            else:
                started = None
            await send(message)

        return tee

    def _keep(self, asked: Question, version: int, kept: Kept | None) -> None:
        if kept is None or version != self._version or asked in self._kept:
            return
        self._kept[asked] = kept
        self._size += _weight(asked, kept)
        while self._size > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, asked: Question) -> None:
        self._size -= _weight(asked, self._kept.pop(asked))


def _kept(started: Message, last: Message, scope: dict[str, Any], until: float) -> Kept | None:
    headers: Headers = list(started["headers"])
    length = next((int(value) for name, value in headers if name == b"content-length"), None)
    path: str | None = last["file"].name if "file" in last else None
    body: bytes = last.get("body", b"")
    if length is None or scope["method"] != "GET" or (path is None and len(body) != length):
        return None
    lines = [status_line(started["status"]), *(b"%b: %b\r\n" % header for header in headers)]
    return Kept(
        status=started["status"],
        head=b"".join(lines),
        body=body,
        path=path,
        size=length,
        route=scope.get("gluv.route", ""),
        who=scope.get("gluv.who", ""),
        until=until,
    )


def _weight(asked: Question, kept: Kept) -> int:
    parts = sum(len(part) for part in asked[0:1]) + sum(len(pair[1]) for pair in asked[2:])
    return 1000 + parts + len(kept.head) + len(kept.body)
