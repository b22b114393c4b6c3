"""GitLab's offset pagination: `page`, `per_page`, the `X-` headers and `Link`."""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from gluv.server.call import Call
from gluv.server.routing import raw_path

Item = TypeVar("Item")


def paginate(call: Call, items: Sequence[Item]) -> tuple[Sequence[Item], dict[str, str]]:
    """The page that the call asks for, and the headers that describe it."""
    page, per_page = call.given["page"] or 1, min(call.given["per_page"] or 20, 100)
    pages = max(1, -(-len(items) // per_page))
    headers = {
        "X-Page": str(page),
        "X-Per-Page": str(per_page),
        "X-Total": str(len(items)),
        "X-Total-Pages": str(pages),
        "X-Next-Page": str(page + 1) if page < pages else "",
        "X-Prev-Page": str(page - 1) if 1 < page <= pages + 1 else "",
    }
    # In GitLab's order.
    targets = {"prev": page - 1} if headers["X-Prev-Page"] else {}
    if headers["X-Next-Page"]:
        targets["next"] = page + 1
    targets |= {"first": 1, "last": pages}
    raw = raw_path(call.request.scope).decode("ascii", "replace").partition("?")[0]
    kept = [
        (key, value)
        for key, value in call.request.query_params.multi_items()
        if key not in ("page", "per_page", "private_token", "job_token")
    ]
    headers["Link"] = ", ".join(
        f"<{call.gitlab.settings.base_url}{raw}?"
        f'{urlencode([*kept, ("page", number), ("per_page", per_page)])}>; rel="{relation}"'
        for relation, number in targets.items()
    )
    return items[(page - 1) * per_page : page * per_page], headers
