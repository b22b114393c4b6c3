"""One request on its way through the API: its parts, its caller, the GitLab it asks."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gluv.server.access import Accepts, Caller, Door
from gluv.server.repository import Repository
from gluv.server.settings import ServerSettings
from gluv.store import Store


class Gitlab(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer is made from."""

    store: Store
    settings: ServerSettings
    repository: Repository
    door: Door


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `path` holds the decoded parts of its path, `params` query and body."""

    gitlab: Gitlab
    request: Request
    path: dict[str, str]
    params: dict[str, Any]
    caller: Caller


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What answers a route: called in a thread, may raise `Refused`.

    Unless its scope is the instance, the project or group and the caller's right are checked
    before. `lenient` reads are not reported when a job token came with them (see `Door`).
    """

    answer: Callable[[Call], Response]
    accepts: Accepts = "job"
    scope: Literal["instance", "group", "project"] = "project"
    write: bool = False
    lenient: bool = False
