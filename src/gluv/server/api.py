"""The small parts of GitLab's API: version, user, telemetry."""

from starlette.responses import Response

from gluv.server.answers import json_answer, unauthorized
from gluv.server.call import Call, Endpoint
from gluv.server.people_json import user_json
from gluv.server.routing import route


def _version(call: Call) -> Response:
    gitlab, caller = call.gitlab, call.caller
    if caller.anonymous and caller.job_token_unused is None:
        # GitLab tells its version to nobody; here it does where a project is public.
        open_ones = [one for one in gitlab.store.projects.all() if gitlab.door.sees(caller, one)]
        if not open_ones:
            raise unauthorized()
        gitlab.door.report(caller, call.request.url.path, open_ones)
    server = gitlab.settings.server
    return json_answer({"version": server.version, "revision": server.revision})


def _user(call: Call) -> Response:
    user = call.caller.user
    if user is None:
        raise unauthorized()
    return json_answer(
        {
            **user_json(call.gitlab, user),
            "email": user.email,
            "bot": user.bot,
            "external": False,
            "is_admin": user.admin,
        }
    )


def _telemetry(call: Call) -> Response:
    return json_answer({}, 200)


ROUTES = (
    route(
        "GET api/v4/version",
        Endpoint(answer=_version, accepts="user", scope="instance", says="Which GitLab this is."),
    ),
    route(
        "GET api/v4/metadata",
        Endpoint(answer=_version, accepts="user", scope="instance", says="Which GitLab this is."),
    ),
    route(
        "GET api/v4/user",
        Endpoint(
            answer=_user,
            accepts="user",
            scope="instance",
            scopes=("api", "read_api", "read_user"),
            says="Who the caller is.",
        ),
    ),
    route(
        "POST api/v4/usage_data/track_event",
        Endpoint(
            answer=_telemetry,
            accepts="user",
            scope="instance",
            says="Taken and forgotten: glab reports here what it does.",
        ),
    ),
)
