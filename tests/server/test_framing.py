"""Where a request ends: no other server before this one may see it elsewhere (RFC 9112, 11.2)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gluv.server.listen import MOST_HEAD, Listener
from tests.server.test_http import Client, _app, _listening

SEEN: list[str] = []
HEADERS: list[list[bytes]] = []
HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"


async def _noting(scope: Any, receive: Any, send: Any) -> None:
    async def tell(message: Any) -> None:
        if message["type"] == "http.response.start":
            HEADERS.append([name for name, _ in scope["headers"]])
        await send(message)

    SEEN.append(scope["path"])
    await _app(scope, receive, tell)


@pytest.fixture
def listener() -> Iterator[Listener]:
    SEEN.clear()
    HEADERS.clear()
    yield from _listening(Listener(), _noting)


def heads(*lines: str) -> str:
    return "\r\n".join(("POST /open HTTP/1.1", "Host: x", *lines, "", ""))


@pytest.mark.parametrize(
    "sent",
    [
        heads("Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n" + HIDDEN,
        heads("Content-Length: 0", "Content-Length: 35") + HIDDEN,
        heads("Content-Length: 0", "Content-Length: 0") + HIDDEN,
        heads("Content-Length: 0, 35") + HIDDEN,
        heads("Content-Length: +0") + HIDDEN,
        heads("Content-Length: 0x0") + HIDDEN,
        heads("Content-Length: -1") + HIDDEN,
        heads("Content-Length: 99999999999999999999") + HIDDEN,
        heads("Content-Length :0") + HIDDEN,
        heads("Transfer-Encoding : chunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: xchunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked, identity") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked", "Transfer-Encoding: x") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: \x0bchunked") + "0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding:", " chunked") + "0\r\n\r\n" + HIDDEN,
        "POST /open HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        heads("Connection: Upgrade", "Upgrade: h2c", "Content-Length: 35") + HIDDEN,
        heads("Host: y") + HIDDEN,
        "POST /open HTTP/1.1\r\n\r\n" + HIDDEN,
        heads("A: b", " folded: c") + HIDDEN,
        heads(" A: b") + HIDDEN,
        heads("A: b\rContent-Length: 35") + HIDDEN,
        heads("A: b\x00") + HIDDEN,
        heads("A\x00: b") + HIDDEN,
        "POST /open HTTP/1.1\nHost: x\n\n" + HIDDEN,
        "POST /open HTTP/1.1\r\nHost: x\nContent-Length: 0\r\n\r\n" + HIDDEN,
        "POST /open HTTP/1.1\r\nHost: x\r\n\n" + HIDDEN,
        "POST /open HTTP/1.1 \r\nHost: x\r\n\r\n" + HIDDEN,
        "POST /open HTTP/2.0\r\nHost: x\r\n\r\n" + HIDDEN,
        "POST /op\x00en HTTP/1.1\r\nHost: x\r\n\r\n" + HIDDEN,
        "POST /open\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "zz\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "-1\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "0x1\r\na\r\n0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "1\na\n0\n\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "1\r\nabc\r\n0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "1;a\nb\r\na\r\n0\r\n\r\n" + HIDDEN,
        heads("Transfer-Encoding: chunked") + "ffffffffffffffffff\r\na" + HIDDEN,
    ],
)
def test_what_two_servers_may_read_differently_is_refused(listener: Listener, sent: str) -> None:
    with Client(listener) as client:
        client.send(sent.encode("latin-1"))
        answers = client.rest()
    assert "/hidden" not in SEEN
    assert re.findall(rb"HTTP/1\.1 (\d+)", answers) == [b"400"]


@pytest.mark.parametrize(
    "sent",
    [
        heads("Content-Length: 0"),
        heads("content-LENGTH:\t0  "),
        heads("Transfer-Encoding: Chunked") + "0\r\n\r\n",
        heads("Transfer-Encoding: chunked") + '1;name=value;x="y"\r\na\r\n0;end\r\n\r\n',
        heads("Transfer-Encoding: chunked") + "000001\r\na\r\n0\r\nTrailer: x\r\n\r\n",
        "\r\n" + heads("Content-Length: 0"),
    ],
)
def test_what_is_right_if_odd_is_read_to_its_end(listener: Listener, sent: str) -> None:
    with Client(listener) as client:
        client.send(sent + HIDDEN)
        assert client.answer()[0] == 200
        assert client.answer() == (200, b"GET /hidden 0")
    assert SEEN == ["/open", "/hidden"]


def test_trailers_do_not_become_headers_and_are_bounded(listener: Listener) -> None:
    start = heads("Transfer-Encoding: chunked") + "0\r\n"
    with Client(listener) as client:
        client.send(start + "Private-Token: x\r\nHost: y\r\n\r\n")
        assert client.answer() == (200, b"POST /open 0")
    assert HEADERS == [[b"host", b"transfer-encoding"]]
    with Client(listener) as client:
        client.send(start + "A: b\r\n" * MOST_HEAD)
        assert client.rest().startswith(b"HTTP/1.1 431")
    with Client(listener) as client:
        client.send(start + "Trailer: " + "x" * (MOST_HEAD + 300_000))
        assert client.rest().startswith(b"HTTP/1.1 431")


def test_chunk_extensions_are_bounded(listener: Listener) -> None:
    with Client(listener) as client:
        client.send(heads("Transfer-Encoding: chunked") + "1;" + "x" * (MOST_HEAD + 300_000))
        assert client.rest().startswith(b"HTTP/1.1 431")


def test_a_body_of_tiny_chunks_is_taken(listener: Listener) -> None:
    with Client(listener) as client:
        chunks = "1\r\na\r\n" * MOST_HEAD
        client.send(heads("Transfer-Encoding: chunked") + chunks + "0\r\n\r\n")
        assert client.answer() == (200, f"POST /open {MOST_HEAD}".encode())
