"""The front page: the projects that a caller sees, and what is new in them."""

import msgspec
from starlette.responses import RedirectResponse, Response

from gluv.server.call import Call
from gluv.server.pages.guard import locked
from gluv.server.pages.page import Page, path_of
from gluv.server.pages.releases import releases_seen
from gluv.server.pages.runs import RunLine, lines_of
from gluv.store import PackageRow, ProjectRow, ReleaseRow


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A project and the newest of what it has."""

    project: ProjectRow
    run: RunLine | None
    package: PackageRow | None
    packages: int
    release: ReleaseRow | None


def front(call: Call) -> Page | Response:
    """All projects; where there is only one, its page. With `?sign_in` it asks for a token.

    A browser sends what it was asked for here to everything below (RFC 7617, 2.2), so that this
    one page signs in everywhere.
    """
    gitlab = call.gitlab
    if "sign_in" in call.params:
        if call.caller.anonymous:
            return locked("You are not signed in.")
        return RedirectResponse("/", 302, {"Vary": "Authorization", "Cache-Control": "no-store"})
    seen = [
        one
        for one in gitlab.store.projects.all()
        if one.path and gitlab.door.sees(call.caller, one)
    ]
    if len(seen) == 1:
        headers = {"Vary": "Authorization", "Cache-Control": "private, no-cache"}
        return RedirectResponse(path_of(seen[0]), 302, headers)
    if not seen and call.caller.anonymous:
        return locked()
    return Page(
        template="front.html",
        values={"cards": tuple(card_of(call, one) for one in seen)},
        live=True,
    )


def card_of(call: Call, project: ProjectRow) -> Card:
    """A project's card, with what the caller may see of it."""
    gitlab, caller = call.gitlab, call.caller
    store, may = gitlab.store, gitlab.door.may
    run, package, packages, release = None, None, 0, None
    if may(caller, "read_build", project):
        newest, _ = store.listings.pipelines(project.id, status="", ref="", limit=1, offset=0)
        run = next(iter(lines_of(call, project, newest)), None)
    if may(caller, "read_package", project):
        groups, packages = store.listings.packages(
            (project.id,), search="", newest=True, limit=1, offset=0
        )
        package = groups[0].versions[-1] if groups else None
    if may(caller, "read_release", project):
        release = next(iter(releases_seen(call, project)), None)
    return Card(project=project, run=run, package=package, packages=packages, release=release)
