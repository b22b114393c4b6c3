"""Answers in GitLab's words: JSON bodies, refusals, redirects."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

_STATUS = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    507: "Insufficient Storage",
}


class Refused(Exception):
    """The request ends here with this answer."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The refusal as a response."""
        return json_answer(self.body, self.status, self.headers)


def refused(status: int, reason: str = "") -> Refused:
    """A refusal as GitLab's application answers: `{"message": "<code> <text>[ - <reason>]"}`."""
    text = f"{status} {_STATUS[status]}" + (f" - {reason}" if reason else "")
    return Refused(status, {"message": text})


def said(status: int, message: str | list[str]) -> Refused:
    """A refusal whose message is a sentence of its own, or several."""
    return Refused(status, {"message": message})


def not_found(what: str = "") -> Refused:
    """404 for a kind of thing: `404 Package Not Found`."""
    return Refused(404, {"message": f"404 {what} Not Found" if what else "404 Not Found"})


def no_record() -> Refused:
    """404 where GitLab's database has no row; spelt in another way than every other."""
    return Refused(404, {"message": "404 Not found"})


def unauthorized(*, packages: bool = False) -> Refused:
    """401; package routes also name the realm, which makes pip and uv look for credentials."""
    realm = {"WWW-Authenticate": 'Basic realm="GitLab Packages Registry"'} if packages else None
    return Refused(401, {"message": "401 Unauthorized"}, realm)


def retry_later() -> Refused:
    """429 after too many wrong credentials."""
    return Refused(429, {"message": "Retry later"}, {"Retry-After": "60"})


def parameter_error(text: str) -> Refused:
    """400 of the parameter layer: `{"error": "name is missing"}`."""
    return Refused(400, {"error": text})


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(
        msgspec.json.encode(body), status, dict(headers or {}), media_type="application/json"
    )


def redirect(location: str, request: Request) -> Response:
    """302 in plain text, as Grape answers; 303 to a HEAD of HTTP/1.1."""
    if request.method != "GET" and request.scope.get("http_version") == "1.1":
        status, text = 303, f"An alternate resource is located at {location}."
    else:
        status, text = 302, f"This resource has been moved temporarily to {location}."
    return Response(text, status, {"Location": location}, media_type="text/plain")


def timestamp(seconds: float) -> str:
    """A time as GitLab writes it: ISO 8601 UTC with milliseconds."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
