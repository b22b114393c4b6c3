"""Packages as lists show them."""

import msgspec
from packaging.version import InvalidVersion, Version

from gluv.server.call import Call
from gluv.store import PackageRow, ProjectRow


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A package in a list: its highest version, the newest upload, how many versions."""

    project: ProjectRow
    latest: PackageRow
    versions: int
    updated_at: float


def shelf(
    call: Call, *, search: str, newest: bool, limit: int, offset: int
) -> tuple[tuple[Shelved, ...], int]:
    """The packages of the call's projects, and how many there are."""
    projects = {one.id: one for one in call.projects}
    groups, total = call.gitlab.store.listings.packages(
        projects, search=search, newest=newest, limit=limit, offset=offset
    )
    found = tuple(
        Shelved(
            project=projects[group.project_id],
            latest=latest_of(group.versions),
            versions=len(group.versions),
            updated_at=group.versions[-1].created_at,
        )
        for group in groups
    )
    return found, total


def newest_first(rows: tuple[PackageRow, ...]) -> tuple[PackageRow, ...]:
    """Versions in falling order (PEP 440); what is no version comes last."""
    return tuple(sorted(rows, key=lambda row: (*_version(row), row.id), reverse=True))


def latest_of(rows: tuple[PackageRow, ...]) -> PackageRow:
    """The highest version that is no pre-release, as pip chooses; else the highest."""
    ordered = newest_first(rows)
    finals = (row for row in ordered if (found := _version(row))[0] and not found[1].is_prerelease)
    return next(finals, ordered[0])


def _version(row: PackageRow) -> tuple[bool, Version]:
    try:
        return True, Version(row.version)
    except InvalidVersion:
        return False, Version("0")
