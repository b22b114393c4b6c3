"""Health in GitLab's form, metrics that Prometheus reads, and who may ask."""

import re
import socket
from pathlib import Path

import pytest

from gluv.store import Store
from tests.server.conftest import PAT, Host, basic, upload_form
from tests.server.people import token_of
from tests.server.serving import Serving, fill

PYPI = "/api/v4/projects/1/packages/pypi"
LINE = re.compile(
    r"(?P<name>[a-z_]+)(\{(?P<labels>[a-z_]+=\"(?:[^\"\\]|\\.)*\"(?:,[a-z_]+=\"(?:[^\"\\]|\\.)*\")*)\})?"
    r" (?P<value>[0-9.e+-]+|\+Inf)"
)


def _read(text: str) -> dict[str, float]:
    """The samples by name and labels, after checking the form of every line."""
    found: dict[str, float] = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.removeprefix("# TYPE ").split()
            assert name not in kinds, "a family is in one piece"
            kinds[name] = kind
            continue
        if line.startswith("# HELP "):
            continue
        match = LINE.fullmatch(line)
        assert match is not None, line
        family = re.sub(r"_(bucket|sum|count)$", "", match["name"])
        assert kinds.get(match["name"], kinds.get(family)) is not None, line
        key = line.rpartition(" ")[0]
        assert key not in found
        found[key] = float(match["value"])
    assert text.endswith("\n")
    return found


def test_health_has_gitlabs_form(host: Host) -> None:
    health = host.ask("GET", "/-/health")
    assert (health.status, health.body) == (200, b"GitLab OK")
    assert host.ask("GET", "/-/liveness").json == {"status": "ok"}
    assert host.ask("GET", "/-/readiness").json == {
        "status": "ok",
        "master_check": [{"status": "ok"}],
    }
    assert host.ask("GET", "/-/readiness?all=1").json == {
        "status": "ok",
        "master_check": [{"status": "ok"}],
        "db_check": [{"status": "ok"}],
    }


def test_a_database_that_cannot_be_read_is_not_ready(host: Host) -> None:
    assert host.ask("GET", "/-/readiness?all=1").status == 200
    host.store.close()
    answer = host.ask("GET", "/-/readiness?all=1")
    assert (answer.status, answer.json["status"]) == (503, "failed")
    assert answer.json["db_check"][0]["status"] == "failed"
    assert host.ask("GET", "/-/health").status == 200


def test_strangers_and_proxies_are_not_told(tmp_path: Path) -> None:
    fill(tmp_path)
    with Store.open(tmp_path) as store:
        token = token_of(store, "member", scopes=("read_api",))
    address = _address_of_this_machine()
    options = ("--host", "0.0.0.0", "--name", "gitlab.lan")
    with Serving("--data", tmp_path, *options) as serving:
        for path in ("health", "liveness", "readiness", "metrics"):
            url = f"/-/{path}"
            assert serving.get(url).status == 200
            assert serving.get(url, **{"X-Forwarded-For": "127.0.0.1"}).status == 404
            assert serving.get(url, Via="1.1 nginx").status == 404
            # A proxy that adds nothing but hands on the name that it was asked by.
            assert serving.get(url, Host="gitlab.lan").status == 404
            with_token = {"Authorization": f"Bearer {token}", "Via": "1.1 nginx"}
            assert serving.get(url, **with_token).status == 200
            if address is not None:
                origin = f"http://{address}:{serving.port}"
                import urllib3

                assert urllib3.request("GET", origin + url).status == 404


def _address_of_this_machine() -> str | None:
    """An address of it that is not the loopback, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address


def test_metrics_count_what_happened(host: Host) -> None:
    content = b"w" * 5000
    host.ask("POST", PYPI, headers=basic("any", PAT), form=upload_form(content))
    digest = re.search(
        r"files/([0-9a-f]{64})", host.ask("GET", f"{PYPI}/simple/demo-pkg").body.decode()
    )
    assert digest is not None
    file = f"{PYPI}/files/{digest[1]}/demo_pkg-1.0-py3-none-any.whl"
    for _ in range(3):
        assert host.ask("GET", file).status == 200
    host.ask("GET", f"{PYPI}/simple/none")
    host.ask("BREW", "/pot")
    answer = host.ask("GET", "/-/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = _read(answer.body.decode())
    simple = "/api/v4/projects/:id/packages/pypi/simple/*package_name"
    files = "/api/v4/projects/:id/packages/pypi/files/:sha256/*file_identifier"
    upload = "/api/v4/projects/:id/packages/pypi"
    for method, route, status, count in (
        ("POST", upload, 201, 1),
        ("GET", simple, 200, 1),
        ("GET", simple, 404, 1),
        ("GET", files, 200, 3),
        ("other", "", 400, 1),
    ):
        labels = f'method="{method}",route="{route}",status="{status}"'
        assert found[f"http_requests_total{{{labels}}}"] == count, labels
    assert found[f'http_response_body_bytes_total{{route="{files}"}}'] == 15_000
    assert found[f'http_request_body_bytes_total{{route="{upload}"}}'] > 5000
    timed = f'method="GET",route="{files}"'
    assert found[f"http_request_duration_seconds_count{{{timed}}}"] == 3
    assert found[f'http_request_duration_seconds_bucket{{{timed},le="+Inf"}}'] == 3
    buckets = [
        value
        for key, value in found.items()
        if key.startswith("http_request_duration_seconds_bucket{" + timed)
    ]
    assert buckets == sorted(buckets)
    assert (found["gluv_packages"], found["gluv_package_files"]) == (1, 1)
    assert found["gluv_storage_bytes"] == 5000
    assert found["gluv_database_bytes"] > 0
    assert found["process_cpu_seconds_total"] > 0


def test_nothing_a_client_sends_becomes_a_label(host: Host) -> None:
    for number in range(30):
        host.ask("GET", f"{PYPI}/simple/secret{number}?private_token=glpat-x{number}")
        host.ask("GET", f"/nobody/secret{number}")
        host.ask("GET", f"/api/v4/secret{number}")
        host.ask(f"VERB{number}", "/")
    text = host.ask("GET", "/-/metrics").body.decode()
    assert "secret" not in text
    assert "glpat" not in text
    assert "VERB" not in text
    assert len([line for line in text.splitlines() if line.startswith("http_requests_total")]) < 12


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_health_is_only_read(host: Host, method: str) -> None:
    assert host.ask(method, "/-/health").status == 405
