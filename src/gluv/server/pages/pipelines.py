"""The pipelines of a project: newest first, by status and by branch or tag."""

from gluv.server.call import Call
from gluv.server.pages.page import Page
from gluv.server.pages.paging import Paging, page_number, word_of
from gluv.server.pages.runs import lines_of
from gluv.server.pages.words import STATUSES

PER_PAGE = 20
MOST_REFS = 100
"""Branches and tags to choose from."""


def view(call: Call) -> Page:
    """A page of the list."""
    status, ref = word_of(call.params, "status"), word_of(call.params, "ref")
    number = page_number(call.params)
    listings = call.gitlab.store.listings
    rows, total = listings.pipelines(
        call.project.id, status=status, ref=ref, limit=PER_PAGE, offset=(number - 1) * PER_PAGE
    )
    return Page(
        template="pipelines.html",
        here=call.project,
        live=True,
        values={
            "runs": lines_of(call, call.project, rows),
            "paging": Paging(
                number=number, size=PER_PAGE, total=total, kept={"status": status, "ref": ref}
            ),
            "status": status,
            "ref": ref,
            "statuses": STATUSES,
            "refs": listings.refs(call.project.id, MOST_REFS),
        },
    )
