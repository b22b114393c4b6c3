"""`gluv cache`: the caches that jobs keep between runs."""

import os
import sys
import time
from pathlib import Path

import click

from gluv.cli.checkout import open_checkout

_DIRECTORY = click.option(
    "-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path()
)


@click.group("cache")
def command() -> None:
    """List or clear the caches of the project's jobs."""


@command.command("list")
@_DIRECTORY
def list_command(*, directory: Path) -> int:
    """List every cache by its key, with its size and when it was saved."""
    from gluv.execute.cache_list import list_caches
    from gluv.report.caches import render_caches

    caches = list_caches(open_checkout(directory).store / "cache")
    if not caches:
        click.echo("no job has saved a cache yet", err=True)
        return 0
    sys.stdout.write(render_caches(caches, now=time.time()))
    return 0


@command.command("clear")
@_DIRECTORY
def clear_command(*, directory: Path) -> int:
    """Start with empty caches, as GitLab's button "Clear runner caches" does.

    Keys get the next number as a suffix, and what the old keys held is removed, and with it the
    files of jobs that are kept to start the next run faster.
    """
    from gluv.cli.cache import kept_files
    from gluv.execute.cache_list import remove_caches
    from gluv.host.cache_clears import raise_clear_count
    from gluv.host.kept import remove_kept

    checkout = open_checkout(directory)
    count = raise_clear_count(checkout.store)
    removed = remove_caches(checkout.store / "cache")
    noun = "cache" if removed == 1 else "caches"
    click.echo(f"{removed} {noun} removed; keys end in -{count} from now on", err=True)
    remove_kept(kept_files(os.environ, checkout.root))
    return 0
