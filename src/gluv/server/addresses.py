"""One GitLab under several addresses: what it links to is where the caller found it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from gluv.server.hosts import INSIDE
from gluv.server.settings import ServerSettings

App = Callable[[Any, Any, Any], Awaitable[None]]

_HOST = re.compile(rf"({'|'.join(map(re.escape, INSIDE))})(:\d{{1,5}})?")

MOST = 16
"""Addresses that are remembered; a server has one or two."""


def by_address(settings: ServerSettings, make: Callable[[ServerSettings], App]) -> App:
    """An ASGI app that answers jobs in containers with the address under which they know it.

    Only the names in `INSIDE` count; whoever sends another `Host` is answered with
    `settings.base_url`.
    """
    default = make(settings)
    others: dict[str, App] = {}

    async def serve(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        host = next((value for key, value in scope.get("headers", ()) if key == b"host"), b"")
        app = default
        if match := _HOST.fullmatch(host.decode("latin-1")):
            address = match[0]
            if address not in others and len(others) < MOST:
                changed = msgspec.structs.replace(settings, base_url=f"http://{address}")
                others[address] = make(changed)
            app = others.get(address, default)
        await app(scope, receive, send)

    return serve
