"""The embedded GitLab as one ASGI app: assembly only."""

import logging
import time
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gluv.errors import StoreUnavailable
from gluv.server import packages
from gluv.server.access import Recognition
from gluv.server.admit import admitted
from gluv.server.all_routes import API
from gluv.server.answers import Refused, json_answer, refused
from gluv.server.attempts import Attempts
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.door import Door
from gluv.server.freshness import with_etag
from gluv.server.hosts import is_trusted
from gluv.server.notices import Reporter
from gluv.server.pages import routes as pages
from gluv.server.pages.memory import Memory
from gluv.server.params import declared_length, read_params
from gluv.server.routing import Routes, WrongMethod, is_malformed, raw_path
from gluv.server.settings import ServerSettings
from gluv.server.upload import LONGEST_BODY, receive_upload
from gluv.store import Store


def create_app(store: Store, settings: ServerSettings) -> Starlette:
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
    app = Starlette()
    app.router.redirect_slashes = False
    app.router.default = _Dispatch(gitlab)
    app.state.gitlab = gitlab
    return app


_log = logging.getLogger("gluv.server")


class _Dispatch:
    """Every request: find the route on the raw path, know the caller, answer in a thread."""

    def __init__(self, gitlab: Gitlab) -> None:
        self._gitlab = gitlab
        self._routes = Routes(
            (
                *API,
                *pages.ROUTES,
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
            text = f"500 Internal Server Error - {error.message}; {error.hint}"
            response = json_answer({"message": text}, 500)
        except ClientDisconnect:
            return
        except Exception as error:
            # A fault of gluv: the client gets an answer, the log one line and not a page.
            _log.error("%s %s: %r", request.method, request.url.path, error)
            _log.debug("the traceback", exc_info=True)
            response = json_answer({"message": "500 Internal Server Error"}, 500)
        # A client that is refused early still sends its body, and would see a broken connection
        # instead of the reason if nobody took it.
        if not await _drain(request):
            response.headers["Connection"] = "close"
        if request.url.path.startswith("/api/"):
            response = with_etag(request, response)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not is_trusted(request.headers, request.method, self._gitlab.settings.hosts):
            raise refused(403, "this server does not answer to that name; see `gluv serve --help`")
        wire_path = raw_path(request.scope)
        is_api = wire_path.startswith(b"/api/")
        # A page may be of a file whose name is no text; what is no name at all it does not find.
        if is_api and is_malformed(request.scope):
            raise refused(400)
        found = self._routes.find(request.method, wire_path)
        if found is None:
            if is_api:
                return json_answer({"error": "404 Not Found"}, 404)
            return pages.not_found_page(self._gitlab, request)
        endpoint, path = found
        if endpoint is packages.UPLOAD:
            return await receive_upload(self._gitlab, request, path)
        params = await read_params(request)
        return await run_in_threadpool(self._run, endpoint, request, path, params)

    def _run(
        self, endpoint: Endpoint, request: Request, path: dict[str, str], params: dict[str, Any]
    ) -> Response:
        call = Call(
            gitlab=self._gitlab,
            request=request,
            path=path,
            params=params,
            caller=self._gitlab.recognition.identify(
                request.headers, params, endpoint.accepts, client_address(request)
            ),
        )
        return endpoint.answer(admitted(call, endpoint))


def client_address(request: Request) -> str:
    """Where a request comes from, empty where the server does not tell."""
    return request.client.host if request.client is not None else ""


def _not_allowed(request: Request, allowed: str) -> Response:
    headers = {"Allow": allowed}
    if request.method == "OPTIONS":
        return Response(None, 204, headers)
    return json_answer({"error": "405 Not Allowed"}, 405, headers)


async def _drain(request: Request) -> bool:
    """Take what a client still sends, if it is not more than it may; whether it is all of it."""
    if declared_length(request) > LONGEST_BODY:
        return False
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LONGEST_BODY:
                return False
    except (RuntimeError, ClientDisconnect):
        # Read already, or gone.
        pass
    return True
