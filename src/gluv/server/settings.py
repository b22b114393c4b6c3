"""What the embedded GitLab is told by its caller."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from gluv.plan.context import Project, Server, User


def _ignore(path: str) -> None:
    """Nobody asked to be told."""


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The one project this GitLab has, and how it answers.

    `base_url` is the external URL without a trailing slash; of `server` only its version counts.
    `repository` is a git work tree, read for tags and commits and never written. `upstream` is
    PyPI's simple index, to which requests for unknown packages are forwarded; without it they are
    404. `access_token` is a personal access token of the project's owner, None for none.
    `on_unauthenticated_read` is called, from any thread, with the path of a read that a private
    project would have refused.
    """

    base_url: str
    project: Project
    repository: Path | None = None
    user: User = User()
    server: Server = Server()
    forwarding: Literal["forward", "off"] = "forward"
    upstream: str | None = None
    pep_691_json: bool = False
    access_token: str | None = None
    on_unauthenticated_read: Callable[[str], None] = _ignore

    @property
    def api_url(self) -> str:
        """`CI_API_V4_URL`."""
        return f"{self.base_url}/api/v4"

    @property
    def web_url(self) -> str:
        """The project's page."""
        return f"{self.base_url}/{quote(self.project.path)}"

    @property
    def namespace(self) -> str:
        """The full path of the project's group."""
        return self.project.path.rpartition("/")[0]

    @property
    def project_name(self) -> str:
        """The display name of the project."""
        return self.project.title or self.project.path.rpartition("/")[2]

    def is_project(self, given: str) -> bool:
        """Whether an `:id` names the project: its number or its full path."""
        return given == str(self.project.id) or given.casefold() == self.project.path.casefold()

    def is_group(self, given: str) -> bool:
        """Whether an `:id` names the project's group, or by path one above it."""
        if given == str(self.project.namespace_id):
            return True
        return f"{self.namespace}/".casefold().startswith(f"{given}/".casefold())
