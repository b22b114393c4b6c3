"""Every route of the API, in the order in which they are tried."""

from starlette.responses import Response

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
    source_archive,
    tags,
)
from gluv.server.access import ANY_SCOPE
from gluv.server.answers import json_answer
from gluv.server.call import Call, Endpoint
from gluv.server.openapi import describe
from gluv.server.routing import Route, route


def _openapi(call: Call) -> Response:
    settings = call.gitlab.settings
    return json_answer(describe(API, server=settings.base_url, version=settings.server.version))


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
    *source_archive.ROUTES,
    *releases.ROUTES,
    route(
        "GET api/v4/openapi.json",
        Endpoint(
            answer=_openapi,
            accepts="user",
            scope="instance",
            scopes=(ANY_SCOPE,),
            says="This description.",
        ),
    ),
)
