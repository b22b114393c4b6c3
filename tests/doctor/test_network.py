"""The index, the token, the project, the forwarding: each state, and no secret in any."""

import socket
from datetime import date

import msgspec
import pytest
from urllib3.exceptions import HTTPError

from gluv.doctor.finding import Finding
from gluv.doctor.network import Remote, look_at_network
from gluv.release.connection import open_pool, reason_of
from tests.doctor.conftest import Site

TOKEN = "glpat-abcdefghijklmnop"
TODAY = date(2026, 11, 23)
PROJECT = "/api/v4/projects/birds%2Fparrot"
SELF = "/api/v4/personal_access_tokens/self"


def look(
    site: Site, environ: dict[str, str], *, index: str | None = None, remote: bool = True
) -> dict[str, Finding]:
    found = look_at_network(
        {"no_proxy": "*", **environ},
        index or f"{site.url}/simple",
        Remote(server=site.url, path="birds/parrot") if remote else None,
        today=TODAY,
    )
    by_name = {finding.name: finding for finding in found}
    assert TOKEN not in str(by_name)
    return by_name


@pytest.fixture
def healthy(site: Site) -> Site:
    site.answer("/simple/uv/")
    site.answer(PROJECT)
    good = {"scopes": ["api"], "expires_at": "2027-06-01", "active": True}
    site.answer(SELF, body=msgspec.json.encode(good).decode())
    return site


def test_all_is_well(healthy: Site) -> None:
    found = look(healthy, {"GITLAB_TOKEN": TOKEN})
    assert {name: finding.state for name, finding in found.items()} == dict.fromkeys(
        ("index", "GitLab", "token", "project", "forwarding"), "ok"
    )
    assert "until 2027-06-01" in found["token"].said
    sent = [headers.get("private-token") for _, headers in healthy.asked]
    assert sent == [None, TOKEN, TOKEN, TOKEN]  # never to the index


def test_without_a_token_nothing_is_wrong(healthy: Site) -> None:
    found = look(healthy, {})
    assert found["token"].state == "note"
    assert "export GITLAB_TOKEN" in found["token"].mend
    assert all("private-token" not in headers for _, headers in healthy.asked)


@pytest.mark.parametrize(
    ("status", "body", "state", "said"),
    [
        (401, "{}", "wrong", "refused"),
        (200, '{"scopes": ["read_api"]}', "wrong", "scopes read_api"),
        (200, '{"scopes": ["api"], "expires_at": "2026-11-30"}', "note", "7 days"),
        (200, '{"scopes": ["api"], "expires_at": null}', "ok", "good (api)"),
    ],
)
def test_token(healthy: Site, status: int, body: str, state: str, said: str) -> None:
    healthy.answer(SELF, status, body)
    token = look(healthy, {"GITLAB_TOKEN": TOKEN})["token"]
    assert (token.state, said in token.said) == (state, True)
    assert (state == "ok") != bool(token.mend)


def test_forwarding_is_seen(healthy: Site) -> None:
    place = "https://index.example.com/simple/pip/"
    healthy.answer(f"{PROJECT}/packages/pypi/simple/pip", 302, "", Location=place)
    found = look(healthy, {})
    assert found["forwarding"].state == "note"
    assert "explicit = true" in found["forwarding"].mend
    assert not any(path.startswith("/simple/pip") for path, _ in healthy.asked)


@pytest.mark.parametrize(("token", "state"), [(TOKEN, "wrong"), ("", "note")])
def test_project_that_cannot_be_seen(healthy: Site, token: str, state: str) -> None:
    healthy.answer(PROJECT, 404)
    found = look(healthy, {"GITLAB_TOKEN": token})
    assert found["project"].state == state
    assert "forwarding" not in found


def test_project_that_moved(healthy: Site) -> None:
    healthy.answer(PROJECT, 301, "", Location="/api/v4/projects/7?private_token=" + TOKEN)
    assert look(healthy, {"GITLAB_TOKEN": TOKEN})["project"].state == "wrong"


@pytest.mark.parametrize(
    ("status", "said"), [(401, "refuses"), (503, "HTTP 503"), (404, "no package uv")]
)
def test_index_that_is_not_well(healthy: Site, status: int, said: str) -> None:
    healthy.answer("/simple/uv/", status)
    index = f"http://me:{TOKEN}@{healthy.host}/simple?key={TOKEN}"
    found = look(healthy, {}, index=index, remote=False)
    assert found["index"].state == "wrong"
    assert said in found["index"].said
    assert "authorization" in healthy.asked[0][1]


def test_nobody_answers(site: Site) -> None:
    closed = Site()
    closed.close()
    index = f"http://me:{TOKEN}@{closed.host}/simple"
    found = {
        each.name: each
        for each in look_at_network(
            {"no_proxy": "*", "GITLAB_TOKEN": TOKEN},
            index,
            Remote(server=closed.url, path="a/b"),
            today=TODAY,
        )
    }
    assert found["index"].state == found["GitLab"].state == "wrong"
    assert "refused" in found["index"].said
    assert TOKEN not in str(found)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_is_not_there_is_told_without_objects(scheme: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        url = f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(HTTPError) as caught:
            open_pool(url, {}).request("GET", url)
    assert reason_of(caught.value).startswith("Failed to establish a new connection: [Errno ")
