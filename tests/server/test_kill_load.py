"""Kills at random moments under load: what was confirmed is served, and nothing half is listed.

`GLUV_KILL_SEED=123 pytest tests/server/test_kill_load.py` repeats the uploads of a run that failed.
"""

import hashlib
import os
import queue
import random
import re
import secrets
import signal
import threading
import time
from pathlib import Path

import msgspec
import urllib3

from gluv.store import Store
from gluv.store.check import check_store
from tests.server.conftest import PAT, basic, upload_form
from tests.server.serving import Serving, fill

UPLOADS = 200 if os.environ.get("CI") else 60
CLIENTS = 4
SEED = int(os.environ.get("GLUV_KILL_SEED", "0")) or secrets.randbelow(1_000_000) + 1
PYPI = "/api/v4/projects/1/packages/pypi"
LINK = re.compile(rb'href="http://[^/]+(/[^#"]+/([0-9a-f]{64})/[^#"]+)#')


class Upload(msgspec.Struct, frozen=True):
    """One file to upload."""

    name: str
    version: str
    content: bytes


def _uploads(rng: random.Random) -> "queue.Queue[Upload]":
    """Small and large files of a few packages; some have the same content."""
    todo: queue.Queue[Upload] = queue.Queue()
    contents: list[bytes] = []
    for number in range(UPLOADS):
        size = rng.choice((100, 3_000, 40_000, 300_000, 2_500_000))
        content = rng.choice(contents) if contents and rng.random() < 0.1 else rng.randbytes(size)
        contents.append(content)
        todo.put(Upload(f"pkg{rng.randrange(8)}", f"1.{number}", content))
    return todo


class Client(threading.Thread):
    """Uploads one after the other, until the server is gone or nothing is left."""

    def __init__(self, todo: "queue.Queue[Upload]", port: int) -> None:
        super().__init__(daemon=True)
        self._todo = todo
        self._port = port
        self.confirmed: list[Upload] = []
        self.refused: list[tuple[int, bytes]] = []

    def run(self) -> None:
        with urllib3.HTTPConnectionPool("127.0.0.1", self._port, retries=False) as pool:
            while True:
                try:
                    one = self._todo.get_nowait()
                except queue.Empty:
                    return
                file_name = f"{one.name}-{one.version}-py3-none-any.whl"
                form = upload_form(
                    one.content, file_name=file_name, name=one.name, version=one.version
                )
                body, kind = urllib3.encode_multipart_formdata(form)
                headers = {**basic("any", PAT), "Content-Type": kind}
                try:
                    answer = pool.request("POST", PYPI, body=body, headers=headers)
                except urllib3.exceptions.HTTPError:
                    # Killed in the middle: it may be there or not, but if so, then whole.
                    return
                if answer.status == 201:
                    self.confirmed.append(one)
                else:
                    self.refused.append((answer.status, answer.data))


def _served(serving: Serving) -> dict[str, str]:
    """Every file that is listed, by name, after its bytes were compared with its hash."""
    found: dict[str, str] = {}
    index = serving.get(f"{PYPI}/simple").data
    for name in sorted(set(re.findall(rb"/simple/([a-z0-9]+)\"", index))):
        page = serving.get(f"{PYPI}/simple/{name.decode()}")
        assert page.status == 200
        for path, sha256 in LINK.findall(page.data):
            answer = serving.get(path.decode())
            assert answer.status == 200
            assert hashlib.sha256(answer.data).hexdigest().encode() == sha256
            found[path.decode().rpartition("/")[2]] = sha256.decode()
    return found


def _until_answered(clients: list[Client], answers: int) -> None:
    """Wait for so many answers in all, or for the end of the work."""
    deadline = time.monotonic() + 60
    while sum(len(one.confirmed) for one in clients) < answers:
        if not any(client.is_alive() for client in clients):
            return
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def test_every_confirmed_upload_survives_kills_under_load(tmp_path: Path) -> None:
    print(f"GLUV_KILL_SEED={SEED}")
    rng = random.Random(SEED)
    fill(tmp_path)
    todo = _uploads(rng)
    confirmed: dict[str, str] = {}
    rounds = 0
    while not todo.empty():
        rounds += 1
        with Serving("--data", tmp_path) as serving:
            assert serving.get("/-/health").status == 200
            clients = [Client(todo, serving.port) for _ in range(CLIENTS)]
            for client in clients:
                client.start()
            # However fast the machine is: somewhere between an answer and the next ones.
            _until_answered(clients, rng.randint(1, 2 * CLIENTS))
            threading.Event().wait(rng.random() * 0.02)
            serving.signal(signal.SIGKILL)
            serving.wait()
            for client in clients:
                client.join(30)
                assert not client.is_alive()
                assert client.refused == []
                for one in client.confirmed:
                    file_name = f"{one.name}-{one.version}-py3-none-any.whl"
                    confirmed[file_name] = hashlib.sha256(one.content).hexdigest()
    with Serving("--data", tmp_path) as serving:
        served = _served(serving)
    assert confirmed.items() <= served.items()
    with Store.open(tmp_path) as store:
        found = check_store(store)
        assert (found.lost, found.files) == ((), len(served))
    assert not any((tmp_path / "files" / "partial").iterdir())
    print(f"{rounds} kills, {len(confirmed)} of {UPLOADS} confirmed, {len(served)} served")
    assert (rounds > 1, len(confirmed) >= rounds) == (True, True)
