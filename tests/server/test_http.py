"""HTTP/1.1 as clients really send it: pieces, pipelines, early answers, slow and broken ones."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gluv.server.listen import MOST_HEAD, MOST_WAITING, Listener
from gluv.server.patience import Patience

ENDED: list[str] = []


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Answers `METHOD path body-length`; some paths do something else."""

    async def answer(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
        sized = (b"Content-Length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": status, "headers": [sized, *headers]})
        await send({"type": "http.response.body", "body": body})

    async def take() -> int:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                ENDED.append(scope["path"])
                raise OSError("gone")
            size += len(message["body"])
            more = message["more_body"]
        return size

    match scope["path"]:
        case "/refuse":
            await answer(b"no", status=401)
        case "/silent":
            return
        case "/fault":
            raise ValueError("a fault")
        case "/short":
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [(b"content-length", b"9")],
                }
            )
            await send({"type": "http.response.body", "body": b"1"})
        case "/inject":
            await answer(b"x", (b"location", b"a\r\nset-cookie: b"))
        case "/chunks":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for part in (b"one ", b"two"):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        case "/events":
            kind = (b"content-type", b"text/event-stream")
            await send({"type": "http.response.start", "status": 200, "headers": [kind]})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
            await asyncio.Event().wait()
        case "/much":
            await answer(bytes(20_000_000))
        case path if path.startswith("/file"):
            with Path(scope["query_string"].decode()).open("rb", buffering=0) as handle:
                size = os.fstat(handle.fileno()).st_size
                length = [(b"content-length", str(size).encode())]
                await send({"type": "http.response.start", "status": 200, "headers": length})
                message = {"type": "http.response.zerocopysend", "file": handle, "offset": 0}
                await send({**message, "count": size})
        case _:
            size = await take()
            await answer(f"{scope['method']} {scope['raw_path'].decode()} {size}".encode())


def _listening(listener: Listener, app: Any = _app) -> Iterator[Listener]:
    ENDED.clear()
    listener.start(lambda: app)
    yield listener
    listener.close()
    assert listener.failure is None


@pytest.fixture
def listener() -> Iterator[Listener]:
    yield from _listening(Listener())


class Client:
    """A raw connection."""

    def __init__(self, listener: Listener) -> None:
        self.socket = socket.create_connection(("127.0.0.1", listener.port), timeout=20)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *raised: object) -> None:
        self.socket.close()

    def send(self, text: str | bytes) -> None:
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def head(self) -> bytes:
        """One answer's head."""
        found = b""
        while not found.endswith(b"\r\n\r\n"):
            piece = self.socket.recv(1)
            if not piece:
                return found
            found += piece
        return found

    def answer(self) -> tuple[int, bytes]:
        """One answer of known length."""
        head = self.head().lower()
        size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = b""
        while len(body) < size:
            body += self.socket.recv(size - len(body)) or pytest.fail("the answer broke off")
        return int(head.split()[1]), body

    def rest(self) -> bytes:
        """Everything until the server closes."""
        found = b""
        try:
            while piece := self.socket.recv(65536):
                found += piece
        except ConnectionResetError:
            pass
        return found


def test_a_request_in_single_bytes_is_one_request(listener: Listener) -> None:
    with Client(listener) as client:
        for byte in b"POST /a%2Fb?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":
            client.send(bytes([byte]))
        assert client.answer() == (200, b"POST /a%2Fb 3")


def test_pipelined_requests_are_answered_in_their_order(listener: Listener) -> None:
    with Client(listener) as client:
        get, post = "GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "POST /p HTTP/1.1\r\nHost: x\r\n"
        many = "".join(get.format(number) for number in range(200))
        client.send(f"{post}Content-Length: 5\r\n\r\nhello{many}{post}Content-Length: 2\r\n\r\nhi")
        assert client.answer() == (200, b"POST /p 5")
        for number in range(200):
            assert client.answer() == (200, f"GET /{number} 0".encode())
        assert client.answer() == (200, b"POST /p 2")


def test_too_many_pipelined_requests_end_after_the_first_of_them(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * (MOST_WAITING + 500))
        answers = client.rest()
        assert answers.count(b"HTTP/1.1 200 OK") == MOST_WAITING + 1
        assert answers.count(b"connection: close") == 1


def test_good_pipelined_requests_before_nonsense_are_all_answered(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n" * 5 + "nonsense\r\n\r\n")
        answers = client.rest()
        assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b"HTTP/1.1 ") == 5


