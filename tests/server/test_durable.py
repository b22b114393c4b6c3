"""201 means on the disk: the order of the system calls, and disks that fail."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from gluv.store import Store
from gluv.store.check import check_store
from tests.server.conftest import PAT, basic, upload_form
from tests.server.serving import Serving, fill

PYPI = "/api/v4/projects/1/packages/pypi"
STRACE = shutil.which("strace")


def _upload(serving: Serving, content: bytes, version: str = "1.0") -> urllib3.BaseHTTPResponse:
    body, kind = urllib3.encode_multipart_formdata(
        upload_form(content, file_name=f"demo_pkg-{version}-py3-none-any.whl", version=version)
    )
    headers = {**basic("any", PAT), "Content-Type": kind}
    return urllib3.request(
        "POST", f"{serving.origin}{PYPI}", body=body, headers=headers, retries=False
    )


def _listed(serving: Serving) -> int:
    answer = serving.get(f"{PYPI}/simple/demo-pkg")
    return answer.data.count(b"#sha256=") if answer.status == 200 else 0


@pytest.mark.skipif(STRACE is None, reason="no strace here")
def test_bytes_names_and_row_are_flushed_before_the_answer(tmp_path: Path) -> None:
    trace, data = tmp_path / "trace", tmp_path / "new" / "data"
    calls = "fsync,fdatasync,rename,mkdir,sendto,pwrite64"
    wrapper = ("strace", "-D", "-f", "-y", "-s", "30", "-e", f"trace={calls}", "-o", str(trace))
    # Made as any first start does, with a token from a store that is there already.
    with Serving("--data", data, wrapper=wrapper) as serving:
        with Store.open(data) as store:
            store.people.settle_owner(username="dev", name="Dev", email="")
            store.projects.settle("g/p", visibility="public", is_home=True)
            store.tokens.add(PAT, kind="personal", name="x", scopes=("api",), user_id=1)
        content = os.urandom(5000)
        assert _upload(serving, content).status == 201
        serving.signal(signal.SIGTERM)
        serving.wait()
    _until(lambda: "+++ exited with 0 +++" in trace.read_text(errors="replace"))
    events = _events(trace)
    digest = hashlib.sha256(content).hexdigest()
    kept = f"{data}/files/{digest[:2]}"

    def at(call: str, what: str, *, after: int = -1) -> int:
        for number, (name, arguments) in enumerate(events):
            if number > after and re.fullmatch(call, name) and what in arguments:
                return number
        raise AssertionError(f"no {call} of {what}")

    answer = at("sendto", '"HTTP/1.1 201 Created')
    bytes_ = at("fsync", f"<{data}/files/partial/")
    name = at("rename", f'"{kept}/{digest[2:]}"', after=bytes_)
    flushed = at("fsync", f"<{kept}>", after=name)
    last_row = max(
        number
        for number, (call, arguments) in enumerate(events[:answer])
        if call == "pwrite64" and "gluv.db-wal>" in arguments
    )
    assert flushed < last_row
    assert at("fsync|fdatasync", "gluv.db-wal>", after=last_row) < answer
    for parent, made in (
        (f"{data}/files", f'"{kept}"'),
        (f"{data}", f'"{data}/files"'),
        (f"{tmp_path}/new", f'"{data}"'),
        (f"{tmp_path}", f'"{tmp_path}/new"'),
    ):
        assert at("fsync", f"<{parent}>", after=at("mkdir", made)) < answer, made


def _events(trace: Path) -> list[tuple[str, str]]:
    """The system calls in the order in which they were done; what is sent, when it began."""
    events: list[tuple[str, str]] = []
    open_calls: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.strip()
        call, _, arguments = rest.partition("(")
        if rest.startswith("<... "):
            call = rest.split()[1]
            arguments = open_calls.pop(pid, "") + rest
        elif "<unfinished ...>" in rest and call != "sendto":
            open_calls[pid] = arguments
            continue
        if " = -1 " not in rest:
            events.append((call, arguments))
    return events


@pytest.mark.skipif(STRACE is None, reason="no strace here")
def test_a_disk_that_fails_to_flush_confirms_nothing(tmp_path: Path) -> None:
    fill(tmp_path)
    with Serving("--data", tmp_path) as serving:
        assert _upload(serving, b"before", "1.0").status == 201
        with _failing(serving, "fsync,fdatasync:error=EIO"):
            answer = _upload(serving, b"during", "2.0")
            assert (answer.status, b"500 Internal Server Error" in answer.data) == (500, True)
            assert _listed(serving) == 1
        assert _upload(serving, b"during", "2.0").status == 201
        assert _listed(serving) == 2
    _all_sound(tmp_path, 2)


@contextlib.contextmanager
def _failing(serving: Serving, how: str) -> Iterator[None]:
    """Let system calls of the server fail."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-p", str(serving.process.pid), "-e", f"inject={how}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    first = tracer.stderr.readline()
    if "attached" not in first:
        tracer.wait()
        tracer.stderr.close()
        pytest.skip(f"no strace here that may look at another process: {first}")
    drained = threading.Thread(target=tracer.stderr.read, daemon=True)
    drained.start()
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        drained.join()
        tracer.stderr.close()


def test_a_full_disk_is_told_and_leaves_nothing_half(small_disk: Path) -> None:
    fill(small_disk / "data")
    with Serving("--data", small_disk / "data") as serving:
        assert _upload(serving, os.urandom(1_000_000), "1.0").status == 201
        for version in ("2.0", "3.0"):
            answer = _upload(serving, os.urandom(8_000_000), version)
            assert answer.status == 507
            assert b"507 Insufficient Storage" in answer.data
        # Full to the last page, so that the row does not fit any more.
        filler = (small_disk / "filler").open("wb", buffering=0)
        with filler, contextlib.suppress(OSError):
            while filler.write(bytes(4096)):
                pass
        assert _upload(serving, b"tiny", "4.0").status == 507
        assert _listed(serving) == 1
        (small_disk / "filler").unlink()
        assert _upload(serving, b"tiny", "4.0").status == 201
        assert _listed(serving) == 2
    _all_sound(small_disk / "data", 2)


def test_a_disk_that_became_read_only_still_serves(small_disk: Path) -> None:
    data = small_disk / "data"
    fill(data)
    with Serving("--data", data) as serving:
        assert _upload(serving, b"before", "1.0").status == 201
        assert _listed(serving) == 1
        # The write-ahead log is open for writing; only a lazy remount of the superblock does it.
        remount = ["mount", "-o", "remount,ro", str(small_disk)]
        if subprocess.run(remount, capture_output=True).returncode:
            with _immutable(data):
                _check_read_only(serving)
        else:
            _check_read_only(serving)
            subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        assert _upload(serving, b"after", "3.0").status == 201
    _all_sound(data, 2)


def _check_read_only(serving: Serving) -> None:
    answer = _upload(serving, b"during", "2.0")
    assert answer.status == 500
    assert _listed(serving) == 1


@contextlib.contextmanager
def _immutable(data: Path) -> Iterator[None]:
    """The folder of contents does not let anything in."""
    bind = ["mount", "--bind", str(data / "files"), str(data / "files")]
    subprocess.run(bind, check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(data / "files")], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(data / "files")], check=True)


def _all_sound(data: Path, files: int) -> None:
    with Store.open(data) as store:
        found = check_store(store)
    assert (found.lost, found.files) == ((), files)
    assert not any((data / "files" / "partial").iterdir())


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
