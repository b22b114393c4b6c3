"""`gluv serve`: the embedded GitLab alone."""

import os
from pathlib import Path
from typing import Any

import click

_STDERR = "-"


@click.command("serve")
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIRECTORY",
    help="The project, if it is not here.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Serve what this folder keeps, without a repository: a registry of its own.",
)
@click.option(
    "--host",
    help="Listen on this address instead of 127.0.0.1. On any but a loopback one nothing is read"
    " without a token.",
)
@click.option("--port", type=int, help="Listen there; 0 takes a free port.")
@click.option("--fd", type=int, metavar="N", help="Listen on this descriptor, a bound socket.")
@click.option(
    "--forward",
    "forwarding",
    type=click.Choice(["forward", "warn", "off"]),
    help="What happens to names that no project here has; see docs/registry.md.",
)
@click.option(
    "--json-index",
    is_flag=True,
    help="The package index also as JSON (PEP 691), for clients that ask for it.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="Answer to this host name too; repeatable. Nothing is read without a token then.",
)
@click.option(
    "--external-url",
    metavar="URL",
    help="What others call this server, behind a proxy: for links, and as a --name.",
)
@click.option(
    "--trusted-proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    help="Believe X-Forwarded-For of this address or network; repeatable. Nobody's by default.",
)
@click.option(
    "--access-log",
    is_flag=False,
    flag_value=_STDERR,
    metavar="[FILE]",
    help="Write a line for each request, to standard error or a file; a rotated one is followed.",
)
@click.option("--open", "opens", is_flag=True, help="Open the first page in the browser.")
@click.option(
    "--check",
    "checks",
    is_flag=True,
    help="Verify every file and every row instead of serving; exit code 6 if something is lost.",
)
@click.option(
    "--repair",
    "repairs",
    is_flag=True,
    help="With --check: remove what nothing names. Rows and files that are named stay.",
)
@click.option(
    "--backup",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write a tar file of all of it, also while it is served; - is standard output.",
)
def command(**options: Any) -> int:
    """Serve the packages, releases and logs of earlier runs, until Ctrl-C."""
    from gluv.cli.serving import Asked, serve

    asked = Asked(**options)
    if asked.checks or asked.repairs or asked.backup is not None:
        from gluv.cli.keeping import keep

        return keep(asked)
    return serve(asked, os.environ)
