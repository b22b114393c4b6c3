"""People with tokens, for tests of who may do what."""

from gluv.store import Store


def token_of(
    store: Store,
    username: str,
    *,
    project_id: int | None = None,
    namespace_id: int | None = None,
    level: int = 0,
    scopes: tuple[str, ...] = ("api",),
    expires_at: float | None = None,
) -> str:
    """The personal access token of a new user, who is a member if a place is given."""
    user = store.people.create(username)
    if level:
        store.people.set_role(user.id, level, project_id=project_id, namespace_id=namespace_id)
    secret = f"glpat-{username}"
    store.tokens.add(
        secret,
        kind="personal",
        name=username,
        scopes=scopes,
        user_id=user.id,
        expires_at=expires_at,
    )
    return secret


def deploy_token(
    store: Store,
    name: str,
    *scopes: str,
    project_id: int | None = None,
    namespace_id: int | None = None,
) -> str:
    """A deploy token of a project or a group."""
    secret = f"gldt-{name}"
    store.tokens.add(
        secret,
        kind="deploy",
        name=name,
        scopes=scopes,
        username=name,
        project_id=project_id,
        namespace_id=namespace_id,
    )
    return secret
