"""Which access tokens a list shows: GitLab's filters and orders."""

from collections.abc import Iterable
from typing import Any

from gluv.server.declared import Param
from gluv.store import TokenRow

FILTERS = (
    Param(name="created_before", kind="datetime"),
    Param(name="created_after", kind="datetime"),
    Param(name="last_used_before", kind="datetime"),
    Param(name="last_used_after", kind="datetime"),
    Param(name="expires_before", kind="datetime"),
    Param(name="expires_after", kind="datetime"),
    Param(name="revoked", kind="boolean"),
    Param(name="state", values=("active", "inactive")),
    Param(name="search", says="Part of the name."),
    Param(
        name="sort",
        values=(
            *("created_asc", "created_desc", "expires_asc", "expires_desc"),
            *("last_used_asc", "last_used_desc", "name_asc", "name_desc"),
        ),
    ),
)
_COLUMNS = {"created": "created_at", "expires": "expires_at", "last_used": "last_used_at"}


def chosen(tokens: Iterable[TokenRow], given: dict[str, Any], now: float) -> list[TokenRow]:
    """The tokens that the filters let through, in the order that is asked for."""
    found = [token for token in tokens if _fits(token, given, now)]
    column, _, direction = (given["sort"] or "").rpartition("_")
    if not column:
        return sorted(found, key=lambda token: token.id)
    if column == "name":
        found.sort(key=lambda token: (token.name.casefold(), token.id))
    else:
        # What never happens comes last in either direction.
        found.sort(key=lambda token: (getattr(token, _COLUMNS[column]) or 0.0, token.id))
    if direction == "desc":
        found.reverse()
    if column in _COLUMNS:
        found.sort(key=lambda token: getattr(token, _COLUMNS[column]) is None)
    return found


def _fits(token: TokenRow, given: dict[str, Any], now: float) -> bool:
    if given["revoked"] is not None and given["revoked"] != (token.revoked_at is not None):
        return False
    if given["state"] is not None and (given["state"] == "active") != token.is_active(now):
        return False
    if given["search"] and given["search"].casefold() not in token.name.casefold():
        return False
    for name, column in _COLUMNS.items():
        before, after = given[f"{name}_before"], given[f"{name}_after"]
        at = getattr(token, column)
        if before is not None and (at is None or at >= before):
            return False
        if after is not None and (at is None or at <= after):
            return False
    return True
