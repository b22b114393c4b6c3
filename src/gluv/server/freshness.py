"""What caches may do with answers of the API: keep them, and ask each time whether they hold.

GitLab (Rack::ETag, Rack::ConditionalGet) sends the same headers.
"""

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from gluv.server.conditions import names


def with_etag(request: Request, response: Response) -> Response:
    """The answer with an entity tag of its body; 304 to whoever has that body already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        return response
    body = getattr(response, "body", b"")
    if "etag" in response.headers or not body:
        return response
    etag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    response.headers["ETag"] = etag
    response.headers.setdefault("Cache-Control", "max-age=0, private, must-revalidate")
    known = request.headers.get("if-none-match")
    if known is None or not names(known, etag):
        return response
    kept = ("etag", "cache-control", "vary", "link")
    return Response(
        None, 304, {key: value for key, value in response.headers.items() if key in kept}
    )
