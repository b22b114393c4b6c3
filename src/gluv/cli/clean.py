"""`gluv clean`: forgets earlier runs."""

import os
from pathlib import Path

import click

from gluv.cli.history import open_history


@click.command("clean")
@click.option("-C", "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--keep", type=click.IntRange(0), default=0, metavar="N", help="All but the last N.")
@click.option("--caches", is_flag=True, help="The caches of the jobs too.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
def command(*, directory: Path, keep: int, caches: bool, dry_run: bool) -> int:
    """Forget earlier runs: history, logs and artifacts. Packages and releases stay."""
    from gluv.cli.cache import kept_files
    from gluv.execute.cache_list import list_caches, remove_caches
    from gluv.host.kept import remove_kept

    with open_history(directory) as store:
        kept = store.directory / "cache"
        parts = ("logs", "artifacts", "cache") if caches else ("logs", "artifacts")
        if dry_run:
            runs, removed = store.history.count_but(keep), len(list_caches(kept))
            said = f"{_counted(runs, 'run')} would be forgotten"
        else:
            before = _size(store.directory, parts)
            runs = store.history.forget_but(keep)
            removed = remove_caches(kept) if caches else 0
            if caches:
                remove_kept(kept_files(os.environ, store.directory.parent))
            freed = before - _size(store.directory, parts)
            said = f"{_counted(runs, 'run')} forgotten, {freed / 1e6:.1f} MB freed"
        if caches:
            said += f", {_counted(removed, 'cache')} {'would be ' if dry_run else ''}removed"
    click.echo(said, err=True)
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _size(directory: Path, parts: tuple[str, ...]) -> int:
    """Bytes of the files below; those with several names count once."""
    sizes: dict[tuple[int, int], int] = {}
    for part in parts:
        for folder, _, names in os.walk(directory / part):
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                sizes[status.st_dev, status.st_ino] = status.st_size
    return sum(sizes.values())
