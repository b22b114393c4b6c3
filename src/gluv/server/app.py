"""The embedded GitLab as one ASGI app: assembly only."""

import logging
import math
import time
from contextlib import suppress
from functools import cached_property
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gluv.errors import StoreFull, StoreUnavailable
from gluv.server import packages
from gluv.server.access import Recognition, has_credential
from gluv.server.admit import admitted
from gluv.server.answers import Refused, json_answer, refused
from gluv.server.attempts import Attempts
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.door import Door
from gluv.server.freshness import with_etag
from gluv.server.hosts import is_foreign_write, is_our_name
from gluv.server.known import Headers, Kept, Known, question
from gluv.server.notices import Reporter
from gluv.server.pages.memory import Memory
from gluv.server.params import declared_length, read_params
from gluv.server.routing import Routes, WrongMethod, is_malformed, raw_path
from gluv.server.settings import ServerSettings
from gluv.server.threads import in_thread
from gluv.server.upload import LONGEST_BODY, receive_upload
from gluv.store import Store


def create_app(store: Store, settings: ServerSettings) -> "App":
    """The ASGI app of a store; it needs no socket and holds no state that matters."""
    reporter = Reporter(store)
    gitlab = Gitlab(
        store=store,
        settings=settings,
        recognition=Recognition(store, Attempts(time.monotonic)),
        door=Door(
            store,
            tokens_only=settings.tokens_only,
            on_unauthenticated_read=reporter.unauthenticated_read,
        ),
        reporter=reporter,
        memory=Memory(),
    )
    store.releases.remember_address(settings.base_url)
    # What is wrong with a form is told to who sent it, and is no news here.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    return App(gitlab)


_log = logging.getLogger("gluv.server")


class App:
    """Every request: find the route on the raw path, know the caller, answer in a thread."""

    def __init__(self, gitlab: Gitlab) -> None:
        self._gitlab = gitlab
        self.kept = Known(gitlab.store.changes)
        self._registry = Routes(packages.ROUTES)

    # What is rarely asked for is loaded when it is: the first answer must not wait for it.

    @cached_property
    def _api(self) -> Routes:
        from gluv.server.all_routes import API

        return Routes(API)

    @cached_property
    def _pages(self) -> Routes:
        from gluv.server import monitoring
        from gluv.server.pages import routes

        return Routes((*monitoring.ROUTES, *routes.ROUTES))

    def _find(self, method: str, path: bytes) -> tuple[Any, dict[str, str], str] | None:
        """The route of a request. Raises `WrongMethod`."""
        if not path.startswith(b"/api/"):
            return self._pages.find(method, path)
        with suppress(WrongMethod):
            if (found := self._registry.find(method, path)) is not None:
                return found
        return self._api.find(method, path)

    def known(
        self, method: str, target: bytes, headers: Headers, server: tuple[str, int] | None
    ) -> Kept | None:
        """The answer to a request, if it is known already."""
        asked = question(method, target, headers, server)
        return None if asked is None else self.kept.find(asked)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Refused as refusal:
            response = refusal.response()
        except WrongMethod as wrong:
            response = _not_allowed(request, wrong.allowed)
        except StoreUnavailable as error:
            _log.error("%s", f"{error.message}; {error.hint}")
            status = 507 if isinstance(error, StoreFull) else 500
            # Strangers do not learn where things are on this machine.
            told = "" if self._gitlab.settings.tokens_only else f"{error.message}; {error.hint}"
            response = refused(status, told).response()
        except ClientDisconnect:
            return
        except Exception as error:
            # A fault of gluv: the client gets an answer, the log one line and not a page.
            _log.error("%s %s: %r", request.method, request.url.path, error)
            _log.debug("the traceback", exc_info=True)
            response = json_answer({"message": "500 Internal Server Error"}, 500)
        if declared_length(request) > LONGEST_BODY:
            # Nobody waits for it.
            response.headers["Connection"] = "close"
        if request.url.path.startswith("/api/"):
            response = with_etag(request, response)
        await response(scope, receive, self._keeping(scope, send))

    def _keeping(self, scope: Scope, send: Send) -> Send:
        """What sends the answer, and keeps it where nothing but the store can change it."""
        if "gluv.good_for" not in scope:
            return send
        asked = question(
            scope["method"],
            raw_path(scope) + (b"?" + scope["query_string"] if scope["query_string"] else b""),
            scope["headers"],
            scope.get("server"),
        )
        if asked is None:
            return send
        version, seconds = scope["gluv.version"], scope["gluv.good_for"]
        return self.kept.keeping(asked, version, dict(scope), send, seconds=seconds)

    async def _answer(self, request: Request) -> Response:
        if not is_our_name(request.headers, self._gitlab.settings.hosts):
            raise refused(403, "this server does not answer to that name; see `gluv serve --help`")
        if is_foreign_write(request.headers, request.method):
            raise refused(403, "the Origin is not this server: no other page may change anything")
        wire_path = raw_path(request.scope)
        is_api = wire_path.startswith(b"/api/")
        # A page may be of a file whose name is no text; what is no name at all it does not find.
        if is_api and is_malformed(request.scope):
            raise refused(400)
        found = self._find(request.method, wire_path)
        if found is None:
            if is_api:
                return json_answer({"error": "404 Not Found"}, 404)
            from gluv.server.pages.routes import not_found_page

            return not_found_page(self._gitlab, request)
        endpoint, path, request.scope["gluv.route"] = found
        if endpoint is packages.UPLOAD:
            return await receive_upload(self._gitlab, request, path)
        if endpoint.kept:
            # Asked before anything is read: an answer is never taken for a newer one than it is.
            request.scope["gluv.version"] = self.kept.version()
        params = await read_params(request)
        return await in_thread(self._run, endpoint, request, path, params)

    def _run(
        self, endpoint: Endpoint, request: Request, path: dict[str, str], params: dict[str, Any]
    ) -> Response:
        try:
            return self._answer_to(endpoint, request, path, params)
        except Refused as refusal:
            if request.url.path.startswith("/api/") or not _shows_pages(request):
                raise
            from gluv.server.pages.routes import refused_page

            return refused_page(self._gitlab, request, refusal)

    def _answer_to(
        self, endpoint: Endpoint, request: Request, path: dict[str, str], params: dict[str, Any]
    ) -> Response:
        caller = self._gitlab.recognition.identify(
            request.headers, params, endpoint.accepts, client_address(request)
        )
        request.scope["gluv.who"] = caller.name
        call = Call(gitlab=self._gitlab, request=request, path=path, params=params, caller=caller)
        answer = endpoint.answer(admitted(call, endpoint))
        if endpoint.kept and not (caller.anonymous and has_credential(request.headers, params)):
            # Whoever guesses credentials has to be counted each time.
            ends = caller.token.expires_at if caller.token is not None else None
            left = math.inf if ends is None else ends - self._gitlab.store.now()
            request.scope["gluv.good_for"] = left
        return answer


def _shows_pages(request: Request) -> bool:
    """Whether a person will look at the answer."""
    return "text/html" in request.headers.get("accept", "")


def client_address(request: Request) -> str:
    """Where a request comes from, empty where the server does not tell."""
    return request.client.host if request.client is not None else ""


def _not_allowed(request: Request, allowed: str) -> Response:
    headers = {"Allow": allowed}
    if request.method == "OPTIONS":
        return Response(None, 204, headers)
    return json_answer({"error": "405 Not Allowed"}, 405, headers)
