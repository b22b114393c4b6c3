"""Connections that are held by doing almost nothing, and those that are merely slow."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from gluv.server.connection import Connection
from gluv.server.patience import Patience
from gluv.server.proxies import Proxies
from gluv.server.site import Site
from gluv.server.traffic import Traffic
from gluv.store import Store
from tests.server.conftest import PAT, populate

SHORT = Patience(head=0.2, turn=0.2, least=100, idle=0.2)
UPLOAD = (
    "POST /api/v4/projects/1/packages/pypi HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    f"PRIVATE-TOKEN: {PAT}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
)


class Place:
    def __init__(self, store: Store, port: int) -> None:
        self.store = store
        self.port = port

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Store.open(tmp_path) as store, closing(Listener(patience=SHORT)) as listener:
        populate(store, "g/p")
        settings = ServerSettings(base_url=listener.url)
        listener.start(lambda: create_app(store, settings))
        yield Place(store, listener.port)
        assert listener.failure is None


def everything(client: socket.socket) -> bytes:
    """What comes until the server closes; a server that never does fails by the timeout."""
    found = b""
    try:
        while part := client.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("sent", [b"", b"GET /api/v4/ver", b"GET / HTTP/1.1\r\nX: y\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(place: Place, sent: bytes) -> None:
    with place.connect() as client:
        client.sendall(sent)
        assert everything(client)[:12] == (b"HTTP/1.1 408" if sent else b"")


def test_a_second_head_that_does_not_come_ends_it_too(place: Place) -> None:
    request = b"GET /api/v4/version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with place.connect() as client:
        client.sendall(request)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /api")
        assert b"HTTP/1.1 200" not in everything(client)


def test_a_body_that_does_not_come_leaves_nothing(place: Place) -> None:
    with place.connect() as client:
        client.sendall(f"{UPLOAD}Content-Length: 5000\r\n\r\n--b\r\nContent-Dis".encode())
        assert everything(client).startswith(b"HTTP/1.1 408")
    with place.connect() as client:
        # In small steps, for which a mere timeout would wait for ever.
        client.sendall(f"{UPLOAD}Content-Length: 50000000\r\n\r\n".encode())
        client.settimeout(0.02)
        ended = False
        for _ in range(1000):
            try:
                client.sendall(b"x")
                ended = client.recv(100).startswith((b"HTTP/1.1 408", b""))
            except TimeoutError:
                continue
            except OSError:
                ended = True
            if ended:
                break
        assert ended
    partial = place.store.blobs.directory / "partial"
    assert not partial.exists() or list(partial.iterdir()) == []
    assert place.store.packages.of_projects([1]) == ()


class Transport:
    """As much of a socket as a connection touches."""

    def __init__(self) -> None:
        self.left = 0
        self.said = b""
        self.gone = False

    def write(self, data: bytes) -> None:
        self.said += data

    def close(self) -> None:
        self.gone = True

    abort = close

    def write_eof(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.gone

    def get_write_buffer_size(self) -> int:
        return self.left

    def get_extra_info(self, name: str) -> None:
        return None

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Slowly:
    """A connection under a clock that only the test moves."""

    def __init__(self) -> None:
        self.time = 0.0
        self.site = Site(self._app, Traffic(), Proxies(), Patience(head=60, turn=60, least=1024))
        self.site.loop = asyncio.get_running_loop()
        self.site.now = lambda: self.time
        self.transport = Transport()
        self.connection = Connection(self.site)
        self.connection.connection_made(self.transport)  # type: ignore[arg-type]
        self.answers = asyncio.Event()

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await self.answers.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(self, data: bytes) -> None:
        self.connection.data_received(data)
        for _ in range(5):
            await asyncio.sleep(0)

    def wait(self, seconds: float) -> None:
        """Time goes by, a second each."""
        for _ in range(int(seconds)):
            self.time += 1
            if self.connection.deadline < self.time:
                self.connection.expire(self.time)

    @property
    def ended(self) -> bool:
        """Whether the server has had enough."""
        return self.transport.gone or b" 408 " in self.transport.said


def slowly(scene: Callable[[Slowly], Any]) -> None:
    async def play() -> None:
        await scene(Slowly())

    asyncio.run(play())


POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"


def test_a_slow_but_steady_body_is_taken() -> None:
    async def scene(slow: Slowly) -> None:
        await slow.send(POST)
        for _ in range(100):
            await slow.send(bytes(1024))
            slow.wait(50)
        assert not slow.ended
        for _ in range(10):
            await slow.send(bytes(100))
            slow.wait(50)
        assert slow.ended

    slowly(scene)


def test_nobody_is_late_while_the_server_has_its_turn() -> None:
    async def scene(slow: Slowly) -> None:
        await slow.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.wait(1000)
        assert not slow.ended
        slow.answers.set()
        await slow.send(b"")
        assert b" 204 " in slow.transport.said
        # Kept alive without a request: that has a time of its own.
        slow.wait(60)
        assert not slow.ended
        await slow.send(b"GET /")
        slow.wait(59)
        assert not slow.ended
        slow.wait(31)
        assert slow.ended

    slowly(scene)


def test_an_answer_has_to_move() -> None:
    async def scene(slow: Slowly) -> None:
        await slow.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        slow.connection.pause_writing()
        for left in range(100, 0, -1):
            slow.transport.left = left
            slow.wait(50)
        assert not slow.ended
        slow.wait(121)
        assert slow.ended

    slowly(scene)


def test_who_does_not_read_an_answer_is_let_go(place: Place) -> None:
    log = place.store.log_path(1)
    pipeline = place.store.create_pipeline(
        source="push", ref="main", tag=False, sha="a" * 40, name=None
    )
    job = place.store.create_job(pipeline_id=pipeline.id, name="a", stage="test")
    assert job.id == 1
    size = 64 * 1024 * 1024
    with log.open("wb") as file:
        file.truncate(size)
    with place.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = f"GET /api/v4/projects/1/jobs/1/trace HTTP/1.1\r\nPRIVATE-TOKEN: {PAT}\r\n"
        client.sendall(f"{request}Host: 127.0.0.1\r\n\r\n".encode())
        # Only looking: the answer stays where it is until the server has had enough of it.
        client.settimeout(0.05)
        gone = False
        for _ in range(600):
            try:
                client.sendall(b"x")
                client.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
            except OSError:
                gone = True
                break
        client.settimeout(30)
        assert gone or len(everything(client)) < size
    with place.connect() as client:
        client.sendall(b"GET /api/v4/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert everything(client).startswith(b"HTTP/1.1")
