"""`gluv token`: who else may use the embedded GitLab."""

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from gluv.cli.known_gitlab import of_gitlab

if TYPE_CHECKING:
    from gluv.store import Store


@click.group("token")
def command() -> None:
    """Make, list and revoke access tokens of the embedded GitLab."""


@command.command("create")
@click.argument("name")
@click.option("--user", metavar="USER", help="A personal token of this person, not of yours.")
@click.option("--project", metavar="PATH", help="A project access token, with a bot of its own.")
@click.option("--group", metavar="PATH", help="A group access token, with a bot of its own.")
@click.option("--deploy", is_flag=True, help="A deploy token of that project or group.")
@click.option("--role", metavar="ROLE", help="Of the bot: guest ... owner; developer by default.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help="What it may do, repeatable: api (the default), read_api; for --deploy"
    " read_package_registry (the default), write_package_registry.",
)
@click.option(
    "--expires",
    metavar="WHEN",
    help="A date (2027-01-31), a time from now (30 days) or never; a year by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything about it as JSON.")
@of_gitlab
def create(*, store: "Store", as_json: bool, **wanted: Any) -> int:
    """Make an access token and print it, this one time: only a hash of it is kept.

    Without --project or --group it is a personal one. `gluv project set --member` and
    `gluv group set --member` say what its person may do.

      export UV_PUBLISH_TOKEN=$(gluv token create ci --project grp/app)
    """
    from gluv.cli.token_making import make_token

    made = make_token(store, **wanted)
    if as_json:
        from gluv.cli.known_gitlab import show_json

        show_json(made.data)
        return 0
    click.echo(made.secret)
    click.echo(made.sentence, err=True)
    return 0


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that open nothing any more too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@of_gitlab
def list_command(*, store: "Store", everything: bool, as_json: bool) -> int:
    """List the access tokens, without their values."""
    from gluv.cli.known_gitlab import show_json
    from gluv.cli.token_making import token_data
    from gluv.report.paint import Paint
    from gluv.report.terminal import terminal_width
    from gluv.report.tokens import render_tokens

    now = store.now()
    tokens = [token for token in store.tokens.all()[::-1] if everything or token.is_active(now)]
    data = [token_data(store, token) for token in tokens]
    if as_json:
        show_json(data)
    elif not data:
        click.echo("no access tokens", err=True)
        click.echo("  next: gluv token create NAME", err=True)
    else:
        paint = Paint.of(sys.stdout, os.environ)
        click.echo(render_tokens(data, paint, width=terminal_width(sys.stdout)))
    return 0


@command.command("revoke")
@click.argument("numbers", nargs=-1, required=True, type=int, metavar="ID...")
@of_gitlab
def revoke(*, store: "Store", numbers: tuple[int, ...]) -> int:
    """Let access tokens open nothing any more, by the numbers that `gluv token list` shows."""
    from gluv.errors import UsageWrong

    tokens = {number: store.tokens.find(number) for number in numbers}
    unknown = [str(number) for number, token in tokens.items() if token is None]
    if unknown:
        raise UsageWrong(
            f"there is no token {', '.join(unknown)}",
            hint="`gluv token list` shows which there are",
        )
    for number, token in tokens.items():
        assert token is not None
        store.tokens.revoke(number)
        click.echo(f"revoked {number}: {token.name}", err=True)
    return 0
