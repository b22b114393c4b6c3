"""The socket is there at once, the server only when somebody comes."""

import subprocess
import sys
import threading

import pytest
import urllib3
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gluv.errors import ServerUnavailable
from gluv.server.listen import Listener


def _app() -> Starlette:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    return Starlette(routes=[Route("/", answer)])


def test_nothing_is_made_until_somebody_connects() -> None:
    made = threading.Event()

    def make() -> Starlette:
        made.set()
        return _app()

    listener = Listener()
    listener.start(make)
    assert not made.is_set()
    assert urllib3.request("GET", listener.url).data == b"here"
    assert made.is_set()
    listener.close()
    listener.close()
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", listener.url, retries=False)


def test_a_server_nobody_asked_closes_at_once() -> None:
    listener = Listener()
    listener.start(_app)
    listener.close()
    assert listener.failure is None


def test_a_port_in_use_is_told_with_a_next_step() -> None:
    first = Listener()
    with pytest.raises(ServerUnavailable) as caught:
        Listener("127.0.0.1", first.port)
    assert str(first.port) in caught.value.message
    assert "choose another" in caught.value.hint
    first.close()


def test_an_app_that_cannot_be_made_does_not_leave_clients_waiting() -> None:
    def make() -> Starlette:
        raise RuntimeError("no")

    listener = Listener()
    listener.start(make)
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", listener.url, retries=False, timeout=10)
    listener.close()
    assert isinstance(listener.failure, RuntimeError)


def test_serving_forever_ends_with_close() -> None:
    listener = Listener()
    thread = threading.Thread(target=listener.serve_forever, args=(_app,))
    thread.start()
    assert urllib3.request("GET", listener.url).data == b"here"
    listener.close()
    thread.join(10)
    assert not thread.is_alive()


def test_the_listener_loads_no_web_framework() -> None:
    code = (
        "import sys, gluv.server; gluv.server.Listener().close();"
        "print([name for name in ('httptools', 'starlette', 'jinja2', 'sqlite3', 'asyncio')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
