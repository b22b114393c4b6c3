"""`gluv group`: the groups of the embedded GitLab, and where their unknown packages go."""

import os
import sys
from typing import TYPE_CHECKING

import click

from gluv.cli.known_gitlab import of_gitlab

if TYPE_CHECKING:
    from gluv.store import Store


@click.group("group")
def command() -> None:
    """List and set up the groups of the embedded GitLab."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@of_gitlab
def list_command(*, store: "Store", as_json: bool) -> int:
    """List the groups: how many projects they hold, and how they forward to PyPI."""
    from gluv.cli.group_forwarding import forwarding_data, forwarding_words
    from gluv.cli.known_gitlab import show_json
    from gluv.cli.project_data import members_data
    from gluv.report.columns import render_columns
    from gluv.report.paint import Paint
    from gluv.report.terminal import terminal_width

    groups = [one for one in store.projects.namespaces() if one.kind == "group" and one.path]
    data = [
        {
            "id": group.id,
            "path": group.path,
            "projects": len(store.projects.below(group)),
            **forwarding_data(store, group),
            "members": members_data(store, namespace_id=group.id),
        }
        for group in groups
    ]
    if as_json:
        show_json(data)
        return 0
    rows = [
        (
            str(one["id"]),
            str(one["path"]),
            str(one["projects"]),
            forwarding_words(store, group),
        )
        for one, group in zip(data, groups, strict=True)
    ]
    headings = ("ID", "PATH", "PROJECTS", "FORWARDING")
    paint = Paint.of(sys.stdout, os.environ)
    click.echo(render_columns(headings, rows, paint, width=terminal_width(sys.stdout)))
    return 0


@command.command("set")
@click.argument("path")
@click.option(
    "--forward",
    "mode",
    type=click.Choice(["forward", "warn", "off", "inherit"]),
    help="What happens to names that no project here has; `inherit` takes that from above.",
)
@click.option("--lock/--no-lock", default=None, help="Whether groups below may say otherwise.")
@click.option("--member", multiple=True, metavar="USER=ROLE", help="Give a person a role.")
@click.option("--no-member", multiple=True, metavar="USER", help="Take it away.")
@of_gitlab
def set_command(
    *,
    store: "Store",
    path: str,
    mode: str | None,
    lock: bool | None,
    member: tuple[str, ...],
    no_member: tuple[str, ...],
) -> int:
    """Change what is given of the group PATH."""
    from gluv.cli.group_forwarding import refuse_locked
    from gluv.cli.known_gitlab import find_group
    from gluv.cli.members import change_members, read_members

    group = find_group(store, path)
    refuse_locked(store, group, mode)
    members, leaving = read_members(store, member, no_member)
    if mode is not None or lock is not None:
        wanted = group.forwarding if mode is None else None if mode == "inherit" else mode
        store.projects.set_forwarding(
            group.id,
            wanted,  # type: ignore[arg-type]
            locked=group.forwarding_locked if lock is None else lock,
        )
    change_members(store, members, leaving, namespace_id=group.id)
    return 0
