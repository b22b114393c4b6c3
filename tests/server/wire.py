"""Requests as bytes, for those that no client library would send."""

import http.client
import socket
from urllib.parse import urlsplit

from tests.server.conftest import Answer, Host


def connect(host: Host) -> socket.socket:
    """A connection to a server; give it a deadline of a test's patience."""
    parts = urlsplit(host.url)
    return socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30)


def read_answer(client: socket.socket, method: str = "GET") -> Answer:
    """The next answer on a connection."""
    response = http.client.HTTPResponse(client, method=method)
    response.begin()
    body = response.read()
    return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, body)


def exchange(host: Host, request: bytes, method: str = "GET") -> Answer:
    """Send bytes on a connection of their own and read the answer."""
    with connect(host) as client:
        client.sendall(request)
        return read_answer(client, method)


def ask_raw(
    host: Host, target: bytes | str, method: str = "GET", headers: dict[str, str] | None = None
) -> Answer:
    """A request without body for a target that is sent as it is."""
    wire = target.encode() if isinstance(target, str) else target
    lines = [f"{key}: {value}" for key, value in {"Host": "127.0.0.1", **(headers or {})}.items()]
    head = method.encode() + b" " + wire + b" HTTP/1.1\r\n"
    return exchange(host, head + "\r\n".join([*lines, "", ""]).encode("latin-1"), method)
