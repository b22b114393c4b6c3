"""Requests for packages that nobody here has: on to PyPI, or not."""

from collections.abc import Iterable

from starlette.responses import Response

from gluv.registry.forwarding import (
    Forward,
    Misspelt,
    Suspicious,
    effective,
    forwarded,
    withheld,
)
from gluv.registry.names import asked_for, normalise
from gluv.server.answers import Refused, not_found, redirect, refused, said, unauthorized
from gluv.server.call import Call
from gluv.store import ProjectRow


def forward(call: Call, requested: str) -> Response:
    """Answer for a name without rows that this caller may see. Raises `Refused`.

    A refusal is 403, which stops uv where a 404 would make it ask the next index. It names only
    what the caller may read: whether other names are like the requested one can be told, but not
    which. Whoever came without credentials is asked for them: the package may be there for who has
    some.
    """
    gitlab = call.gitlab
    settings, packages = gitlab.settings, gitlab.store.packages
    here = call.here
    namespace = here.namespace_id if isinstance(here, ProjectRow) else call.group.id
    mode = effective(settings.forwarding, gitlab.store.projects.lineage(namespace))
    name = normalise(requested.strip("/"))
    misspelt = name != asked_for(requested) and bool(packages.page(name, call.project_ids))

    def target(names: Iterable[str]) -> Forward | Suspicious | Misspelt | None:
        return forwarded(
            requested,
            mode=mode,
            upstream=settings.upstream,
            here=misspelt,
            names=names,
            trusted=settings.forwarded_names,
        )

    match target(packages.names() if mode == "warn" else ()):
        case None:
            raise not_found("Package")
        case Misspelt():
            raise said(404, f"404 Package Not Found - ask for {name}")
        case Forward(location=location):
            return redirect(location, call.request)
        case Suspicious(reason=reason):
            gitlab.reporter.refused_forward(reason)
            # What is said depends on nothing but what this caller may read.
            raise _refusal(call, requested, target(packages.names(_readable(call))))


def _refusal(call: Call, requested: str, told: object) -> Refused:
    """What a caller hears whose request looks like a name of ours; `told` is what it may know."""
    suspicious = told if isinstance(told, Suspicious) else None
    if call.caller.anonymous and (suspicious is None or suspicious.owned):
        return unauthorized(packages=True)
    return refused(403, withheld(requested) if suspicious is None else suspicious.reason)


def _readable(call: Call) -> tuple[int, ...]:
    """The projects whose packages the caller may read, wherever they are."""
    gitlab = call.gitlab
    return tuple(
        project.id
        for project in gitlab.store.projects.all()
        if gitlab.door.may(call.caller, "read_package", project)
    )
