"""`gluv variables`: the variables from outside the YAML, without their values."""

import os
import sys
from pathlib import Path

import click


@click.command("variables")
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--create", is_flag=True, help="Make .gluv/variables.toml, which only you may read.")
def command(*, directory: Path, create: bool) -> int:
    """List the variables of the project, its groups and the instance; never their values.

    They come from [tool.gluv.variables], .gitlab-ci-local-variables.yml and .gluv/variables.toml.
    """
    from gluv.cli.checkout import open_checkout
    from gluv.host.setting_variables import create_private, read_setting_variables
    from gluv.report.paint import Paint
    from gluv.report.variables import render_variables

    checkout = open_checkout(directory)
    if create:
        click.echo(f"made {create_private(checkout.root)}: git does not see it, write there")
        return 0
    variables = read_setting_variables(
        checkout.root, checkout.settings, project=checkout.path, host=checkout.facts.gitlab
    )
    if not variables:
        click.echo("no variables from outside the YAML", err=True)
        click.echo("  next: gluv variables --create, or [tool.gluv.variables]", err=True)
        return 0
    click.echo(render_variables(variables, Paint.of(sys.stdout, os.environ)))
    return 0
