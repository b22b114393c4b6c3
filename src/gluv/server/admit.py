"""From a request and its endpoint to a call that may be answered."""

import msgspec

from gluv.server.access import require_scope
from gluv.server.agents import may_be_a_job
from gluv.server.answers import not_found, unauthorized
from gluv.server.call import Call, Endpoint
from gluv.server.declared import declared


def admitted(call: Call, endpoint: Endpoint) -> Call:
    """The call with its parameters read, once the caller is let in. Raises `Refused`."""
    let_in = _let_in(call, endpoint)
    given = declared(endpoint.all_params, {**call.params, **call.path})
    return msgspec.structs.replace(let_in, given=given)


def _let_in(call: Call, endpoint: Endpoint) -> Call:
    """The call with its project or group.

    An unknown project or group is 404 for everybody, before any question of rights.
    """
    gitlab, caller, packages = call.gitlab, call.caller, endpoint.accepts == "packages"
    reads = call.request.method in ("GET", "HEAD")
    default = ("api", "read_api") if reads else ("api",)
    if endpoint.login and caller.anonymous:
        raise unauthorized()
    require_scope(caller, *(endpoint.scopes or default))
    if endpoint.scope == "instance":
        return call
    if endpoint.scope == "group":
        group = gitlab.find_group(call.path["id"])
        if group is None:
            raise not_found() if packages else not_found("Group")
        below = gitlab.store.projects.below(group)
        projects = gitlab.door.admit_to_group(
            caller, endpoint.needs, group, below, endpoint.accepts
        )
        admitted = msgspec.structs.replace(call, here=group, projects=projects)
    else:
        project = gitlab.find_project(call.path["id"])
        if project is None:
            raise not_found() if packages else not_found("Project")
        gitlab.door.admit(caller, endpoint.needs, project, endpoint.accepts)
        admitted = msgspec.structs.replace(call, here=project, projects=(project,))
    unlikely = endpoint.lenient and caller.job_token_unused is not None
    if reads and not unlikely and may_be_a_job(call.request.headers.get("user-agent", "")):
        gitlab.door.report(caller, call.request.url.path, admitted.projects)
    return admitted
