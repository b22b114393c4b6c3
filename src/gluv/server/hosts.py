"""Which names this server answers to, so that no web page reaches it by DNS rebinding.

A page that somebody opens in a browser can point a name of its own at 127.0.0.1 and then read
what is served there as its own. Such a request carries the foreign name as its `Host`.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers

INSIDE = ("host.docker.internal", "host.containers.internal")
"""What containers call the machine that they run on."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_our_name(headers: Headers, known: Iterable[str]) -> bool:
    """Whether a request was meant for this server.

    Trusted are addresses written as numbers, `localhost`, the names in `INSIDE` and `known` ones.
    """
    host = headers.get("host", "")
    return not host or _is_ours(_name(f"//{host}"), known)


def is_foreign_write(headers: Headers, method: str) -> bool:
    """Whether a request would change something and comes from a page of another origin."""
    origin = headers.get("origin")
    if method in _SAFE or origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
    except ValueError:
        return True


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _is_ours(name: str, known: Iterable[str]) -> bool:
    if name == "localhost" or name.endswith(".localhost") or name in INSIDE or name in known:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
