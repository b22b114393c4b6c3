"""The embedded GitLab: REST API v4, the PyPI registry, releases and web pages, as ASGI."""

from gluv.server.app import create_app
from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings

__all__ = ["Listener", "ServerSettings", "create_app"]
