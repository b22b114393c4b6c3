"""The embedded GitLab: REST API v4, the PyPI registry, releases and web pages, as ASGI.

Importing this package is cheap; the web framework loads when `create_app` is first asked for.
"""

from typing import TYPE_CHECKING, Any

from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings

if TYPE_CHECKING:
    from gluv.server.app import create_app

__all__ = ["Listener", "ServerSettings", "create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from gluv.server.app import create_app

        return create_app
    raise AttributeError(name)
