"""A small client of GitLab's API, any GitLab's: JSON in, JSON out, errors by type."""

from typing import Any
from urllib.parse import quote

import msgspec
import urllib3

from gluv.release.connection import reason_of

TIMEOUT = 60.0  # seconds a single answer may take


class ApiError(Exception):
    """GitLab could not be asked, or said no."""


class Unreachable(ApiError):
    """Nothing answered at that address."""


class Answered(ApiError):
    """GitLab answered with an error; `status`, its own words, and its `Retry-After` header."""

    def __init__(
        self, method: str, url: str, status: int, said: str, retry_after: str = ""
    ) -> None:
        super().__init__(f"{method} {url}: {status} {said}")
        self.method = method
        self.url = url
        self.status = status
        self.said = said
        self.retry_after = retry_after


class Unauthorized(Answered):
    """401: the credentials are missing, wrong or expired."""


class Forbidden(Answered):
    """403: these credentials may not do this."""


class Missing(Answered):
    """404: no such thing, or not for these credentials."""


class Conflict(Answered):
    """409: it exists already."""


_BY_STATUS: dict[int, type[Answered]] = {
    401: Unauthorized,
    403: Forbidden,
    404: Missing,
    409: Conflict,
}


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """How to say who asks: a job token, or an access token; nobody if both are empty."""

    job_token: str = ""
    private_token: str = ""

    def headers(self) -> dict[str, str]:
        """The header of these credentials; a job token wins, as in glab."""
        if self.job_token:
            return {"JOB-TOKEN": self.job_token}
        return {"PRIVATE-TOKEN": self.private_token} if self.private_token else {}

    def basic(self) -> dict[str, str]:
        """The same for package routes, which take job tokens in HTTP Basic only."""
        if self.job_token:
            return dict(urllib3.make_headers(basic_auth=f"gitlab-ci-token:{self.job_token}"))
        if self.private_token:
            return dict(urllib3.make_headers(basic_auth=f"__token__:{self.private_token}"))
        return {}


class GitlabApi:
    """GitLab's REST API v4 below a server's URL (without a trailing slash)."""

    def __init__(
        self, server_url: str, credentials: Credentials, pool: urllib3.PoolManager | None = None
    ) -> None:
        self._base = f"{server_url.rstrip('/')}/api/v4"
        self._headers = {"Accept": "application/json", **credentials.headers()}
        self._pool = pool or urllib3.PoolManager(
            retries=urllib3.Retry(connect=2, read=False, redirect=0, status=0, other=0),
            timeout=urllib3.Timeout(total=TIMEOUT),
        )

    def get(self, path: str) -> Any:
        """GET a path of encoded segments. Raises `ApiError`."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any) -> Any:
        """POST JSON. Raises `ApiError`."""
        return self.ask("POST", path, body)

    def put(self, path: str, body: Any) -> Any:
        """PUT JSON. Raises `ApiError`."""
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> Any:
        """DELETE a path. Raises `ApiError`."""
        return self.ask("DELETE", path)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and decode the JSON of its answer. Raises `ApiError`."""
        url = f"{self._base}/{path}"
        headers, data = dict(self._headers), None
        if body is not None:
            data, headers["Content-Type"] = msgspec.json.encode(body), "application/json"
        try:
            response = self._pool.request(method, url, body=data, headers=headers, redirect=False)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unreachable(f"{method} {url}: {reason_of(error)}") from error
        if not 200 <= response.status < 300:
            raise answered(method, url, response)
        try:
            return msgspec.json.decode(response.data) if response.data else None
        except msgspec.DecodeError as error:
            raise Answered(method, url, response.status, "the answer is not JSON") from error

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


def answered(method: str, url: str, response: urllib3.BaseHTTPResponse) -> Answered:
    """The error of an answer that is not a success, with what its body says."""
    kind = _BY_STATUS.get(response.status, Answered)
    again = response.headers.get("Retry-After", "")
    return kind(method, url, response.status, _words(response.data), again)


def encode(segment: str) -> str:
    """A project path or tag as one segment of a path; dots too, as Go clients write them."""
    return quote(segment, safe="").replace(".", "%2E")


def _words(body: bytes) -> str:
    """What an error body says, as client-go prints it: `{message: 404 Not Found}`."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body[:500].decode("utf-8", "replace").strip()
    return _flat(decoded)


def _flat(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{{{key}: {_flat(inner)}}}" for key, inner in value.items())
        case list():
            return "[" + ", ".join(_flat(inner) for inner in value) + "]"
        case _:
            return str(value)
