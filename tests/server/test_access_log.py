"""The access log: one line a request, no secret in it, and it may be rotated."""

import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gluv.server.access_log import AccessLog, render_line
from gluv.server.traffic import Answered
from tests.server.conftest import PAT, basic
from tests.server.serving import Serving, fill

INDEX = "/api/v4/projects/1/packages/pypi/simple"
LINE = re.compile(
    rb'(\S+) - (\S+) \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000\] "([^"]*)" (\d{3}) (\d+)'
    rb" (\d+\.\d{3})"
)


def _answered(target: bytes, **changed: object) -> Answered:
    values: dict[str, object] = {
        "client": "127.0.0.1",
        "who": "",
        "method": "GET",
        "target": target,
        "version": "1.1",
        "status": 200,
        "route": "",
        "received": 0,
        "sent": 12,
        "seconds": 0.0123,
        **changed,
    }
    return Answered(**values)  # type: ignore[arg-type]


def test_a_line_has_the_common_form() -> None:
    line = render_line(_answered(b"/a/b?x=1", who="dev"), now=0)
    assert line == (
        '127.0.0.1 - dev [01/Jan/1970:00:00:00 +0000] "GET /a/b?x=1 HTTP/1.1" 200 12 0.012\n'
    )


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (b"/a?private_token=s3cret&page=2", "/a?private_token=[FILTERED]&page=2"),
        (b"/a?job_token=s3cret", "/a?job_token=[FILTERED]"),
        (b"/a?PASSWORD=s3cret", "/a?PASSWORD=[FILTERED]"),
        (b"/a?private%5Ftoken=s3cret", "/a?private%5Ftoken=[FILTERED]"),
        (b"http://me:s3cret@host/a?x", "/a?x"),
        (b'/a"b\\c\xff\x1b[31m', "/a\\x22b\\x5cc\\xff\\x1b[31m"),
    ],
)
def test_no_secret_and_no_control_character_gets_in(target: bytes, shown: str) -> None:
    assert f'"GET {shown} HTTP/1.1"' in render_line(_answered(target), now=0)


def test_a_server_writes_a_line_for_each_request(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    fill(data)
    with Serving("--data", data, "--access-log", log) as serving:
        for _ in range(3):
            serving.get(INDEX, **basic("any", PAT))
        serving.get(f"{INDEX}?private_token={PAT}")
        serving.get("/none")
        _until(lambda: log.exists() and log.read_bytes().count(b"\n") == 5)
    lines = [LINE.fullmatch(line) for line in log.read_bytes().splitlines()]
    assert [(line[2], line[4]) for line in lines if line] == [(b"dev", b"200")] * 4 + [
        (b"-", b"401")
    ]
    assert PAT.encode() not in log.read_bytes()
    assert log.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("how", ["moved", "hup"])
def test_a_log_that_was_rotated_goes_on_in_a_new_file(tmp_path: Path, how: str) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    fill(data)
    with Serving("--data", data, "--access-log", log) as serving:
        serving.get("/first")
        _until(lambda: b"/first" in log.read_bytes())
        log.rename(tmp_path / "log.1")
        if how == "hup":
            serving.signal(signal.SIGHUP)
            _until(log.exists)
            serving.get("/second")
        else:
            _until(lambda: bool(serving.get("/second").status) and log.exists())
        _until(lambda: b"/second" in log.read_bytes())
        assert serving.process.poll() is None


def test_standard_error_is_a_log_too(tmp_path: Path) -> None:
    fill(tmp_path)
    with Serving("--data", tmp_path, "--access-log") as serving:
        serving.get("/none")
        serving.signal(signal.SIGTERM)
        code, said = serving.wait()
    assert (code, '"GET /none HTTP/1.1" 401' in said) == (0, True)


def test_a_log_that_cannot_be_written_keeps_nobody_from_reading(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = AccessLog(Path("/dev/full"))
    log.tell(_answered(b"/a"))
    log.tell(_answered(b"/b"))
    log.close()
    assert len(caplog.records) == 1
    assert "No space left" in caplog.text


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
