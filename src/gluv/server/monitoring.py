"""How the server is: https://docs.gitlab.com/administration/monitoring/health_check/, and metrics.

As on GitLab, whoever may not ask is answered with 404. Asking may this machine, unless the question
came through a proxy, and everybody with an access token (GitLab: an allowlist of addresses).
"""

import time
from typing import Any

from starlette.responses import Response

from gluv.errors import StoreUnavailable
from gluv.server.answers import json_answer, not_found
from gluv.server.call import Call, Endpoint
from gluv.server.metrics import CONTENT_TYPE, render_metrics
from gluv.server.routing import route
from gluv.server.sockets import is_loopback

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers that proxies add."""


def _admit(call: Call) -> None:
    request = call.request
    direct = not any(name in request.headers for name in FORWARDED)
    # Without an address it is no socket but a caller in this process.
    peer = request.client.host if request.client is not None else "localhost"
    if direct and is_loopback(peer) and is_loopback(request.url.hostname or "localhost"):
        return
    if call.caller.user is None:
        raise not_found()


def _health(call: Call) -> Response:
    _admit(call)
    return Response("GitLab OK", media_type="text/plain")


def _liveness(call: Call) -> Response:
    _admit(call)
    return json_answer({"status": "ok"})


def _readiness(call: Call) -> Response:
    _admit(call)
    is_closing = call.request.scope.get("gluv.is_closing", lambda: False)
    checks: dict[str, str] = {"master_check": "the server is stopping" if is_closing() else ""}
    if call.params.get("all") == "1":
        try:
            call.gitlab.store.sizes()
            checks["db_check"] = ""
        except StoreUnavailable as error:
            checks["db_check"] = error.message
    failed = any(checks.values())
    body: dict[str, Any] = {"status": "failed" if failed else "ok"}
    for name, wrong in checks.items():
        body[name] = [{"status": "failed", "message": wrong} if wrong else {"status": "ok"}]
    return json_answer(body, 503 if failed else 200)


def _metrics(call: Call) -> Response:
    _admit(call)
    traffic = call.request.scope.get("gluv.traffic")
    text = render_metrics(traffic, call.gitlab.store.sizes(), now=time.time())
    return Response(text, headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})


ROUTES = tuple(
    route(f"GET -/{name}", Endpoint(answer=answer, accepts="user", scope="instance"))
    for name, answer in (
        ("health", _health),
        ("liveness", _liveness),
        ("readiness", _readiness),
        ("metrics", _metrics),
    )
)
