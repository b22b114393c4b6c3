"""`gluv serve` as a process: where it listens, who may read it, and one of it a folder."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from gluv.store import Store
from tests.server.conftest import PAT
from tests.server.serving import Serving, fill, put

INDEX = "/api/v4/projects/1/packages/pypi/simple"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path / "data")
    return tmp_path / "data"


def _bound() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    return bound


def test_a_socket_that_is_bound_already_is_served(data: Path) -> None:
    with (
        _bound() as bound,
        Serving("--data", data, "--fd", bound.fileno(), pass_fds=[bound.fileno()]) as serving,
    ):
        assert serving.port == bound.getsockname()[1]
        assert serving.get(INDEX).status == 200


def test_a_socket_of_systemd_is_served_and_waits_for_the_server(data: Path) -> None:
    with _bound() as bound:
        # As systemd does it: the descriptor is number 3, and the variables are for this process.
        activate = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3);"
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1');"
            "os.execv(sys.argv[2], sys.argv[2:])"
        )
        wrapper = (sys.executable, "-c", activate, str(bound.fileno()))
        with socket.create_connection(bound.getsockname(), timeout=30) as early:
            early.sendall(b"GET /-/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            with Serving("--data", data, wrapper=wrapper, pass_fds=[bound.fileno()]) as serving:
                assert serving.port == bound.getsockname()[1]
                assert early.recv(1000).endswith(b"\r\n\r\nGitLab OK")


def test_variables_of_systemd_for_another_process_mean_nothing(data: Path) -> None:
    with Serving("--data", data, environ={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as serving:
        assert serving.get(INDEX).status == 200


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--fd", "0"), "is not a socket"),
        (("--fd", "999"), "Bad file descriptor"),
        (("--external-url", "gitlab"), "not the URL of a server"),
        (("--external-url", "https://h/gitlab"), "all of its host"),
        (("--trusted-proxy", "nginx"), "--trusted-proxy"),
        (("--port", "99999"), "not a port"),
        (("--repair",), "give --check"),
        (("--access-log", "/nowhere/log"), "access log"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_served_is_told(data: Path, options: tuple[str, ...], says: str) -> None:
    ran = _run("--data", data, *options)
    assert ran.returncode in (2, 6)
    assert says in ran.stderr
    assert "next: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_socket_that_was_handed_over_has_its_address(data: Path) -> None:
    with _bound() as bound:
        fd = bound.fileno()
        ran = _run("--data", data, "--fd", str(fd), "--host", "127.0.0.1", pass_fds=[fd])
    assert (ran.returncode, "handed over" in ran.stderr) == (2, True)


def test_a_second_server_of_a_folder_is_refused_until_the_first_is_gone(data: Path) -> None:
    with Serving("--data", data) as first:
        ran = _run("--data", data)
        assert ran.returncode == 7
        assert f"another gluv serve has {data} at {first.url}" in ran.stderr
        # The port that comes again next time is still that of the first.
        assert (data / "port").read_text() == f"{first.port}\n"
        assert first.get(INDEX).status == 200
        # Nothing of a killed one is in the way.
        first.signal(signal.SIGKILL)
        first.wait()
    with Serving("--data", data) as second:
        assert second.get(INDEX).status == 200
        second.signal(signal.SIGTERM)
        assert second.wait()[0] == 0


def test_whoever_others_can_reach_asks_for_tokens_and_says_how_to_make_one(tmp_path: Path) -> None:
    for number, option in enumerate(
        (
            ("--host", "0.0.0.0"),
            ("--name", "gitlab.example.com"),
            ("--external-url", "https://gitlab.example.com"),
        )
    ):
        data = tmp_path / str(number)
        project = fill(data)
        with Store.open(data) as store:
            (token,) = store.tokens.all()
            store.tokens.revoke(token.id)
        with Serving("--data", data, *option) as serving:
            assert serving.get(INDEX.replace("1", str(project.id))).status == 401
            with Store.open(data) as store:
                store.tokens.add(
                    "glpat-new", kind="personal", name="new", scopes=("api",), user_id=1
                )
            assert serving.get(INDEX, **{"PRIVATE-TOKEN": "glpat-new"}).status == 200
            serving.signal(signal.SIGTERM)
            code, said = serving.wait()
        assert (code, "gluv token create" in said) == (0, True)


def test_a_server_for_this_machine_alone_asks_for_none(data: Path) -> None:
    for option in (("--host", "::1"), ("--external-url", "http://localhost:9999"), ()):
        with Serving("--data", data, *option) as serving:
            serving.signal(signal.SIGTERM)
            code, said = serving.wait()
            assert (code, said) == (0, "")


def test_links_lead_where_the_caller_found_the_server(data: Path) -> None:
    kept = put(data, b"wheel")
    options = ("--external-url", "https://gitlab.example.com", "--name", "gitlab.lan")
    with Serving("--data", data, *options) as serving:
        assert serving.url == "https://gitlab.example.com"
        token = {"PRIVATE-TOKEN": PAT}
        for host, base in (
            ("gitlab.example.com", "https://gitlab.example.com"),
            (f"127.0.0.1:{serving.port}", serving.origin),
            (f"localhost:{serving.port}", f"http://localhost:{serving.port}"),
            ("gitlab.lan:8080", "http://gitlab.lan:8080"),
            (f"127.0.0.9:{serving.port}", "https://gitlab.example.com"),
        ):
            for _ in range(2):
                page = serving.get(f"{INDEX}/demo", Host=host, **token)
                assert f'href="{base}{kept.path}#'.encode() in page.data, host
        assert serving.get(f"{INDEX}/demo", Host="evil.example.com", **token).status == 403


def test_a_proxy_is_believed_only_if_it_is_trusted(data: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    forwarded = {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"}
    for option, seen in ((), b"127.0.0.1"), (("--trusted-proxy", "127.0.0.0/8"), b"203.0.113.7"):
        with Serving("--data", data, *option, "--access-log", log) as serving:
            for path in (INDEX, INDEX, "/-/metrics", "/-/health"):
                answer = serving.get(path, **forwarded)
                assert answer.status == (200 if path == INDEX else 404)
            _until(lambda: log.exists() and log.read_bytes().count(b"\n") == 4)
        assert {line.split()[0] for line in log.read_bytes().splitlines()} == {seen}
        log.unlink()


def test_the_browser_is_opened_at_the_first_page(data: Path, tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    with Serving("--data", data, "--open", environ={"BROWSER": f"{browser} %s"}) as serving:
        _until(opened.exists)
        assert opened.read_text().strip() == serving.url


def test_many_requests_leave_no_file_open_and_no_thread_behind(data: Path) -> None:
    kept = put(data, os.urandom(50_000))
    with Serving("--data", data) as serving:
        state = Path(f"/proc/{serving.process.pid}")
        if not state.exists():
            pytest.skip("only Linux tells of another process")

        def burst() -> None:
            for number in range(100):
                for path in (f"{INDEX}/demo", kept.path, f"{INDEX}/none{number}", "/g/p"):
                    assert serving.get(path).status in (200, 302, 404)
                part = serving.get(kept.path, Range="bytes=-100")
                assert (part.status, len(part.data)) == (206, 100)

        burst()
        files = len(os.listdir(state / "fd"))
        threads = [threading.Thread(target=burst) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _until(lambda: len(os.listdir(state / "fd")) <= files + 3 * 16 + 1)
        assert len(os.listdir(state / "task")) <= 16 + 4 + 2


def _run(
    *options: str | Path, pass_fds: tuple[int, ...] | list[int] = ()
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "gluv", "serve", *map(str, options)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
    )


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.mark.parametrize(
    "sent", ["", "GET /-/hea", "POST /none HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]
)
def test_more_connections_than_descriptors_lock_nobody_out(data: Path, sent: str) -> None:
    few = ("bash", "-c", 'ulimit -n 300; exec "$@"', "few")
    with Serving("--data", data, wrapper=few) as serving, ExitStack() as held:
        for _ in range(400):
            client = socket.create_connection(("127.0.0.1", serving.port), timeout=30)
            held.callback(client.close)
            client.sendall(sent.encode())
        assert serving.get("/-/health").status == 200
        serving.signal(signal.SIGTERM)
        held.close()
        code, said = serving.wait()
        assert (code, "open files" in said) == (0, False)


def test_many_unfinished_uploads_hold_little_memory_and_leave_nothing(data: Path) -> None:
    head = (
        "POST /api/v4/projects/1/packages/pypi HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"PRIVATE-TOKEN: {PAT}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 9000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="content"; filename="a.whl"\r\n\r\n'
    )
    partial = data / "files" / "partial"
    with Serving("--data", data) as serving, ExitStack() as held:
        assert serving.get("/-/health").status == 200
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", serving.port), timeout=30)
            held.callback(client.close)
            client.sendall(head.encode() + bytes(1_000_000))
        if not Path("/proc/self/statm").exists():
            pytest.skip("only Linux tells of another process")
        _until(lambda: sum(one.stat().st_size for one in partial.glob("*")) > 150_000_000)
        assert _resident(serving.process.pid) < 200 * 1024 * 1024
        held.close()
        _until(lambda: not list(partial.iterdir()))


def _resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
