"""What `gluv project` shows and changes of a project."""

import re
from collections.abc import Iterable
from typing import Any

from gluv.errors import UsageWrong
from gluv.server.roles import ROLES
from gluv.store import NamespaceRow, ProjectRow, Store
from gluv.store.job_token_scope import MOST, TooMany

_PART = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*")


def project_data(store: Store, project: ProjectRow) -> dict[str, Any]:
    """A project for people and programs."""
    projects, groups = store.job_token_scope.allowed(project.id)
    allowed = [
        *(one.path for one in map(store.projects.find, projects) if one is not None),
        *(one.path for one in map(store.projects.find_namespace, groups) if one is not None),
    ]
    return {
        "id": project.id,
        "path": project.path,
        "visibility": project.visibility,
        "description": project.description,
        "registry_public": project.registry_public,
        "job_token_scope": project.job_token_scope,
        "allowlist": allowed,
        "packages": len(store.packages.search([project.id])),
        "members": members_data(store, project_id=project.id),
        "checkout": project.checkout or None,
    }


def members_data(
    store: Store, *, project_id: int | None = None, namespace_id: int | None = None
) -> dict[str, str]:
    """The people who were given a role in a project or a group, by user name."""
    names = {level: name for name, level in ROLES.items()}
    rows = store.people.members(
        project_id=project_id, namespace_ids=() if namespace_id is None else (namespace_id,)
    )
    people = ((store.people.find(row.user_id), row.access_level) for row in rows)
    return {
        user.username: names.get(level, str(level))
        for user, level in people
        if user is not None and not user.bot
    }


def check_path(path: str) -> None:
    """Raise `UsageWrong` unless GitLab would take it as the full path of a project."""
    parts = path.split("/")
    wrong = [
        part
        for part in parts
        if not _PART.fullmatch(part) or part.endswith((".", ".git", ".atom", "-"))
    ]
    if len(parts) < 2 or wrong:
        raise UsageWrong(
            f"{path} is no full path of a project",
            hint="a group and a name, of letters, digits, `_`, `-` and `.`: GROUP/NAME",
        )


def check_above(store: Store, path: str) -> None:
    """Raise `UsageWrong` for a group within a person's own namespace, which holds projects only."""
    top, *rest = path.split("/")
    if len(rest) > 1 and store.people.named(top) is not None:
        raise UsageWrong(
            f"{top} is a person here, whose namespace holds projects and no groups",
            hint=f"make {top}/{rest[-1]}, or take the name of a group",
        )


def refuse_settled(project: ProjectRow, **changed: object) -> None:
    """Raise `UsageWrong` for what the settings of a work tree say, and would say again."""
    wanted = next((name for name, value in changed.items() if value is not None), None)
    if project.checkout and wanted is not None:
        where = "[tool.gluv] visibility" if wanted == "visibility" else "[project] description"
        raise UsageWrong(
            f"the {wanted} of {project.path} comes from its pyproject.toml",
            hint=f"change {where} in {project.checkout}/pyproject.toml",
        )


def read_allowlist(store: Store, paths: Iterable[str]) -> list[ProjectRow | NamespaceRow]:
    """The projects and groups with these paths. Raises `UsageWrong`."""
    found: list[ProjectRow | NamespaceRow] = []
    for path in paths:
        one = store.projects.named(path) or store.projects.namespace(path)
        if one is None:
            raise UsageWrong(
                f"this GitLab has no project or group {path}", hint="gluv project list"
            )
        found.append(one)
    return found


def change_allowlist(
    store: Store,
    project: ProjectRow,
    allowed: Iterable[ProjectRow | NamespaceRow],
    forbidden: Iterable[ProjectRow | NamespaceRow],
) -> None:
    """Let jobs in or no more. Raises `UsageWrong` when the list is full."""
    for one in forbidden:
        store.job_token_scope.forbid(project.id, **_target(one))
    for one in allowed:
        try:
            store.job_token_scope.allow(project.id, **_target(one))
        except TooMany:
            raise UsageWrong(
                f"the allowlist of {project.path} is full: it holds {MOST} entries",
                hint="let a whole group in: --allow GROUP",
            ) from None


def _target(one: ProjectRow | NamespaceRow) -> dict[str, int]:
    return {"project_id" if isinstance(one, ProjectRow) else "namespace_id": one.id}
