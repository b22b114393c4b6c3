"""Who is a member of a project or a group, as `--member` and `--no-member` say."""

from collections.abc import Iterable

from gluv.cli.known_gitlab import check_user, known_people, read_member
from gluv.errors import UsageWrong
from gluv.store import Store, UserRow


def read_members(
    store: Store, given: Iterable[str], gone: Iterable[str]
) -> tuple[list[tuple[UserRow, int]], list[UserRow]]:
    """Who gets which access level, and who has none any more. Raises `UsageWrong`."""
    members = []
    for username, level in map(read_member, given):
        check_user(store, username)
        members.append((_find(store, username), level))
    return members, [_find(store, username) for username in gone]


def _find(store: Store, username: str) -> UserRow:
    """The user of this name. Raises `UsageWrong`: a slip of the keyboard makes nobody known."""
    found = store.people.named(username)
    if found is None:
        raise UsageWrong(
            f"this GitLab has no user {username}",
            hint=f"its users are: {known_people(store)}; a token makes another one known:"
            f" gluv token create NAME --user {username}",
        )
    return found


def change_members(
    store: Store,
    members: Iterable[tuple[UserRow, int]],
    leaving: Iterable[UserRow],
    *,
    project_id: int | None = None,
    namespace_id: int | None = None,
) -> None:
    """Give and take roles."""
    for user in leaving:
        store.people.remove_role(user.id, project_id=project_id, namespace_id=namespace_id)
    for user, level in members:
        store.people.set_role(user.id, level, project_id=project_id, namespace_id=namespace_id)
