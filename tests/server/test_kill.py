"""A kill at any moment loses no finished upload and leaves no half one."""

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3

from gluv.store import Store
from tests.server.conftest import PAT, basic, upload_form

_SERVER = """
import sys
from pathlib import Path
from gluv.server.app import create_app
from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings
from gluv.store import Store
from tests.server.conftest import populate
listener = Listener()
store = Store.open(Path(sys.argv[1]))
settings = ServerSettings(base_url=listener.url)
if store.projects.named("g/p") is None:
    populate(store, "g/p")
print(listener.port, flush=True)
listener.serve_forever(lambda: create_app(store, settings))
"""
SIZE = 4_000_000


class _Process:
    def __init__(self, directory: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(directory)], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def _request(number: int, content: bytes, port: int) -> bytes:
    body, kind = urllib3.encode_multipart_formdata(
        upload_form(content, file_name=f"demo_pkg-1.0-{number}-py3-none-any.whl")
    )
    lines = [
        "POST /api/v4/projects/1/packages/pypi HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *(f"{key}: {value}" for key, value in basic("any", PAT).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _check(directory: Path, finished: set[str]) -> None:
    """What a reader finds after a kill: every confirmed file, and only whole ones."""
    with Store.open(directory) as store:
        files = [
            file
            for row in store.packages.of_projects([1])
            for file in store.packages.files_of(row.id)
        ]
        assert finished <= {file.sha256 for file in files}
        for file in files:
            content = store.blobs.path(file.sha256).read_bytes()
            assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)
        assert list(directory.glob("files/partial/*")) == []


@pytest.mark.parametrize("seed", range(4))
def test_uploads_survive_kills_or_never_were(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    finished: set[str] = set()
    for turn in range(4):
        server = _Process(tmp_path)
        base = turn * 10
        # So that the web server is loaded, and the kill meets the upload.
        assert (
            urllib3.request("GET", f"http://127.0.0.1:{server.port}/api/v4/version").status == 200
        )
        for number in range(rng.randint(0, 2)):
            content = os.urandom(SIZE)
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(_request(base + number, content, server.port))
                assert client.recv(100).startswith(b"HTTP/1.1 201")
            finished.add(hashlib.sha256(content).hexdigest())
        # The last one is cut off: in the middle of its bytes, or right after all were sent, while
        # the server flushes, renames and commits.
        request = _request(base + 9, os.urandom(SIZE), server.port)
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            if rng.random() < 0.4:
                client.sendall(request[: rng.randrange(len(request))])
            else:
                client.sendall(request)
                until = time.perf_counter() + rng.random() * 0.05
                while time.perf_counter() < until:
                    pass
            server.kill()
        _check(tmp_path, finished)
