"""Answers are given again only as long as they are true, and only to whom they were given."""

import asyncio
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from gluv.server import Listener, ServerSettings, create_app, known
from gluv.server.addresses import Addresses
from gluv.server.known import Known
from gluv.server.roles import REPORTER
from gluv.store import Store
from tests.server.conftest import PAT, Host, Launcher, basic, upload_form
from tests.server.people import token_of
from tests.server.serving import Serving, fill, put

PYPI = "/api/v4/projects/1/packages/pypi"
PAGE = f"{PYPI}/simple/demo-pkg"


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each question found a kept answer."""
    seen: list[bool] = []
    find = Known.find

    def watched(self: Known, asked: Any) -> Any:
        kept = find(self, asked)
        seen.append(kept is not None)
        return kept

    monkeypatch.setattr(Known, "find", watched)
    return seen


def _upload(host: Host, content: bytes = b"wheel", version: str = "1.0") -> str:
    form = upload_form(content, version=version, file_name=f"demo_pkg-{version}.whl")
    assert host.ask("POST", PYPI, headers=basic("any", PAT), form=form).status == 201
    return hashlib.sha256(content).hexdigest()


def test_the_second_time_an_answer_is_known_and_the_same(host: Host, found: list[bool]) -> None:
    digest = _upload(host)
    file = f"{PYPI}/files/{digest}/demo_pkg-1.0.whl"
    for path in (PAGE, f"{PYPI}/simple", file):
        host.ask("GET", path)  # notes that somebody read without credentials
        found.clear()
        first, second = host.ask("GET", path), host.ask("GET", path)
        head = host.ask("HEAD", path)
        assert found == [False, True, True]
        for answer in (second, head):
            assert answer.status == first.status == 200
            assert {**answer.headers, "date": ""} == {**first.headers, "date": ""}
        assert (second.body, head.body) == (first.body, b"")


def test_a_redirect_to_pypi_ends_with_the_first_upload_of_that_name(
    launch: Launcher, found: list[bool]
) -> None:
    host = launch(upstream="https://pypi.example/simple")
    assert host.ask("GET", PAGE).status == 302
    found.clear()
    first, second = host.ask("GET", PAGE), host.ask("GET", PAGE)
    assert found == [False, True]
    assert (second.status, second.headers["location"]) == (302, first.headers["location"])
    _upload(host)
    assert host.ask("GET", PAGE).status == 200


def test_an_upload_is_on_the_page_at_once(host: Host) -> None:
    for number in range(1, 20):
        _upload(host, str(number).encode(), f"1.{number}")
        for _ in range(2):
            assert host.ask("GET", PAGE).body.count(b"#sha256=") == number


def test_an_upload_through_one_server_is_seen_by_another_at_once(tmp_path: Path) -> None:
    fill(tmp_path)
    with Serving("--data", tmp_path) as serving, Store.open(tmp_path) as store:
        listener = Listener()
        settings = ServerSettings(base_url=listener.url)
        listener.start(lambda: create_app(store, settings))
        here = Host(store, listener, store.projects.all()[0], None)  # type: ignore[arg-type]
        for number in range(1, 10):
            assert serving.get(PAGE).data.count(b"#sha256=") == number - 1
            _upload(here, str(number).encode(), f"1.{number}")
            assert serving.get(PAGE).data.count(b"#sha256=") == number
        here.close()
        listener.close()


def test_what_was_deleted_is_gone_at_once(host: Host) -> None:
    digest = _upload(host)
    file = f"{PYPI}/files/{digest}/demo_pkg-1.0.whl"
    for path in (file, PAGE):
        assert [host.ask("GET", path).status for _ in range(2)] == [200, 200]
    (package,) = host.store.packages.of_projects([1])
    host.store.packages.delete(package.id)
    assert host.ask("GET", file).status == 404
    assert host.ask("GET", PAGE).status == 404


def test_a_content_that_was_lost_is_no_old_answer(host: Host) -> None:
    digest = _upload(host)
    file = f"{PYPI}/files/{digest}/demo_pkg-1.0.whl"
    assert [host.ask("GET", file).status for _ in range(2)] == [200, 200]
    host.store.blobs.path(digest).unlink()
    assert host.ask("GET", file).status != 200


def test_a_stranger_never_gets_what_a_member_was_given(launch: Launcher) -> None:
    host = launch(visibility="private")
    _upload(host)
    reader = basic("any", token_of(host.store, "reader", project_id=1, level=REPORTER))
    for _ in range(3):
        assert host.ask("GET", PAGE, headers=reader).status == 200
        assert host.ask("GET", f"{PAGE}?private_token={PAT}").status == 200
        assert host.ask("GET", PAGE, headers={"PRIVATE-TOKEN": PAT}).status == 200
        assert host.ask("GET", PAGE).status == 401
        assert host.ask("GET", PAGE, headers=basic("any", "wrong")).status == 401
        assert host.ask("GET", f"{PAGE}?private_token=wrong").status == 401


def test_a_project_that_became_private_is_closed_at_once(host: Host) -> None:
    _upload(host)
    assert [host.ask("GET", PAGE).status for _ in range(2)] == [200, 200]
    host.store.projects.change(1, visibility="private")
    assert host.ask("GET", PAGE).status == 401


def test_a_token_that_was_revoked_or_has_ended_opens_nothing(launch: Launcher) -> None:
    host = launch(visibility="private")
    _upload(host)
    revoked = token_of(host.store, "one", project_id=1, level=REPORTER)
    assert [host.ask("GET", PAGE, headers=basic("a", revoked)).status for _ in range(2)] == [
        200
    ] * 2
    (token,) = [one for one in host.store.tokens.all() if one.name == "one"]
    host.store.tokens.revoke(token.id)
    assert host.ask("GET", PAGE, headers=basic("a", revoked)).status == 401


def test_an_answer_is_kept_no_longer_than_the_token_is_good(tmp_path: Path) -> None:
    fill(tmp_path)
    now = [100.0]
    asked = known.question("GET", b"/a", [], None)
    assert asked is not None
    with Store.open(tmp_path) as store:
        kept = Known(store.changes, clock=lambda: now[0])
        for seconds, lasts in ((5.0, 5.0), (1e9, known.LONGEST)):
            _keep(kept, asked, seconds)
            now[0] += lasts - 0.1
            assert kept.find(asked) is not None
            now[0] += 0.2
            assert kept.find(asked) is None


def _keep(kept: Known, asked: Any, seconds: float) -> None:
    async def send() -> None:
        async def out(message: Any) -> None:
            pass

        tee = kept.keeping(asked, kept.version(), {"method": "GET"}, out, seconds=seconds)
        length = [(b"content-length", b"1")]
        await tee({"type": "http.response.start", "status": 200, "headers": length})
        await tee({"type": "http.response.body", "body": b"x"})

    asyncio.run(send())


def test_wrong_passwords_are_counted_though_the_page_is_public(host: Host) -> None:
    _upload(host)
    answers = [host.ask("GET", PAGE, headers=basic("any", "guess")).status for _ in range(40)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert host.ask("GET", PAGE).status == 200


def test_what_is_kept_has_a_bound(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST_BYTES", 20_000)
    app = create_app(host.store, ServerSettings(base_url=host.url))
    listener = Listener()
    listener.start(lambda: app)
    own = Host(host.store, listener, host.project, host.job)
    _upload(host)
    for number in range(100):
        assert own.ask("GET", f"{PAGE}?n={number}").status == 200
        assert app.kept._size <= 20_000
    assert 1 < len(app.kept._kept) < 20
    own.close()
    listener.close()


def test_each_address_has_its_own_answers_and_all_have_one_bound(host: Host) -> None:
    settings = ServerSettings(base_url=host.url)
    _upload(host)
    addresses = Addresses(settings, lambda changed: create_app(host.store, changed))
    listener = Listener()
    listener.start(lambda: addresses)
    own = Host(host.store, listener, host.project, host.job)
    for _ in range(3):
        for name in ("host.docker.internal", "host.containers.internal:99", "127.0.0.1"):
            page = own.ask("GET", PAGE, headers={"Host": name}).body
            address = host.url if name == "127.0.0.1" else f"http://{name}"
            assert f"{address}/api/v4/projects/1/".encode() in page
    assert len(addresses._default.kept._kept) == 3
    assert all(app.kept is addresses._default.kept for app in addresses._others.values())
    own.close()
    listener.close()


def test_uploads_and_readers_at_once_see_only_whole_pages(tmp_path: Path) -> None:
    fill(tmp_path)
    put(tmp_path, b"first", name="demo-pkg", version="0")
    with Serving("--data", tmp_path) as serving:
        seen: list[list[int]] = []

        def read() -> None:
            seen.append([serving.get(PAGE).data.count(b"#sha256=") for _ in range(60)])

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(1, 20):
            put(tmp_path, str(number).encode(), name="demo-pkg", version=str(number))
            assert serving.get(PAGE).data.count(b"#sha256=") == number + 1
        for reader in readers:
            reader.join()
    # Never fewer than before: nobody is shown an older page again.
    assert all(counts == sorted(counts) for counts in seen)
