"""`gluv demo`: makes a small uv project and runs its tag pipeline."""

import os
import sys
from pathlib import Path

import click


@click.command("demo")
@click.argument("directory", required=False, type=click.Path(path_type=Path))
def command(*, directory: Path | None) -> int:
    """Make a small uv project in DIRECTORY and run the pipeline of its tag.

    The project holds the four parts of uv's guide to GitLab CI/CD: the image, the cache, uv pip,
    and a job that publishes a package and makes a release.
    """
    import uv

    from gluv.cli.project import Where, open_project
    from gluv.cli.run import run_project
    from gluv.cli.run_request import RunOptions
    from gluv.demo.files import TAG
    from gluv.demo.project import choose_directory, make_project
    from gluv.host.context import ContextOptions

    chosen = choose_directory(directory, Path.cwd())
    python = "{}.{}".format(*sys.version_info)
    make_project(chosen, python=python, uv=Path(uv.find_uv_bin()), environ=os.environ)
    click.echo(f"a uv project with tag {TAG} is in {chosen}; its pipeline, as GitLab would run it:")
    click.echo(f"  gluv run -C {chosen} --tag {TAG}\n")
    where = Where(directory=chosen, file=None, context=ContextOptions(tag=TAG))
    return run_project(open_project(where), RunOptions())
