"""What keeps a page live: a stream of server-sent events with the parts of it that changed.

https://html.spec.whatwg.org/multipage/server-sent-events.html. Whoever runs the pipeline writes the
same database and the same log files, so the stream looks there; and only while somebody listens.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
from starlette.responses import Response

from gluv.errors import StoreUnavailable
from gluv.server.access import Caller
from gluv.server.answers import Refused, not_found
from gluv.server.call import Call
from gluv.server.pages.headers import PAGE
from gluv.server.pages.log_tail import Tail
from gluv.server.pages.page import Page, View, answer, live_blocks, parts
from gluv.server.pages.paging import number_of
from gluv.server.pages.sending import streamed
from gluv.server.threads import in_thread

TICK = 0.3
"""Seconds between two looks."""

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is there."""

RECHECK = 60.0
"""Seconds after which a caller is recognised anew, whether or not anything changed."""

LONGEST = 3600.0
"""Seconds after which a stream ends; the browser comes back."""


def stream(call: Call, view: View) -> Response:
    """The events of a page for its caller; refused as the page would be."""
    # What changes while the page is made counts as changed afterwards.
    version = call.gitlab.store.changes.version()
    page = view(call)
    if not isinstance(page, Page):
        return page
    if page.status != 200:
        return answer(call, page)
    if not live_blocks(page):
        raise not_found()
    headers = {**PAGE, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = _events(call, _Changes(call, view, page, version))
    return streamed(call, events, headers, "text/event-stream")


async def _events(call: Call, changes: "_Changes") -> AsyncIterator[bytes]:
    with call.gitlab.memory.stream() as free:
        if not free:
            # The browser tries again by itself, later.
            yield b"retry: 30000\nevent: full\ndata: {}\n\n"
            return
        yield b"retry: 2000\n\n"
        is_closing: Callable[[], bool] = call.request.scope.get("gluv.is_closing", lambda: False)
        ends = time.monotonic() + LONGEST
        spoken = time.monotonic()
        while not is_closing() and time.monotonic() < ends:
            try:
                said = await in_thread(changes.look)
            except StoreUnavailable:
                # The browser comes back, and is told then what is wrong if it still is.
                return
            for event in said:
                yield event
            if changes.over:
                return
            if said:
                spoken = time.monotonic()
            elif time.monotonic() - spoken >= HEARTBEAT:
                yield b": still here\n\n"
                spoken = time.monotonic()
            if not changes.more:
                await asyncio.sleep(TICK)


class _Changes:
    """What of a page changed since its browser was told last.

    `over` says that nothing will change any more, `more` that the log already goes on.
    """

    def __init__(self, call: Call, view: View, page: Page, version: int) -> None:
        self._call = call
        self._view = view
        self._first: Page | None = page
        self._version = version
        self._sent: dict[str, str] = {}
        self.over = self.more = False
        self._due = self._next_check(call.caller)
        self._told, _, place = call.request.headers.get("last-event-id", "").partition(".")
        self._tail: Tail | None = None
        if page.log is not None:
            start = number_of(place) if place else number_of(call.request.query_params.get("log"))
            self._tail = Tail(call.gitlab.store.log_path(page.log[0]), start)

    def look(self) -> list[bytes]:
        """The events since the last look."""
        events: list[bytes] = []
        version = self._call.gitlab.store.changes.version()
        page, self._first = self._first, None
        if version != self._version or time.monotonic() >= self._due:
            page = self._again()
            if page is None:
                # Whoever may not see the page any more gets nothing of the log either.
                return [self._event("end", {})]
        self._version = version
        # The log first: the page of a job that ended must not come before its last lines.
        if self._tail is not None:
            steps, self.more = self._tail.steps()
            if steps:
                events.append(self._event("log", {"steps": steps}))
        if page is not None and not (self.more and not page.live):
            events += self._parts(page)
        elif page is not None:
            self._version = -1
        if self.over:
            events.append(self._event("end", {}))
        return events

    def _again(self) -> Page | None:
        """The page as its caller sees it now; None, and all is over, if there is none any more."""
        gitlab, request = self._call.gitlab, self._call.request
        try:
            address = request.client.host if request.client is not None else ""
            caller = gitlab.recognition.identify(
                request.headers, self._call.params, "packages", address
            )
            self._due = self._next_check(caller)
            found = self._view(msgspec.structs.replace(self._call, caller=caller))
        except Refused:
            found = None
        if not isinstance(found, Page) or found.status != 200:
            self.over = True
            return None
        return found

    def _next_check(self, caller: Caller) -> float:
        """When to look again who is there: soon, and when the token ends."""
        ends = caller.token.expires_at if caller.token is not None else None
        left = RECHECK if ends is None else ends - self._call.gitlab.store.now()
        return time.monotonic() + max(0.0, min(RECHECK, left))

    def _parts(self, page: Page) -> Iterator[bytes]:
        self.over = not page.live
        now = dict(parts(self._call, page))
        marks = {name: _mark(html) for name, html in now.items()}
        told, self._told = self._told, _mark(*marks.values())
        if not self._sent and told == self._told:
            self._sent = marks
        new = [name for name in now if self._sent.get(name) != marks[name]]
        self._sent = marks
        for name in new:
            # Only the last one tells the browser where it is: it has none of them before.
            data = {"id": name, "html": now[name]}
            yield self._event("part", data, place=name == new[-1])

    def _event(self, kind: str, data: dict[str, Any], *, place: bool = True) -> bytes:
        offset = self._tail.offset if self._tail is not None else 0
        mark = f"id: {self._told}.{offset}\n" if place else ""
        return f"{mark}event: {kind}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


def _mark(*texts: str) -> str:
    """A short name for some texts."""
    together = "\0".join(texts).encode("utf-8", "replace")
    return hashlib.blake2b(together, digest_size=8).hexdigest()
