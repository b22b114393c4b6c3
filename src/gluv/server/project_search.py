"""What lists of projects and groups are filtered and sorted by, as GitLab's project and group APIs.

https://docs.gitlab.com/api/projects/#list-all-projects, https://docs.gitlab.com/api/groups/
"""

from collections.abc import Callable, Iterable
from typing import Any

from gluv.server.call import Call
from gluv.server.declared import Param
from gluv.server.door import group_visibility
from gluv.server.roles import GUEST, OWNER, ROLES
from gluv.store import NamespaceRow, ProjectRow

_SEARCH = Param(name="search", says="Part of the name, the path or the description.")
_SORT = Param(name="sort", values=("asc", "desc"))
_VISIBILITY = Param(name="visibility", values=("public", "internal", "private"))
_OWNED = Param(name="owned", kind="boolean", says="Only what the caller owns.")
_LEVEL = Param(
    name="min_access_level",
    kind="integer",
    values=tuple(ROLES.values()),
    says="Only where the caller has this level or more.",
)

OF_GROUP = (
    _SEARCH,
    _SORT,
    _VISIBILITY,
    _OWNED,
    _LEVEL,
    Param(
        name="order_by",
        values=(
            *("id", "name", "path", "created_at", "updated_at", "last_activity_at"),
            *("similarity", "star_count"),
        ),
    ),
    Param(name="simple", kind="boolean", says="Fewer fields."),
    Param(name="archived", kind="boolean", says="Nothing here is archived."),
    Param(name="starred", kind="boolean", says="Nobody here has a star to give."),
    Param(name="topic", kind="strings", says="No project here has one."),
)
"""The filters of the projects of a group."""

OF_ALL = (
    *OF_GROUP,
    Param(name="membership", kind="boolean", says="Only where the caller has a role."),
    Param(name="search_namespaces", kind="boolean", says="Look for it in the full path too."),
    Param(name="id_after", kind="integer", says="Only ids above."),
    Param(name="id_before", kind="integer", says="Only ids below."),
)
"""The filters of all projects."""

GROUPS = (
    Param(name="search", says="Part of the path."),
    _SORT,
    _VISIBILITY,
    _OWNED,
    _LEVEL,
    Param(name="order_by", values=("name", "path", "id", "similarity")),
    Param(name="all_available", kind="boolean", says="If false, only where the caller has a role."),
    Param(name="skip_groups", kind="strings", says="Ids of groups to leave out."),
)
"""The filters of groups."""


def chosen_projects(call: Call, projects: Iterable[ProjectRow]) -> list[ProjectRow]:
    """Those of some projects that a call asks for, in its order; the newest first by default."""
    given, lowest = call.given, _lowest(call.given)
    if given["archived"] or given["starred"] or given["topic"]:
        return []
    found = [
        one
        for one in projects
        if given["visibility"] in (None, one.visibility)
        and _between(one.id, given.get("id_after"), given.get("id_before"))
        and _is_meant(given, one)
        and (not lowest or call.gitlab.door.level(call.caller, one) >= lowest)
    ]
    # What was made first has the smaller id, and nothing else that GitLab sorts by differs here.
    keys: dict[str, Callable[[ProjectRow], tuple[Any, ...]]] = {
        "name": lambda one: (one.name.casefold(), one.id),
        "path": lambda one: (one.slug.casefold(), one.id),
    }
    key = keys.get(given["order_by"] or "", lambda one: (one.id,))
    return sorted(found, key=key, reverse=given["sort"] != "asc")


def chosen_groups(call: Call, groups: Iterable[NamespaceRow]) -> list[NamespaceRow]:
    """Those of some namespaces that are groups, that the caller may see, and that it asks for."""
    given, door, projects = call.given, call.gitlab.door, call.gitlab.store.projects
    lowest, search = _lowest(given), (given["search"] or "").casefold()
    found = []
    for one in groups:
        below = projects.below(one)
        if (
            one.kind == "group"
            and search in one.path.casefold()
            and str(one.id) not in (given["skip_groups"] or ())
            and given["visibility"] in (None, group_visibility(below))
            and door.group_level(call.caller, one) >= lowest
            and door.sees_group(call.caller, one, below)
            and (given["all_available"] is not False or _has_part(call, one, below))
        ):
            found.append(one)
    by_id = given["order_by"] == "id"
    return sorted(
        found,
        key=lambda one: (one.id,) if by_id else (one.name.casefold(), one.id),
        reverse=given["sort"] == "desc",
    )


def _lowest(given: dict[str, Any]) -> int:
    """The level that a caller asks for to have."""
    owned, member = given["owned"], given.get("membership")
    return max(OWNER if owned else 0, GUEST if member else 0, given["min_access_level"] or 0)


def _between(number: int, after: int | None, before: int | None) -> bool:
    return (after is None or number > after) and (before is None or number < before)


def _is_meant(given: dict[str, Any], project: ProjectRow) -> bool:
    """Whether all the words that are looked for are in one of the project's texts."""
    words = (given["search"] or "").casefold().split()
    texts = [project.name, project.slug, project.description]
    if given.get("search_namespaces"):
        texts.append(project.path)
    return any(all(word in text.casefold() for word in words) for text in texts)


def _has_part(call: Call, group: NamespaceRow, below: Iterable[ProjectRow]) -> bool:
    door = call.gitlab.door
    return door.group_level(call.caller, group) >= GUEST or any(
        door.level(call.caller, one) >= GUEST for one in below
    )
