"""The embedded GitLab as one ASGI app: assembly only."""

import logging
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gluv.errors import StoreUnavailable
from gluv.server import api, packages, releases, web
from gluv.server.access import Door
from gluv.server.answers import Refused, json_answer, not_found
from gluv.server.call import Call, Endpoint, Gitlab
from gluv.server.params import read_params
from gluv.server.repository import Repository
from gluv.server.routing import Routes, WrongMethod, raw_path
from gluv.server.settings import ServerSettings
from gluv.server.upload import receive_upload
from gluv.store import Store


def create_app(store: Store, settings: ServerSettings) -> Starlette:
    """The ASGI app of a store; it needs no socket and holds no state of its own."""
    gitlab = Gitlab(
        store=store,
        settings=settings,
        repository=Repository(settings.repository),
        door=Door(store, settings),
    )
    store.releases.remember_address(settings.base_url)
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
        pages = web.routes(gitlab.settings)
        self._routes = Routes((*packages.ROUTES, *api.ROUTES, *releases.ROUTES, *pages))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Refused as refusal:
            response = refusal.response()
        except WrongMethod as wrong:
            response = json_answer({"error": "405 Not Allowed"}, 405, {"Allow": wrong.allowed})
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
        await _drain(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        wire_path = raw_path(request.scope)
        found = self._routes.find(request.method, wire_path)
        if found is None:
            if wire_path.startswith(b"/api/"):
                return json_answer({"error": "404 Not Found"}, 404)
            return web.not_found_page(self._gitlab)
        endpoint, path = found
        if endpoint is packages.UPLOAD:
            return await receive_upload(self._gitlab, request, path)
        params = await read_params(request)
        return await run_in_threadpool(self._run, endpoint, request, path, params)

    def _run(
        self, endpoint: Endpoint, request: Request, path: dict[str, str], params: dict[str, Any]
    ) -> Response:
        caller = self._gitlab.door.identify(request.headers, params, endpoint.accepts)
        call = Call(gitlab=self._gitlab, request=request, path=path, params=params, caller=caller)
        settings, packaged = self._gitlab.settings, endpoint.accepts == "packages"
        if endpoint.scope == "instance":
            return endpoint.answer(call)
        if endpoint.scope == "project" and not settings.is_project(path["id"]):
            raise not_found() if packaged else not_found("Project")
        if endpoint.scope == "group" and not settings.is_group(path["id"]):
            raise not_found() if packaged else not_found("Group")
        if endpoint.write:
            self._gitlab.door.admit_write(caller, endpoint.accepts)
        else:
            self._gitlab.door.admit_read(
                caller, endpoint.accepts, request.url.path, lenient=endpoint.lenient
            )
        return endpoint.answer(call)


async def _drain(request: Request) -> None:
    try:
        async for _ in request.stream():
            pass
    except (RuntimeError, ClientDisconnect):
        # Read already, or gone.
        return
