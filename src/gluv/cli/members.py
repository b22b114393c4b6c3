"""Who is a member of a project or a group, as `--member` and `--no-member` say."""

from collections.abc import Iterable

from gluv.cli.known_gitlab import check_user, find_user, read_member
from gluv.errors import UsageWrong
from gluv.store import Store, UserRow


def read_members(
    store: Store, given: Iterable[str], gone: Iterable[str]
) -> tuple[list[tuple[str, int]], list[UserRow]]:
    """Who gets which access level, and who has none any more. Raises `UsageWrong`."""
    members = [read_member(text) for text in given]
    for username, _ in members:
        check_user(store, username)
    leaving = []
    for username in gone:
        user = store.people.named(username)
        if user is None:
            raise UsageWrong(
                f"this GitLab has no user {username}",
                hint="`gluv token list` shows whose there are",
            )
        leaving.append(user)
    return members, leaving


def change_members(
    store: Store,
    members: Iterable[tuple[str, int]],
    leaving: Iterable[UserRow],
    *,
    project_id: int | None = None,
    namespace_id: int | None = None,
) -> None:
    """Give and take roles; a person who is not known yet becomes so."""
    for user in leaving:
        store.people.remove_role(user.id, project_id=project_id, namespace_id=namespace_id)
    for username, level in members:
        store.people.set_role(
            find_user(store, username), level, project_id=project_id, namespace_id=namespace_id
        )
