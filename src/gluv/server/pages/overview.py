"""A project's page and a group's page: what is there, newest first, and how to use it."""

import msgspec

from gluv.server.call import Call
from gluv.server.packages import project_base
from gluv.server.pages.front import card_of
from gluv.server.pages.installing import installs
from gluv.server.pages.page import Page
from gluv.server.pages.releases import latest_of, releases_seen
from gluv.server.pages.runs import RunLine, lines_of
from gluv.server.pages.shelves import Shelved, shelf
from gluv.store import ReleaseRow

SHOWN = 5
"""Rows of each list."""


def project(call: Call) -> Page:
    """A project's page."""
    gitlab, here, store = call.gitlab, call.project, call.gitlab.store
    door, caller = gitlab.door, call.caller
    may = {
        "builds": door.may(caller, "read_build", here),
        "packages": door.may(caller, "read_package", here),
        "releases": door.may(caller, "read_release", here),
        "project": door.may(caller, "read_project", here),
    }
    runs: tuple[RunLine, ...] = ()
    packages: tuple[Shelved, ...] = ()
    releases: tuple[ReleaseRow, ...] = ()
    total_runs = total_packages = 0
    if may["builds"]:
        rows, total_runs = store.listings.pipelines(
            here.id, status="", ref="", limit=SHOWN, offset=0
        )
        runs = lines_of(call, here, rows)
    if may["packages"]:
        packages, total_packages = shelf(call, search="", newest=True, limit=SHOWN, offset=0)
    if may["releases"]:
        releases = releases_seen(call, here)
    return Page(
        template="project.html",
        here=here,
        live=True,
        values={
            "may": may,
            "now": store.now(),
            "has_repository": bool(here.checkout),
            "newest": latest_of(releases, store.now()),
            "runs": runs,
            "total_runs": total_runs,
            "packages": packages,
            "total_packages": total_packages,
            "releases": releases[:SHOWN],
            "total_releases": len(releases),
            "publish_url": project_base(gitlab.settings, here),
            "installs": installs(call, packages[0].latest.normalised) if packages else (),
        },
    )


def group(call: Call) -> Page:
    """A group's page: its projects, and the packages of those whose packages may be read."""
    may = call.gitlab.door.may
    shared = tuple(one for one in call.projects if may(call.caller, "read_package", one))
    with_packages = msgspec.structs.replace(call, projects=shared)
    packages, total = shelf(with_packages, search="", newest=True, limit=SHOWN, offset=0)
    return Page(
        template="group.html",
        here=call.group,
        live=True,
        values={
            "cards": tuple(card_of(call, one) for one in call.projects),
            "packages": packages,
            "total_packages": total,
        },
    )
