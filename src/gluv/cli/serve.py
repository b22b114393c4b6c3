"""`gluv serve`: the embedded GitLab alone."""

import os
from pathlib import Path

import click

from gluv.registry.forwarding import Forwarding


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
    default="127.0.0.1",
    show_default=True,
    help="Listen on this address. On any but a loopback one nothing is read without a token.",
)
@click.option("--port", type=int, help="Listen there; 0 takes a free port.")
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
    help="Answer to this host name too; repeatable.",
)
def command(
    *,
    directory: Path,
    data: Path | None,
    host: str,
    port: int | None,
    forwarding: Forwarding | None,
    json_index: bool,
    names: tuple[str, ...],
) -> int:
    """Serve the packages, releases and logs of earlier runs, until Ctrl-C."""
    from gluv.cli.serving import serve

    return serve(
        directory,
        os.environ,
        data=data,
        host=host,
        port=port,
        forwarding=forwarding,
        json_index=json_index,
        names=names,
    )
