"""Users as the API shows them."""

from typing import Any

from gluv.server.call import Gitlab
from gluv.store import UserRow


def user_json(gitlab: Gitlab, user: UserRow) -> dict[str, Any]:
    """A user, as in `author` and `user`."""
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "state": "active",
        "locked": False,
        "avatar_url": None,
        "web_url": f"{gitlab.settings.base_url}/{user.username}",
    }


def author_json(gitlab: Gitlab, username: str) -> dict[str, Any] | None:
    """The user of this name; None if there is none any more."""
    user = gitlab.store.people.named(username)
    return None if user is None else user_json(gitlab, user)
