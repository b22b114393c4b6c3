"""`gluv project`: the projects of the embedded GitLab, and who may do what in them."""

import os
import sys
from typing import TYPE_CHECKING

import click

from gluv.cli.known_gitlab import of_gitlab, of_new_gitlab

if TYPE_CHECKING:
    from gluv.store import Store
    from gluv.store.rows import Visibility

_VISIBILITY = click.Choice(["public", "internal", "private"])


@click.group("project")
def command() -> None:
    """List, make and set up the projects of the embedded GitLab."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@of_gitlab
def list_command(*, store: "Store", as_json: bool) -> int:
    """List the projects: who sees them, whose jobs they let in, what they hold."""
    from gluv.cli.known_gitlab import show_json
    from gluv.cli.project_data import project_data
    from gluv.report.columns import render_columns
    from gluv.report.paint import Paint
    from gluv.report.terminal import terminal_width

    data = [project_data(store, project) for project in store.projects.all() if project.path]
    if as_json:
        show_json(data)
        return 0
    rows = [
        (
            str(one["id"]),
            one["path"],
            one["visibility"],
            "public" if one["registry_public"] else "as the project",
            ", ".join(["its own", *one["allowlist"]]) if one["job_token_scope"] else "all",
            str(one["packages"]),
        )
        for one in data
    ]
    headings = ("ID", "PATH", "VISIBILITY", "REGISTRY", "JOBS LET IN", "PACKAGES")
    paint = Paint.of(sys.stdout, os.environ)
    click.echo(render_columns(headings, rows, paint, width=terminal_width(sys.stdout)))
    return 0


@command.command("create")
@click.argument("path")
@click.option("--visibility", type=_VISIBILITY, default="private", show_default=True)
@click.option("--description", default="")
@of_new_gitlab
def create(*, store: "Store", path: str, visibility: "Visibility", description: str) -> int:
    """Make a project GROUP/NAME that has no repository here, such as one to publish to."""
    from gluv.cli.project_data import check_above, check_path
    from gluv.errors import UsageWrong
    from gluv.store.projects import PathTaken

    check_path(path)
    check_above(store, path)
    try:
        made = store.projects.create(path, visibility=visibility, description=description)
    except PathTaken:
        raise UsageWrong(
            f"this GitLab has something called {path} already", hint="gluv project list"
        ) from None
    click.echo(f"made project {made.id}: {made.path} ({made.visibility})", err=True)
    return 0


@command.command("set")
@click.argument("path")
@click.option("--visibility", type=_VISIBILITY, help="Who sees it.")
@click.option("--description", help="What it is.")
@click.option(
    "--registry",
    type=click.Choice(["public", "project"]),
    help="Whether everybody reads its packages, or who sees the project.",
)
@click.option(
    "--job-token-scope/--no-job-token-scope",
    default=None,
    help="Whether jobs of other projects need to be on its allowlist.",
)
@click.option("--allow", multiple=True, metavar="PATH", help="Let a project's or group's jobs in.")
@click.option("--forbid", multiple=True, metavar="PATH", help="Let them in no more.")
@click.option("--member", multiple=True, metavar="USER=ROLE", help="Give a person a role.")
@click.option("--no-member", multiple=True, metavar="USER", help="Take it away.")
@of_gitlab
def set_command(
    *,
    store: "Store",
    path: str,
    visibility: "Visibility | None",
    description: str | None,
    registry: str | None,
    job_token_scope: bool | None,
    allow: tuple[str, ...],
    forbid: tuple[str, ...],
    member: tuple[str, ...],
    no_member: tuple[str, ...],
) -> int:
    """Change what is given of the project PATH (or its number)."""
    from gluv.cli.known_gitlab import find_project
    from gluv.cli.members import change_members, read_members
    from gluv.cli.project_data import change_allowlist, read_allowlist, refuse_settled

    project = find_project(store, path)
    refuse_settled(project, visibility=visibility, description=description)
    members, leaving = read_members(store, member, no_member)
    allowed, forbidden = read_allowlist(store, allow), read_allowlist(store, forbid)
    store.projects.change(
        project.id,
        visibility=visibility,
        description=description,
        registry_public=None if registry is None else registry == "public",
        job_token_scope=job_token_scope,
    )
    change_allowlist(store, project, allowed, forbidden)
    change_members(store, members, leaving, project_id=project.id)
    return 0
