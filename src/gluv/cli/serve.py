"""`gluv serve`: the embedded GitLab alone."""

import os
from pathlib import Path

import click


@click.command("serve")
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIRECTORY",
    help="The project, if it is not here.",
)
@click.option("--port", type=int, help="Listen there; 0 takes a free port.")
def command(*, directory: Path, port: int | None) -> int:
    """Serve the packages, releases and logs of earlier runs on loopback, until Ctrl-C."""
    from gluv.cli.checkout import open_checkout
    from gluv.cli.gitlab import app_maker, listen
    from gluv.report.exhibits import install_line
    from gluv.store import Store

    checkout = open_checkout(directory)
    with Store.open(checkout.store) as store:
        listener = listen(checkout, store, port=port)
        click.echo(f"GitLab of {checkout.path}: {listener.url}/{checkout.path}")
        click.echo(f"  {install_line(listener.url, 'PACKAGE')}")
        click.echo("Ctrl-C stops it.")
        listener.serve_forever(app_maker(checkout, store, listener.url, os.environ))
    return 0
