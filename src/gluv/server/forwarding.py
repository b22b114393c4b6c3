"""Requests for packages that nobody here has: on to PyPI, or not."""

from starlette.responses import Response

from gluv.registry.forwarding import Forward, Suspicious, effective, forwarded
from gluv.registry.names import normalise
from gluv.server.answers import not_found, redirect, refused, unauthorized
from gluv.server.call import Call
from gluv.store import ProjectRow


def forward(call: Call, requested: str) -> Response:
    """Answer for a name without rows that this caller may see. Raises `Refused`.

    A refusal is 403, which stops uv where a 404 would make it ask the next index. Whoever came
    without credentials is asked for them first: the package may be there for who has some.
    """
    gitlab = call.gitlab
    settings, packages = gitlab.settings, gitlab.store.packages
    here = call.here
    namespace = here.namespace_id if isinstance(here, ProjectRow) else call.group.id
    mode = effective(settings.forwarding, gitlab.store.projects.lineage(namespace))
    target = forwarded(
        requested,
        mode=mode,
        upstream=settings.upstream,
        owned=packages.is_known(normalise(requested)),
        names=packages.names() if mode == "warn" else (),
        trusted=settings.forwarded_names,
    )
    match target:
        case None:
            raise not_found("Package")
        case Forward(location=location):
            return redirect(location, call.request)
        case Suspicious(reason=reason, owned=owned):
            gitlab.reporter.refused_forward(reason)
            if owned and call.caller.anonymous:
                raise unauthorized(packages=True)
            raise refused(403, reason)
