"""The stream of events that keeps a page live."""

import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import urllib3

from gluv.server.pages.memory import MOST_STREAMS
from gluv.store import Store
from tests.server.conftest import PAT, Host, Launcher, basic
from tests.server.people import token_of

ROOT = "/grp/sub/demo"


class Stream:
    """One stream, event by event."""

    def __init__(self, host: Host, path: str, headers: dict[str, str] | None = None) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=30)
        url = f"{host.url}/-/live{path}"
        self.answer = self._pool.request("GET", url, headers=headers or {}, preload_content=False)
        self._events = self._read()

    def _read(self) -> Iterator[tuple[str, str, Any]]:
        pending = b""
        for chunk in self.answer.read_chunked():
            pending += chunk
            while b"\n\n" in pending:
                block, _, pending = pending.partition(b"\n\n")
                fields = dict(
                    line.split(": ", 1) for line in block.decode().split("\n") if ": " in line
                )
                if "event" in fields:
                    yield fields["event"], fields.get("id", ""), msgspec.json.decode(fields["data"])

    def next(self, kind: str) -> tuple[str, Any]:
        """The id and data of the next event of a kind; those before it are passed over."""
        return next((mark, data) for event, mark, data in self._events if event == kind)

    def part(self, name: str, text: str) -> str:
        """The HTML of a part once it has this text."""
        while True:
            _, data = self.next("part")
            if data["id"] == name and text in data["html"]:
                return str(data["html"])

    def rest(self) -> list[str]:
        """The kinds of all events until the server ends the stream in order."""
        return [event for event, _, _ in self._events]

    def close(self) -> None:
        self.answer.close()
        self._pool.clear()


@pytest.fixture
def follow(host: Host) -> Iterator[Any]:
    opened: list[Stream] = []

    def make(path: str, headers: dict[str, str] | None = None, at: Host = host) -> Stream:
        opened.append(Stream(at, path, headers))
        return opened[-1]

    yield make
    for stream in opened:
        stream.close()


def test_changes_of_another_connection_are_told(host: Host, follow: Any) -> None:
    stream = follow(f"{ROOT}/-/pipelines/{host.job.pipeline_id}")
    assert stream.answer.headers["content-type"].startswith("text/event-stream")
    assert stream.answer.headers["cache-control"] == "no-store"
    stream.part("live-jobs", "release-job")
    with Store.open(host.store.directory) as other:
        other.create_job(pipeline_id=host.job.pipeline_id, name="fresh <b>", stage="new")
    assert "fresh &lt;b&gt;" in stream.part("live-jobs", "fresh")


def test_what_did_not_change_is_not_told_again(host: Host, follow: Any) -> None:
    path = f"{ROOT}/-/pipelines/{host.job.pipeline_id}"
    stream = follow(path)
    mark = ""
    while not mark:
        # The last part of the first ones says where the stream is.
        mark, _ = stream.next("part")
    stream.close()
    again = follow(path, {"Last-Event-ID": mark})
    host.store.finish_job(host.job.id, status="success", exit_code=0, reason="", duration=1.0)
    told = again.next("part")[1]
    # The first thing told is what changed since.
    assert "Passed" in told["html"] or "1 of 1 job done" in told["html"]


def test_a_log_goes_on_where_the_browser_was(host: Host, follow: Any) -> None:
    path = host.store.log_path(host.job.id)
    path.write_text("one\ntwo\n")
    stream = follow(f"{ROOT}/-/jobs/{host.job.id}?log=4")
    mark, data = stream.next("log")
    assert 'id="L2"' in data["steps"][0]["html"]
    assert 'id="L1"' not in data["steps"][0]["html"]
    stream.close()
    with path.open("a") as file:
        file.write("\x1b[31mthree\n")
    again = follow(f"{ROOT}/-/jobs/{host.job.id}?log=4", {"Last-Event-ID": mark})
    _, data = again.next("log")
    assert 'id="L3"' in data["steps"][0]["html"]
    assert 'id="L2"' not in data["steps"][0]["html"]


def test_the_last_lines_come_before_the_end(host: Host, follow: Any) -> None:
    path = host.store.log_path(host.job.id)
    path.write_text("begin\n")
    stream = follow(f"{ROOT}/-/jobs/{host.job.id}?log=6")
    stream.part("live-facts", "About")
    with path.open("a") as file:
        file.write("".join(f"line {number}\n" for number in range(40_000)))
    host.store.finish_job(host.job.id, status="success", exit_code=0, reason="", duration=1.0)
    host.store.finish_pipeline(host.job.pipeline_id, "success", 1.0)
    kinds = stream.rest()
    assert kinds[-1] == "end"
    assert kinds.index("log") < kinds.index("part")
    assert kinds[kinds.index("part") :].count("log") == 0


