"""The OpenAPI description says what the routes are, all of them."""

from typing import Any

import pytest

from gluv.server.all_routes import API
from gluv.server.call import Endpoint
from gluv.server.openapi import describe
from gluv.server.routing import Route
from tests.server.conftest import Host, Launcher


@pytest.fixture(scope="module")
def described() -> Any:
    return describe(API, server="http://127.0.0.1:1", version="1")


def operation(described: Any, route: Route) -> Any:
    path = "/" + "/".join(f"{{{p[1:]}}}" if p[0] in ":*" else p for p in route.pattern)
    return described["paths"][path][route.method.lower()]


@pytest.mark.parametrize(
    "route", API, ids=lambda route: f"{route.method} {'/'.join(route.pattern)}"
)
def test_every_route_is_described(described: Any, route: Route) -> None:
    endpoint: Endpoint = route.target
    found = operation(described, route)
    assert found["summary"].endswith(".")
    assert str(endpoint.status) in found["responses"]
    in_path = {part[1:] for part in route.pattern if part[0] in ":*"}
    listed = {one["name"].removesuffix("[]") for one in found["parameters"]}
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {})
    listed |= set(body.get("schema", {}).get("properties", {}))
    assert listed == in_path | {param.name for param in endpoint.all_params}
    # What is in the path is there for somebody: no parameter of it is declared in vain.
    assert {one["name"] for one in found["parameters"] if one["in"] == "path"} == in_path


def test_operations_have_names_of_their_own(described: Any) -> None:
    names = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(names) == len(set(names)) == len(API)


def test_no_two_routes_are_the_same() -> None:
    keys = [(route.method, route.pattern) for route in API]
    assert len(keys) == len(set(keys))


def test_it_is_served_to_everybody(launch: Launcher) -> None:
    host: Host = launch(visibility="private")
    answer = host.ask("GET", "/api/v4/openapi.json")
    assert answer.status == 200
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json["servers"] == [{"url": host.url}]
    upload = answer.json["paths"]["/api/v4/projects/{id}/packages/pypi"]["post"]
    assert list(upload["requestBody"]["content"]) == ["multipart/form-data"]
