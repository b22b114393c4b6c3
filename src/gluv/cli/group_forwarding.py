"""How a group forwards names that no project here has, with what the groups above it say."""

from typing import Any

from gluv.errors import UsageWrong
from gluv.store import NamespaceRow, Store


def forwarding_data(store: Store, group: NamespaceRow) -> dict[str, Any]:
    """A group's own mode, and which group above it has locked another one, if one has."""
    locker = _locker(store, group)
    return {
        "forwarding": group.forwarding,
        "forwarding_locked": group.forwarding_locked,
        "forwarding_locked_by": None if locker is None else locker.path,
    }


def forwarding_words(store: Store, group: NamespaceRow) -> str:
    """The mode that counts, for people."""
    locker = _locker(store, group)
    if locker is not None:
        return f"{_mode(store, locker)}, locked by {locker.path}"
    return f"{group.forwarding or 'as above'}{', locked' if group.forwarding_locked else ''}"


def refuse_locked(store: Store, group: NamespaceRow, mode: str | None) -> None:
    """Raise `UsageWrong` for a mode of its own that a group above does not let count."""
    locker = _locker(store, group)
    if locker is not None and mode not in (None, "inherit"):
        raise UsageWrong(
            f"{locker.path} has locked how all below it forward: {_mode(store, locker)}",
            hint=f"gluv group set {locker.path} --no-lock",
        )


def _locker(store: Store, group: NamespaceRow) -> NamespaceRow | None:
    """The outermost group above that locks."""
    above = store.projects.lineage(group.id)[:-1]
    return next((one for one in above if one.forwarding_locked), None)


def _mode(store: Store, group: NamespaceRow) -> str:
    """What a group says, or those above it; the instance's mode is a setting of the server."""
    said = [one.forwarding for one in store.projects.lineage(group.id) if one.forwarding]
    return said[-1] if said else "as the instance"
