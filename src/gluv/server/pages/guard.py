"""Who is shown a page: a token is the password of any user name, as browsers ask for one."""

from collections.abc import Callable

import msgspec
from starlette.responses import Response

from gluv.server.access import NOBODY
from gluv.server.answers import Refused
from gluv.server.call import Call
from gluv.server.pages.headers import ASK
from gluv.server.pages.page import Page, View, answer
from gluv.server.roles import Ability


def missing() -> Page:
    """404 for a person."""
    return Page(template="missing.html", status=404)


def locked(reason: str = "") -> Page:
    """401 for a person."""
    return Page(template="locked.html", status=401, headers=ASK, values={"reason": reason})


def hidden(call: Call) -> Page:
    """What is not there and what may not be seen: one answer, so that nobody learns which."""
    return locked() if call.caller.anonymous else missing()


def _is_nobodys(path: str) -> bool:
    """Whether programs ask for this by themselves; no project is called like that."""
    return path.partition("/")[0] in _ASKED_UNASKED


_ASKED_UNASKED = frozenset(
    {
        ".well-known",
        "apple-touch-icon-precomposed.png",
        "apple-touch-icon.png",
        "favicon.ico",
        "robots.txt",
        # Where uv and twine look for trusted publishing.
        "_",
    }
)


def of_project(view: View, *abilities: Ability) -> View:
    """A page of a project, for whoever has one of these abilities there."""

    def guarded(call: Call) -> Page | Response:
        gitlab, caller = call.gitlab, call.caller
        project = gitlab.find_project(call.path["project"])
        if _is_nobodys(call.path["project"]):
            return missing()
        if (
            project is None
            or call.path["project"].isdecimal()
            or not any(gitlab.door.may(caller, one, project) for one in abilities)
        ):
            return hidden(call)
        return _tried(view, msgspec.structs.replace(call, here=project, projects=(project,)))

    return guarded


def for_people(view: View) -> View:
    """A page of jobs where a job's token counts for nothing, as in the same part of the API."""

    def guarded(call: Call) -> Page | Response:
        if call.caller.job is None:
            return view(call)
        nobody = msgspec.structs.replace(call, caller=NOBODY)
        if not call.gitlab.door.may(NOBODY, "read_build", call.project):
            return hidden(nobody)
        return view(nobody)

    return guarded


def of_group(view: View, ability: Ability) -> View:
    """A page of a group, with the projects below it where the caller has an ability."""

    def guarded(call: Call) -> Page | Response:
        gitlab, caller = call.gitlab, call.caller
        group = gitlab.find_group(call.path["group"])
        if group is None or call.path["group"].isdecimal():
            return hidden(call)
        below = gitlab.store.projects.below(group)
        if not gitlab.door.sees_group(caller, group, below):
            return hidden(call)
        projects = tuple(one for one in below if gitlab.door.may(caller, ability, one))
        return _tried(view, msgspec.structs.replace(call, here=group, projects=projects))

    return guarded


def _tried(view: View, call: Call) -> Page | Response:
    try:
        return view(call)
    except Refused as refusal:
        if refusal.status == 404:
            return missing()
        raise


def answered(view: View) -> Callable[[Call], Response]:
    """A view as the answer of a route."""

    def respond(call: Call) -> Response:
        found = view(call)
        return answer(call, found) if isinstance(found, Page) else found

    return respond
