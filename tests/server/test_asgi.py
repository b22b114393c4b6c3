"""The app answers without a socket, and under a server that hands on no raw path."""

import asyncio
from pathlib import Path
from typing import Any

from gluv.cli.gitlab import app_maker
from gluv.server import ServerSettings, create_app
from gluv.settings import Settings
from gluv.store import Store
from tests.server.conftest import populate


def _ask(app: Any, path: str, *headers: tuple[bytes, bytes]) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": list(headers),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
    }
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body


def test_the_app_needs_no_socket(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        settings = ServerSettings(base_url="http://gitlab.test")
        populate(store, "g/p")
        app = create_app(store, settings)
        assert _ask(app, "/api/v4/projects/1/releases") == (200, b"[]")
        assert _ask(app, "/api/v4/projects/1/repository/tags/100%")[0] == 404
        assert _ask(app, "/g/p")[0] == 200


def test_settings_of_the_project_reach_the_server(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        populate(store, "g/p")
        settings = Settings(json_index=True, forwarding="off")
        app = app_maker(store, settings, "http://gitlab.test", {})()
        accept = (b"accept", b"application/vnd.pypi.simple.v1+json")
        path = "/api/v4/projects/1/packages/pypi/simple"
        assert _ask(app, path, accept) == (200, b'{"meta":{"api-version":"1.0"},"projects":[]}')
        assert _ask(app, f"{path}/requests")[0] == 404


def test_a_fault_is_an_answer(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        settings = ServerSettings(base_url="http://gitlab.test")
        populate(store, "g/p")
        app = create_app(store, settings)
        store.close()
        status, body = _ask(app, "/api/v4/projects/1/releases")
        assert status == 500
        assert b"500 Internal Server Error" in body
