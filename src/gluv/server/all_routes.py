"""Every route of the API, in the order in which they are tried."""

from gluv.server import (
    access_tokens,
    api,
    deploy_tokens,
    job_token_scopes,
    jobs,
    members,
    packages,
    packages_api,
    personal_tokens,
    pipelines,
    projects,
    releases,
    repositories,
    tags,
)
from gluv.server.routing import Route

API: tuple[Route, ...] = (
    *packages.ROUTES,
    *packages_api.ROUTES,
    *api.ROUTES,
    *projects.ROUTES,
    *members.ROUTES,
    *personal_tokens.ROUTES,
    *access_tokens.ROUTES,
    *deploy_tokens.ROUTES,
    *job_token_scopes.ROUTES,
    *pipelines.ROUTES,
    *jobs.ROUTES,
    *tags.ROUTES,
    *repositories.ROUTES,
    *releases.ROUTES,
)
