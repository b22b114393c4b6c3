"""One request on its way through the API: its parts, its caller, the GitLab it asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gluv.server.access import Accepts, Caller, Recognition
from gluv.server.declared import Param
from gluv.server.door import Door
from gluv.server.notices import Reporter
from gluv.server.pages.memory import Memory
from gluv.server.repository import Repository
from gluv.server.roles import Ability
from gluv.server.settings import ServerSettings
from gluv.store import NamespaceRow, ProjectRow, Store


class Gitlab(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer is made from."""

    store: Store
    settings: ServerSettings
    recognition: Recognition
    door: Door
    reporter: Reporter
    memory: Memory

    def repository(self, project: ProjectRow) -> Repository:
        """The git repository of a project; one that has no work tree here has no tags."""
        return Repository(Path(project.checkout) if project.checkout else None)

    def find_project(self, given: str) -> ProjectRow | None:
        """The project that an `:id` names: its number or its full path."""
        projects = self.store.projects
        if given.isascii() and given.isdecimal():
            return projects.find(int(given)) if len(given) < 19 else None
        return projects.named(given)

    def find_group(self, given: str) -> NamespaceRow | None:
        """The group that an `:id` names; a personal namespace is none."""
        projects = self.store.projects
        if given.isascii() and given.isdecimal():
            found = projects.find_namespace(int(given)) if len(given) < 19 else None
        else:
            found = projects.namespace(given)
        return found if found is not None and found.kind == "group" else None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request: `path` holds the decoded parts of its path, `params` query and body as they came.

    `given` are the parameters that the endpoint declares, checked and read. `here` is the project
    or group of the path; `projects` are those of it, or it alone, where the caller has the
    endpoint's ability.
    """

    gitlab: Gitlab
    request: Request
    path: dict[str, str]
    params: dict[str, Any]
    caller: Caller
    given: dict[str, Any] = {}
    here: ProjectRow | NamespaceRow | None = None
    projects: tuple[ProjectRow, ...] = ()

    @property
    def project(self) -> ProjectRow:
        """The project of a route below `projects/:id`."""
        assert isinstance(self.here, ProjectRow)
        return self.here

    @property
    def group(self) -> NamespaceRow:
        """The group of a route below `groups/:id`."""
        assert isinstance(self.here, NamespaceRow)
        return self.here

    @property
    def project_ids(self) -> tuple[int, ...]:
        """The ids of `projects`."""
        return tuple(project.id for project in self.projects)


PAGES = (
    Param(name="page", kind="integer", least=1, says="The page, from 1."),
    Param(name="per_page", kind="integer", least=1, says="Items of a page, at most 100."),
)
"""The parameters of every list."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What answers a route: called in a thread, may raise `Refused`.

    Unless its scope is the instance, the project or group and that the caller has the ability it
    `needs` are checked before. `scopes` are those of which an access token must have one; by
    default `api`, to read also `read_api`. `lenient` reads are not reported when a job token came
    with them: clients count on the refusal there. With `login` nobody is let in before he has said
    who he is. `params` are checked after that; a `paged` endpoint has those of `PAGES` too.
    `says` is its line in the OpenAPI description, `status` its success, `media` what it answers
    then; one that `uploads` takes a form with a file. A `kept` answer depends on nothing but the
    request and the store, so it is given again until the store changes.
    """

    answer: Callable[[Call], Response]
    accepts: Accepts = "job"
    scope: Literal["instance", "group", "project"] = "project"
    needs: Ability = "read_project"
    scopes: tuple[str, ...] = ()
    lenient: bool = False
    login: bool = False
    params: tuple[Param, ...] = ()
    paged: bool = False
    says: str = ""
    status: int = 200
    media: str = "application/json"
    uploads: bool = False
    kept: bool = False

    @property
    def all_params(self) -> tuple[Param, ...]:
        """Its own parameters and those of a list, if it is one."""
        return (*self.params, *(PAGES if self.paged else ()))