def test_a_page_that_is_over_ends_at_once(host: Host, follow: Any) -> None:
    host.store.finish_pipeline(host.job.pipeline_id, "failed", 1.0)
    stream = follow(f"{ROOT}/-/pipelines/{host.job.pipeline_id}")
    assert stream.rest()[-1] == "end"


def test_a_stream_is_refused_where_its_page_is(launch: Launcher, follow: Any) -> None:
    host = launch(visibility="private")
    page = f"{ROOT}/-/pipelines"
    assert follow(page, at=host).answer.status == 401
    stranger = basic("me", token_of(host.store, "stranger"))
    assert follow(page, stranger, at=host).answer.status == 404
    assert follow(page, basic("me", PAT), at=host).answer.status == 200
    for nothing in ("/nowhere", f"{ROOT}/-/jobs/99", f"{ROOT}/-/jobs/{host.job.id}/raw"):
        refused = follow(nothing, basic("me", PAT), at=host).answer
        assert refused.headers["content-type"] != "text/event-stream; charset=utf-8"


def test_a_project_that_was_hidden_meanwhile_ends_the_stream(host: Host, follow: Any) -> None:
    stream = follow(f"{ROOT}/-/pipelines")
    stream.next("part")
    host.store.projects.change(1, visibility="private")
    host.store.create_pipeline(source="push", ref="secret", tag=False, sha="d" * 40, name=None)
    kinds = stream.rest()
    assert kinds == ["end"]


def test_a_token_that_ends_ends_its_streams(
    launch: Launcher, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluv.server.pages.live.RECHECK", 0.0)
    host = launch(visibility="private")
    ends = host.store.now() + 3600
    headers = basic("me", token_of(host.store, "short", level=40, project_id=1, expires_at=ends))
    stream = follow(f"{ROOT}/-/jobs/{host.job.id}", headers, at=host)
    stream.part("live-facts", "About")
    # Nothing in the store changes: the time alone ends it.
    monkeypatch.setattr(Store, "now", lambda _: ends + 1)
    assert stream.rest() == ["end"]


def test_nothing_more_of_a_log_is_told_once_its_reader_may_not_see_it(
    launch: Launcher, follow: Any
) -> None:
    host = launch(visibility="private")
    headers = basic("me", token_of(host.store, "gone", level=40, project_id=1))
    path = host.store.log_path(host.job.id)
    path.write_text("before\n")
    stream = follow(f"{ROOT}/-/jobs/{host.job.id}?log=7", headers, at=host)
    stream.part("live-facts", "About")
    token = host.store.tokens.by_secret("glpat-gone")
    assert token is not None
    host.store.tokens.revoke(token.id)
    with path.open("a") as file:
        file.write("secret\n")
    assert stream.rest() == ["end"]


def test_another_projects_changes_are_not_told(host: Host, follow: Any) -> None:
    other = host.store.projects.settle("grp/other", visibility="private")
    stream = follow("/")
    assert stream.answer.status == 302 or "other" not in stream.next("part")[1]["html"]
    stream = follow(f"{ROOT}/-/pipelines")
    stream.next("part")
    host.store.create_pipeline(
        source="push", ref="hidden-ref", tag=False, sha="d" * 40, name=None, project_id=other.id
    )
    host.store.create_pipeline(source="push", ref="seen-ref", tag=False, sha="d" * 40, name=None)
    assert "hidden-ref" not in stream.part("live-list", "seen-ref")


def test_only_so_many_pages_are_live_at_once(host: Host, follow: Any) -> None:
    streams = [follow(f"{ROOT}/-/pipelines") for _ in range(MOST_STREAMS)]
    for stream in streams:
        stream.next("part")
    assert follow(f"{ROOT}/-/pipelines").rest() == ["full"]
    streams[0].close()
    host.store.create_pipeline(source="push", ref="x", tag=False, sha="d" * 40, name=None)
    for stream in streams[1:]:
        stream.next("part")
    # The place is free once the server saw that nobody listens.
    tried = follow(f"{ROOT}/-/pipelines")
    while next(tried._events)[0] == "full":
        tried = follow(f"{ROOT}/-/pipelines")


def test_a_silent_stream_says_that_it_is_there(
    host: Host, follow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gluv.server.pages.live.HEARTBEAT", 0.0)
    stream = follow(f"{ROOT}/-/pipelines")
    assert any(chunk.startswith(b": ") for chunk in stream.answer.read_chunked())


def test_a_server_that_stops_ends_its_streams_in_order(launch: Launcher, follow: Any) -> None:
    host = launch()
    stream = follow(f"{ROOT}/-/pipelines", at=host)
    stream.next("part")
    closing = threading.Thread(target=launch.close_one, args=(host,))
    closing.start()
    # A stream that is cut off in the middle would raise here.
    assert stream.rest() == []
    closing.join(30)
    assert not closing.is_alive()