def test_who_has_sent_all_and_listens_gets_the_answer(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest().endswith(b"POST /x 2")
    with Client(listener) as client:
        client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        client.socket.shutdown(socket.SHUT_WR)
        assert len(client.rest()) > 20_000_000
    with Client(listener) as client:
        client.send("POST /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi")
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest() == b""
    _until(lambda: ENDED == ["/cut"])
    with Client(listener) as client:
        # A browser that has left its page looks the same.
        client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"text/event-stream" in client.head()
        client.socket.shutdown(socket.SHUT_WR)
        site = _site(listener)
        _until(lambda: not site.connections)


def test_nonsense_after_a_request_does_not_take_its_answer(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("GET /good HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n")
        answer = client.rest()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.endswith(b"GET /good 0")
    with Client(listener) as client:
        client.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")
        assert client.rest().startswith(b"HTTP/1.1 400 ")


def test_bodies_in_chunks_come_and_go(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /chunks HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer() == (200, b"POST /c 5")
        assert b"transfer-encoding: chunked" in client.head()
        client.send("GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = client.rest()
        assert answers.startswith(b"4\r\none \r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200 OK")
        assert b"connection: close" in answers


def test_http_1_0_ends_with_its_answer(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("GET /chunks HTTP/1.0\r\n\r\n")
        answer = client.rest()
        assert answer.endswith(b"\r\n\r\none two")
        assert b"chunked" not in answer
    with Client(listener) as client:
        client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert client.rest().endswith(b"GET /x 0")


def test_head_has_the_length_and_no_body(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("HEAD /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\nHost: x\r\n\r\n")
        head = client.head()
        assert b"Content-Length: 9" in head or b"content-length: 9" in head
        assert client.answer() == (200, b"GET /y 0")


def test_a_client_that_waits_is_told_to_go_on_or_refused_at_once(listener: Listener) -> None:
    post = "POST {} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n"
    with Client(listener) as client:
        client.send(post.format("/x"))
        assert client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send("body")
        assert client.answer() == (200, b"POST /x 4")
    with Client(listener) as client:
        client.send(post.format("/refuse"))
        assert client.rest().startswith(b"HTTP/1.1 401 ")


def test_an_early_answer_reaches_a_client_that_is_still_sending(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n")
        client.send(bytes(9_000_000))
        assert client.answer() == (401, b"no")
        client.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer() == (200, b"GET /next 0")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("nonsense\r\n\r\n", 400),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400),
        (f"GET /{'x' * (MOST_HEAD + 300_000)} HTTP/1.1\r\n\r\n", 431),
        (f"GET / HTTP/1.1\r\n{'A: b' * (MOST_HEAD // 2)}\r\n\r\n", 431),
    ],
    ids=["no HTTP", "two lengths", "space before the colon", "long target", "long head"],
)
def test_what_is_no_request_is_refused(listener: Listener, request_: str, status: int) -> None:
    with Client(listener) as client:
        client.send(request_)
        assert client.rest().startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("path", ["/silent", "/fault", "/inject"])
def test_an_app_that_fails_is_a_500(listener: Listener, path: str) -> None:
    with Client(listener) as client:
        client.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = client.rest()
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert b"set-cookie" not in answer


def test_an_answer_that_breaks_off_is_not_taken_for_whole(listener: Listener) -> None:
    with Client(listener) as client:
        client.send("GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.rest().endswith(b"\r\n\r\n1")


def test_an_upgrade_is_not_made(listener: Listener) -> None:
    with Client(listener) as client:
        upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
        client.send(f"GET /x HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n")
        assert client.rest().startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("size", [0, 1, 300_000, 30_000_000])
def test_a_file_arrives_whole(listener: Listener, tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "file").write_bytes(content)
    with Client(listener) as client:
        for _ in range(2):
            client.send(f"GET /file?{tmp_path / 'file'} HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.answer() == (200, content)


SHORT = Patience(head=0.2, turn=0.2, least=100, idle=0.2)


@pytest.fixture
def impatient() -> Iterator[Listener]:
    yield from _listening(Listener(patience=SHORT))


def test_a_head_that_never_ends_is_given_up(impatient: Listener) -> None:
    with Client(impatient) as client:
        client.send("GET / HTTP/1.1\r\nHos")
        assert client.rest().startswith(b"HTTP/1.1 408 ")
    with Client(impatient) as client:
        assert client.rest() == b""


def test_a_body_that_pauses_is_given_up_and_the_app_hears_of_it(impatient: Listener) -> None:
    with Client(impatient) as client:
        client.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
        assert client.rest().startswith(b"HTTP/1.1 408 ")
    _until(lambda: ENDED == ["/slow"])


def test_an_idle_connection_is_closed(impatient: Listener) -> None:
    with Client(impatient) as client:
        client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.answer() == (200, b"GET /x 0")
        assert client.rest() == b""


@pytest.mark.parametrize("kind", ["much", "file"])
def test_a_client_that_does_not_read_is_cut_off(
    impatient: Listener, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "file"
    with file.open("wb") as handle:
        handle.truncate(50_000_000)
    with Client(impatient) as client:
        client.send(f"GET /{kind}?{file} HTTP/1.1\r\nHost: x\r\n\r\n")
        site = _site(impatient)
        _until(lambda: not site.connections and not site.busy)


def test_of_too_many_connections_the_idle_go(
    listener: Listener,
) -> None:
    with Client(listener) as first, Client(listener) as second, Client(listener) as third:
        for client in (second, first):
            client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.answer() == (200, b"GET /x 0")
        third.send("POST /busy HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        site = _site(listener)
        _until(lambda: site.busy == 1)
        site._most = 3
        with Client(listener) as fourth:
            fourth.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            assert fourth.answer() == (200, b"GET /x 0")
        assert second.rest() == b""
        third.send("x")
        assert third.answer() == (200, b"POST /busy 1")
        first.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert first.answer() == (200, b"GET /x 0")


def _site(listener: Listener) -> Any:
    _until(lambda: listener._site is not None)
    return listener._site


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
