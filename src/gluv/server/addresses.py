"""One GitLab under several addresses: what it links to is where the caller found it."""

import re
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from gluv.server.hosts import INSIDE
from gluv.server.known import Headers, Kept
from gluv.server.settings import ServerSettings

if TYPE_CHECKING:
    from gluv.server.app import App

MOST = 16
"""Addresses that are remembered; a server has one or two."""

_NUMBERED = re.compile(r"(?P<name>[^:]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE)


class Addresses:
    """An ASGI app that answers everybody with links under the address that they asked.

    That is so for the names in `INSIDE` by which containers know this machine, for the names of the
    settings, and for the very address of this machine at which the connection arrived; whoever
    sends another `Host` is answered with `settings.base_url`.
    """

    def __init__(self, settings: ServerSettings, make: "Callable[[ServerSettings], App]") -> None:
        self._settings = settings
        self._make = make
        self._default = make(settings)
        self._own = urlsplit(settings.base_url).netloc.lower()
        self._others: dict[str, App] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Answer a request."""
        host = next((value for key, value in scope.get("headers", ()) if key == b"host"), b"")
        await self._app(host, scope.get("server"))(scope, receive, send)

    def known(
        self, method: str, target: bytes, headers: Headers, server: tuple[str, int] | None
    ) -> Kept | None:
        """The answer to a request, if it is known already."""
        return self._default.known(method, target, headers, server)

    def _app(self, host: bytes, server: tuple[str, int] | None) -> "App":
        address = host.decode("latin-1").lower()
        if address == self._own:
            return self._default
        if not self._is_ours(address, server):
            return self._default
        if address not in self._others and len(self._others) < MOST:
            changed = msgspec.structs.replace(self._settings, base_url=f"http://{address}")
            made = self._others[address] = self._make(changed)
            # The address is part of every question, and the bound is for all of them.
            made.kept = self._default.kept
        return self._others.get(address, self._default)

    def _is_ours(self, address: str, server: tuple[str, int] | None) -> bool:
        match = _NUMBERED.fullmatch(address)
        if match is None:
            return False
        name = match["name"]
        if name in INSIDE or name in self._settings.hosts:
            return True
        if server is None:
            return False
        number = f"[{server[0]}]" if ":" in server[0] else server[0]
        return address in (f"{number}:{server[1]}", f"localhost:{server[1]}")
