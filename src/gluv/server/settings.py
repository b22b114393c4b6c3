"""What the embedded GitLab is told by its caller."""

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import msgspec

from gluv.plan.context import Server

if TYPE_CHECKING:
    from gluv.store import NamespaceRow, ProjectRow


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How this GitLab answers; what it has is in the store.

    `base_url` is the external URL without a trailing slash; of `server` only its version counts.
    `forwarding` is the instance's package forwarding, `upstream` PyPI's simple index, to which
    requests for unknown packages are forwarded; without it they are 404. `forwarded_names` are
    normalised names that `warn` forwards all the same. With `json_index` the package index is also
    JSON (PEP 691) for who asks for it; GitLab has that behind a feature flag. With `tokens_only`
    nobody reads anything without a token. `hosts` are names, in lower case, that the server answers
    to beside those of this machine.
    """

    base_url: str
    server: Server = Server()
    forwarding: Literal["forward", "warn", "off"] = "forward"
    upstream: str | None = None
    forwarded_names: frozenset[str] = frozenset()
    json_index: bool = False
    tokens_only: bool = False
    hosts: frozenset[str] = frozenset()

    @property
    def api_url(self) -> str:
        """`CI_API_V4_URL`."""
        return f"{self.base_url}/api/v4"

    def project_url(self, project: "ProjectRow") -> str:
        """A project's page."""
        return f"{self.base_url}/{quote(project.path)}"

    def group_url(self, namespace: "NamespaceRow") -> str:
        """A group's page; a personal namespace has that of its user."""
        kind = "groups/" if namespace.kind == "group" else ""
        return f"{self.base_url}/{kind}{quote(namespace.path)}"
