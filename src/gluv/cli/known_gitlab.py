"""The embedded GitLab that a command looks at or changes: a repository's, or that of a folder."""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gluv.store import NamespaceRow, ProjectRow, Store

Command = Callable[..., Any]

_OPTIONS = (
    click.option(
        "-C",
        "--directory",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        metavar="DIRECTORY",
        help="The repository whose GitLab it is, if it is not this one.",
    ),
    click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="The GitLab that `gluv serve --data DIR` serves.",
    ),
)


def of_gitlab(command: Command, *, new: bool = False) -> Command:
    """Give a command the options `-C` and `--data`; it receives the open store as `store`.

    A folder of `--data` that holds nothing is refused, unless the command is to make it: `new`.
    """

    @wraps(command)
    def wrapped(*, directory: Path, data: Path | None, **rest: Any) -> Any:
        with _open(directory, data, os.environ, new=new) as store:
            return command(store=store, **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def of_new_gitlab(command: Command) -> Command:
    """The same for a command that makes the GitLab of `--data` if it is not there."""
    return of_gitlab(command, new=True)


@contextmanager
def _open(
    directory: Path, data: Path | None, environ: Mapping[str, str], *, new: bool
) -> Iterator["Store"]:
    from gluv.store import Store

    if data is not None:
        if not new and not (data / "gluv.db").is_file():
            from gluv.errors import StoreUnavailable

            raise StoreUnavailable(
                f"{data} holds nothing of gluv",
                hint=f"give the folder that gluv serve uses, or make it one:"
                f" gluv project create --data {shlex.quote(str(data))} GROUP/NAME",
            )
        with Store.open(data) as store:
            settle_stranger(store, environ)
            yield store
        return
    from gluv.cli.checkout import open_checkout
    from gluv.cli.gitlab import settle, settle_mapped

    checkout = open_checkout(directory)
    with Store.open(checkout.store) as store:
        settle(store, checkout)
        settle_mapped(store, checkout)
        yield store


def settle_stranger(store: "Store", environ: Mapping[str, str]) -> None:
    """Give a GitLab without a repository an owner, if it has none: who is logged in here."""
    from gluv.store.people import OWNER_OF_ALL

    if store.people.find(OWNER_OF_ALL) is None:
        name = environ.get("LOGNAME") or environ.get("USER") or "root"
        store.people.settle_owner(username=name, name=name, email="")


def find_project(store: "Store", path: str) -> "ProjectRow":
    """The project with this path or number. Raises `UsageWrong`."""
    from gluv.errors import UsageWrong

    projects = store.projects
    found = projects.find(int(path)) if path.isdecimal() and len(path) < 18 else None
    found = found or projects.named(path)
    if found is None:
        known = ", ".join(one.path for one in projects.all()[:10] if one.path)
        raise UsageWrong(
            f"this GitLab has no project {path}",
            hint=f"its projects are: {known}" if known else f"gluv project create {path}",
        )
    return found


def find_group(store: "Store", path: str) -> "NamespaceRow":
    """The group with this path. Raises `UsageWrong`."""
    from gluv.errors import UsageWrong

    found = store.projects.namespace(path)
    if found is None or found.kind != "group":
        groups = [one.path for one in store.projects.namespaces() if one.kind == "group"]
        raise UsageWrong(
            f"this GitLab has no group {path}",
            hint=f"its groups are: {', '.join(groups[:10])}"
            if groups
            else f"gluv project create {path}/NAME makes it",
        )
    return found


def read_member(text: str) -> tuple[str, int]:
    """`ann=developer`: a user name and an access level. Raises `UsageWrong`."""
    from gluv.errors import UsageWrong
    from gluv.server.roles import ROLES

    user, sign, role = text.partition("=")
    if not sign or not user or role.lower() not in ROLES:
        raise UsageWrong(
            f"--member {text}: expected USER=ROLE", hint=f"a role is one of: {', '.join(ROLES)}"
        )
    return user, ROLES[role.lower()]


def check_user(store: "Store", username: str) -> None:
    """Raise `UsageWrong` for a name that is no person's and cannot become one."""
    from gluv.errors import UsageWrong

    found = store.people.named(username)
    if found is not None and found.bot:
        raise UsageWrong(
            f"{username} is the bot of a token", hint="make another token, or name a person"
        )
    if found is not None:
        return
    group = store.projects.namespace(username)
    if group is not None and group.kind == "group":
        raise UsageWrong(f"{username} is a group here", hint="choose another name for the user")
    if re.fullmatch(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]*", username) is None:
        raise UsageWrong(f"{username} is no user name", hint="letters, digits, `_`, `-` and `.`")


def known_people(store: "Store") -> str:
    """The names of the first people here, for a hint."""
    return ", ".join([one.username for one in store.people.all() if not one.bot][:10])


def find_user(store: "Store", username: str) -> int:
    """The id of a user; who is not known yet becomes so. The name is checked before."""
    found = store.people.named(username)
    if found is not None:
        return found.id
    click.echo(f"new user {username}", err=True)
    return store.people.create(username).id


def show_json(data: Any) -> None:
    """Print data for a program."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())
