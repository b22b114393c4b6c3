"""Connections that are held by doing almost nothing, and those that are merely slow."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from gluv.server.patience import Patience, patient
from gluv.store import Store
from tests.server.conftest import PAT, populate

SHORT = Patience(head=0.2, turn=0.2, least=100)
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
        assert everything(client) == b""


def test_a_second_head_that_does_not_come_ends_it_too(place: Place) -> None:
    request = b"GET /api/v4/version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with place.connect() as client:
        client.sendall(request)
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET /api")
        assert b"HTTP/1.1" not in everything(client)


def test_a_body_that_does_not_come_leaves_nothing(place: Place) -> None:
    with place.connect() as client:
        client.sendall(f"{UPLOAD}Content-Length: 5000\r\n\r\n--b\r\nContent-Dis".encode())
        assert everything(client) == b""
    with place.connect() as client:
        # In small steps, for which a mere timeout would wait for ever.
        client.sendall(f"{UPLOAD}Content-Length: 50000000\r\n\r\n".encode())
        client.settimeout(0.02)
        ended = False
        for _ in range(1000):
            try:
                client.sendall(b"x")
                ended = client.recv(100) == b""
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


class Loop:
    """A clock that only the test moves, and what is to be done next."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, pause: float, action: Callable[[], None]) -> "Loop":
        self.due.append((self.now + pause, action))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.due and self.due[0][0] <= end:
            self.now, action = self.due.pop(0)
            action()
        self.now = end


class Connection:
    """As much of uvicorn's protocol as there is to be patient with."""

    def __init__(self) -> None:
        self.left: int = 0
        self.aborted = False
        self.loop = Loop()
        self.cycle: SimpleNamespace | None = None
        self.flow = SimpleNamespace(read_paused=False, write_paused=False)
        self.transport = SimpleNamespace(abort=self._abort, get_write_buffer_size=lambda: self.left)

    def _abort(self) -> None:
        self.aborted = True

    def connection_made(self, transport: object) -> None:
        pass

    def data_received(self, data: bytes) -> None:
        if data == b"bad":
            raise ValueError("no HTTP")

    def begin(self) -> None:
        self.cycle = SimpleNamespace(response_complete=False, more_body=True)


@pytest.fixture
def connection() -> Any:
    made = patient(Connection, Patience(head=60.0, turn=60.0, least=1024))()
    made.connection_made(None)
    return made


def test_a_slow_but_steady_body_is_taken(connection: Any) -> None:
    connection.begin()
    for _ in range(100):
        connection.data_received(bytes(1024))
        connection.loop.run(50)
    assert not connection.aborted
    for _ in range(10):
        connection.data_received(bytes(100))
        connection.loop.run(50)
    assert connection.aborted


def test_nobody_is_late_while_the_server_has_its_turn(connection: Any) -> None:
    connection.begin()
    connection.data_received(bytes(10))
    connection.flow.read_paused = True
    connection.loop.run(1000)
    assert not connection.aborted
    connection.flow.read_paused = False
    connection.cycle.more_body = False
    connection.loop.run(1000)
    assert not connection.aborted
    # Kept alive without a request: that is for uvicorn's own timeout.
    connection.cycle.response_complete = True
    connection.loop.run(1000)
    assert not connection.aborted
    connection.data_received(b"GET /")
    connection.loop.run(59)
    assert not connection.aborted
    connection.loop.run(31)
    assert connection.aborted


def test_an_answer_has_to_move(connection: Any) -> None:
    connection.begin()
    connection.cycle.more_body = False
    connection.data_received(b"x")
    connection.flow.write_paused = True
    for left in range(100, 0, -1):
        connection.left = left
        connection.loop.run(50)
    assert not connection.aborted
    connection.loop.run(120)
    assert connection.aborted


def test_what_is_no_http_in_the_middle_of_an_answer_ends_it(connection: Any) -> None:
    connection.begin()
    connection.data_received(b"bad")
    assert connection.aborted


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
