"""Connections that are held by doing almost nothing, and those that are merely slow."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from gluv.server.patience import Patience
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


def test_a_slow_but_steady_body_is_taken(place: Place) -> None:
    content = os.urandom(6000)
    head = (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nslow\r\n'
        b'--b\r\nContent-Disposition: form-data; name="version"\r\n\r\n1\r\n'
        b'--b\r\nContent-Disposition: form-data; name="content"; filename="slow-1.tar.gz"\r\n\r\n'
    )
    body = head + content + b"\r\n--b--\r\n"
    with place.connect() as client:
        client.sendall(f"{UPLOAD}Content-Length: {len(body)}\r\n\r\n".encode())
        client.settimeout(0.01)
        for at in range(0, len(body), 100):
            client.sendall(body[at : at + 100])
            try:
                # Nothing is to be read; this is how long one piece takes.
                early = client.recv(1)
            except TimeoutError:
                early = b""
            assert early == b"" or at + 100 >= len(body)
        client.settimeout(30)
        assert b"201 Created" in early + client.recv(1000)


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
