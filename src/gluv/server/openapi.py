"""The OpenAPI description of the API, made from its routes: it cannot say anything else than they.

https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterable, Iterator
from typing import Any

from gluv.registry.upload import FIELDS, LONGEST
from gluv.server.access import Accepts
from gluv.server.call import Endpoint
from gluv.server.declared import LARGEST, Param
from gluv.server.routing import Route

_SCHEMES = {
    "privateToken": {"type": "apiKey", "in": "header", "name": "PRIVATE-TOKEN"},
    "jobToken": {"type": "apiKey", "in": "header", "name": "JOB-TOKEN"},
    "deployToken": {"type": "apiKey", "in": "header", "name": "DEPLOY-TOKEN"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
_ACCEPTED: dict[Accepts, tuple[str, ...]] = {
    "user": ("privateToken", "bearer"),
    "job": ("privateToken", "jobToken", "bearer"),
    "packages": ("privateToken", "deployToken", "bearer", "basic"),
}
_REFUSALS = {
    400: "A parameter is wrong.",
    401: "Who are you?",
    403: "You may not.",
    404: "There is no such thing, or you may not know of it.",
    429: "Too many wrong credentials from your address.",
}
_REFUSED_WRITES = {
    409: "It is there already.",
    412: "It was changed since.",
    413: "Too long.",
    415: "The body is of a kind that is not understood.",
    422: "Something is missing.",
}


def describe(routes: Iterable[Route], *, server: str, version: str) -> dict[str, Any]:
    """The description; `server` is the URL that the paths follow."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        endpoint = route.target
        assert isinstance(endpoint, Endpoint)
        paths.setdefault(_path(route), {})[route.method.lower()] = _operation(route, endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The embedded GitLab of gluv",
            "version": version,
            "description": "The part of GitLab's REST API v4 that gluv answers.",
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {"securitySchemes": _SCHEMES},
    }


def _path(route: Route) -> str:
    parts = (f"{{{part[1:]}}}" if part[0] in ":*" else part for part in route.pattern)
    return "/" + "/".join(parts)


def _operation(route: Route, endpoint: Endpoint) -> dict[str, Any]:
    writes = route.method in ("POST", "PUT", "PATCH")
    in_path = [part[1:] for part in route.pattern if part[0] in ":*"]
    params = {param.name: param for param in endpoint.all_params}
    others = [param for name, param in params.items() if name not in in_path]
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()} {_path(route)}",
        "summary": endpoint.says,
        "parameters": [
            *(_in_path(name, params.get(name), _rest(route, name)) for name in in_path),
            *(() if writes else map(_in_query, others)),
        ],
        "responses": dict(_responses(endpoint, writes or route.method == "DELETE")),
        # An empty requirement: what is public is read by everybody.
        "security": [{}, *({name: []} for name in _ACCEPTED[endpoint.accepts])],
    }
    if endpoint.uploads:
        operation["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _upload_schema()}},
        }
    elif writes and others:
        schema = _object(others)
        operation["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "application/x-www-form-urlencoded": {"schema": schema},
            },
        }
    return operation


def _rest(route: Route, name: str) -> bool:
    return f"*{name}" in route.pattern


def _in_path(name: str, param: Param | None, rest: bool) -> dict[str, Any]:
    says = param.says if param is not None else ""
    if name == "id":
        says = "The number, or the full path in URL encoding."
    if rest:
        says = f"{says} It may hold slashes.".strip()
    schema = {"type": "string", "minLength": 1} if param is None else _schema(param)
    return {"name": name, "in": "path", "required": True, "description": says, "schema": schema}


def _in_query(param: Param) -> dict[str, Any]:
    name = f"{param.name}[]" if param.kind == "strings" else param.name
    return {
        "name": name,
        "in": "query",
        "required": param.required,
        "description": param.says,
        "schema": _schema(param),
    }


def _object(params: Iterable[Param]) -> dict[str, Any]:
    listed = list(params)
    return {
        "type": "object",
        "properties": {
            param.name: {**_schema(param), "description": param.says} for param in listed
        },
        "required": [param.name for param in listed if param.required],
    }


def _schema(param: Param) -> dict[str, Any]:
    enum = {"enum": list(param.values)} if param.values else {}
    match param.kind:
        case "string":
            return {"type": "string", **enum}
        case "path":
            return {"type": "string", "minLength": 1}
        case "id":
            return {"type": "integer", "minimum": 1, "maximum": LARGEST}
        case "integer":
            least = {} if param.least is None else {"minimum": param.least}
            return {"type": "integer", **least, "maximum": param.most, **enum}
        case "boolean":
            return {"type": "boolean"}
        case "datetime":
            return {"type": "string", "format": "date-time"}
        case "date":
            return {"type": "string", "format": "date"}
        case "strings":
            return {"type": "array", "items": {"type": "string", **enum}}
        case "object":
            return {
                "type": "object",
                "properties": {
                    name: {"type": "array", "items": _object(fields)}
                    for name, fields in param.fields.items()
                },
            }


def _upload_schema() -> dict[str, Any]:
    texts: dict[str, Any] = {name: {"type": "string"} for name in sorted(FIELDS)}
    for name in ("name", "version"):
        texts[name] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    content = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {
        "type": "object",
        "properties": {**texts, "content": content},
        "required": ["name", "version", "content"],
    }


def _responses(endpoint: Endpoint, writes: bool) -> Iterator[tuple[str, Any]]:
    success: dict[str, Any] = {"description": "Done."}
    if endpoint.status not in (204, 302):
        body = {"type": "array"} if endpoint.paged else {"type": "object"}
        schema = {"schema": body} if endpoint.media == "application/json" else {}
        success["content"] = {endpoint.media: schema}
    yield str(endpoint.status), success
    refusals = {**_REFUSALS, **(_REFUSED_WRITES if writes else {})}
    for status, says in sorted(refusals.items()):
        yield str(status), {"description": says}
