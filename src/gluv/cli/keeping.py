"""What `gluv serve` does with what it keeps, instead of serving it: `--check` and `--backup`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gluv.errors import StoreUnavailable, UsageWrong
from gluv.store import Store
from gluv.store.backup import back_up, writing_private
from gluv.store.check import check_store

if TYPE_CHECKING:
    from gluv.cli.serving import Asked


def keep(asked: "Asked") -> int:
    """Check or back up what a repository or `--data` has; returns the exit code."""
    if asked.repairs and not asked.checks:
        raise UsageWrong("--repair does nothing alone", hint="give --check with it")
    _, place = asked.place()
    if not (place / "gluv.db").is_file():
        raise StoreUnavailable(
            f"{place} holds nothing of gluv", hint="give the folder that gluv serve uses"
        )
    with Store.open(place) as store:
        code = _check(store, repairs=asked.repairs) if asked.checks else 0
        if asked.backup is not None:
            code = _back_up(store, asked.backup) or code
    return code


def _check(store: Store, *, repairs: bool) -> int:
    found = check_store(store, repairs=repairs)
    for line in (*found.lost, *found.loose):
        click.echo(line)
    files = f"{found.files:,} file{'' if found.files == 1 else 's'}"
    click.echo(
        f"{files} of {found.size:,} bytes checked in {store.directory}:"
        f" {len(found.lost)} lost or damaged, {len(found.loose)}"
        f" {'removed' if repairs else 'not needed'}"
    )
    if found.loose and not repairs:
        click.echo("gluv serve --check --repair removes what is not needed")
    return StoreUnavailable.exit_code if found.lost else 0


def _back_up(store: Store, target: Path) -> int:
    if str(target) == "-":
        if sys.stdout.isatty():
            raise UsageWrong("a tar file is not for a terminal", hint="redirect standard output")
        written = back_up(store, sys.stdout.buffer)
    else:
        with writing_private(target) as file:
            written = back_up(store, file)
    click.echo(
        f"{target}: {written.size:,} bytes; to restore it, unpack it with tar in an empty folder",
        err=True,
    )
    for sha256 in written.missing:
        click.echo(f"not in it, because it is not here: {sha256}; see gluv serve --check", err=True)
    return StoreUnavailable.exit_code if written.missing else 0
