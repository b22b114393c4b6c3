"""The parameters of an API request: query and body, whatever form they come in."""

from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from python_multipart.exceptions import FormParserError
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from gluv.server.answers import Refused, parameter_error, refused

MAX_BODY = 2 * 1024 * 1024
"""Longest body of an API call that is not an upload, in bytes. It is held in memory."""


async def read_params(request: Request) -> dict[str, Any]:
    """Query and body as one mapping, the body winning. Raises `Refused`."""
    params = nested(list(request.query_params.multi_items()))
    if request.method not in ("GET", "HEAD"):
        params.update(await _read_body(request))
    return params


async def _read_body(request: Request) -> dict[str, Any]:
    if declared_length(request) > MAX_BODY:
        raise refused(413)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise refused(413)
    if not body.strip():
        return {}
    match request.headers.get("content-type", "").partition(";")[0].strip().lower():
        case "application/json":
            return _read_json(bytes(body))
        case "application/x-www-form-urlencoded":
            text = body.decode("utf-8", "replace")
            return nested(parse_qsl(text, keep_blank_values=True))
        case "multipart/form-data":
            return await _read_form(request, bytes(body))
        case kind:
            text = f"The provided content-type '{kind}' is not supported."
            raise Refused(415, {"error": text})


def declared_length(request: Request) -> int:
    """What a request says of the length of its body, in bytes; 0 where it says nothing."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise parameter_error("Problem while parsing request body") from None
    if not isinstance(decoded, dict):
        raise parameter_error("The request body is not a JSON object")
    return decoded


async def _read_form(request: Request, body: bytes) -> dict[str, Any]:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(request.headers, whole(), max_files=20, max_part_size=MAX_BODY)
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError) as error:
        raise parameter_error(f"the form cannot be read: {error}") from error
    try:
        return nested([(key, one) for key, one in form.multi_items() if isinstance(one, str)])
    finally:
        await form.close()


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Form fields with Rack's brackets: `assets[links][][name]=x` begins a list of mappings.

    A list element is complete when one of its keys comes again, as in Rack.
    """
    params: dict[str, Any] = {}
    for name, value in pairs:
        head, *keys = name.replace("]", "").split("[")
        if len(keys) > 32 or not _place(params, [head, *keys], value):
            raise parameter_error(f"expected Hash or Array for param `{head}'")
    return params


def _place(into: dict[str, Any], keys: list[str], value: str) -> bool:
    key, *rest = keys
    if not rest:
        into[key] = value
        return True
    if rest[0] != "":
        inner = into.setdefault(key, {})
        return isinstance(inner, dict) and _place(inner, rest, value)
    elements = into.setdefault(key, [])
    if not isinstance(elements, list):
        return False
    if len(rest) == 1:
        elements.append(value)
        return True
    last = elements[-1] if elements else None
    if not isinstance(last, dict) or rest[1] in last:
        elements.append({})
    return _place(elements[-1], rest[1:], value)
