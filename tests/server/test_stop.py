"""A server that is told to stop finishes what is in flight, in time, and takes nothing new."""

import hashlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from gluv.server.listen import Listener
from gluv.server.presence import find_presence
from gluv.store import Store
from tests.server.conftest import PAT, basic, upload_form
from tests.server.serving import Serving, fill, put
from tests.server.test_http import Client, _app


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def serving(data: Path) -> Iterator[Serving]:
    with Serving("--data", data) as serving:
        assert serving.get("/api/v4/projects/1/packages/pypi/simple").status == 200
        yield serving


def _upload(content: bytes) -> bytes:
    body, kind = urllib3.encode_multipart_formdata(upload_form(content))
    lines = [
        "POST /api/v4/projects/1/packages/pypi HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *(f"{key}: {value}" for key, value in basic("any", PAT).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_upload_in_flight_is_finished(
    serving: Serving, data: Path, number: signal.Signals
) -> None:
    content = os.urandom(3_000_000)
    request = _upload(content)
    with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as client:
        client.sendall(request[:2_000_000])
        _until(lambda: any((data / "files").glob("partial/*")))
        serving.signal(number)
        _until(lambda: _refused(serving.port))
        client.sendall(request[2_000_000:])
        assert client.recv(1000).startswith(b"HTTP/1.1 201 Created")
    code, said = serving.wait()
    assert (code, "1 answer to finish" in said) == (0, True)
    assert find_presence(data) is None
    assert not (data / "serve.json").exists()
    with Store.open(data) as store:
        digest = hashlib.sha256(content).hexdigest()
        assert [row.sha256 for row in store.packages.contents()] == [digest]


def test_a_download_in_flight_is_finished(data: Path) -> None:
    content = os.urandom(30_000_000)
    kept = put(data, content)
    with (
        Serving("--data", data) as serving,
        socket.create_connection(("127.0.0.1", serving.port), timeout=30) as client,
    ):
        client.sendall(f"GET {kept.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        received = client.recv(1000)
        serving.signal(signal.SIGTERM)
        _until(lambda: _refused(serving.port))
        while piece := client.recv(1_000_000):
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        assert (head[:15], body == content) == (b"HTTP/1.1 200 OK", True)
        assert serving.wait()[0] == 0


def test_idle_connections_hold_up_nobody(serving: Serving) -> None:
    with (
        socket.create_connection(("127.0.0.1", serving.port), timeout=30) as silent,
        socket.create_connection(("127.0.0.1", serving.port), timeout=30) as kept,
        socket.create_connection(("127.0.0.1", serving.port), timeout=30) as partial,
    ):
        kept.sendall(b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert kept.recv(1000).startswith(b"HTTP/1.1 200 OK")
        partial.sendall(b"GET /-/health HT")
        serving.signal(signal.SIGTERM)
        for client in (silent, kept, partial):
            assert client.recv(1000) == b""
        assert serving.wait()[0] == 0


def test_a_second_ctrl_c_stops_at_once(serving: Serving, data: Path) -> None:
    with socket.create_connection(("127.0.0.1", serving.port), timeout=30) as client:
        client.sendall(_upload(os.urandom(3_000_000))[:2_000_000])
        _until(lambda: any((data / "files").glob("partial/*")))
        serving.signal(signal.SIGINT)
        _until(lambda: _refused(serving.port))
        serving.signal(signal.SIGINT)
        code, said = serving.wait()
    assert (code, "stopped at once" in said) == (130, True)
    with Store.open(data) as store:
        assert list(store.packages.contents()) == []
    assert not any((data / "files").glob("partial/*"))


def test_what_does_not_end_is_cut_off_in_time() -> None:
    listener = Listener()
    thread = threading.Thread(
        target=listener.serve_forever, args=(lambda: _app,), kwargs={"finish": 0.2}
    )
    thread.start()
    with Client(listener) as client:
        client.send("POST /never HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        _until(lambda: listener._site is not None and listener._site.busy == 1)
        listener.close()
        thread.join(20)
        assert client.rest() == b""
    assert (thread.is_alive(), listener.cut_off) == (False, 1)


def test_streams_of_events_end_with_the_server() -> None:
    listener = Listener()
    listener.start(lambda: _app)
    with Client(listener) as client:
        client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"text/event-stream" in client.head()
        listener.close()
        assert client.rest() == b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"
    assert (listener.failure, listener.cut_off) == (None, 0)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
