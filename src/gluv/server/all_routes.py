"""Every route of the API, in the order in which they are tried."""

from gluv.server import (
    api,
    jobs,
    packages,
    packages_api,
    pipelines,
    projects,
    releases,
    tags,
)
from gluv.server.routing import Route

API: tuple[Route, ...] = (
    *packages.ROUTES,
    *packages_api.ROUTES,
    *api.ROUTES,
    *projects.ROUTES,
    *pipelines.ROUTES,
    *jobs.ROUTES,
    *tags.ROUTES,
    *releases.ROUTES,
)
