"""`gluv run --watch`: runs again what changed files affect."""

import sys
from collections.abc import Callable, Iterator

import click
import msgspec

from gluv.cli.project import Where, open_project
from gluv.cli.run_request import RunOptions
from gluv.errors import Stop
from gluv.host.processes import StopSignal
from gluv.plan.context import Context, Repository


class OnlyChanged:
    """A repository in which exactly these paths have changed: the push that rules are asked about.

    So a job whose `rules:changes` match none of them stays out, as it would on GitLab.
    """

    def __init__(self, repository: Repository, changed: frozenset[str]) -> None:
        self._repository = repository
        self._changed = changed

    def files(self) -> tuple[str, ...]:
        """As before."""
        return self._repository.files()

    def changed(self, compare_to: str | None) -> frozenset[str] | None:
        """These paths, whatever they are compared to."""
        return self._changed

    def blob_id(self, path: str) -> str | None:
        """As before."""
        return self._repository.blob_id(path)

    def last_commit(self, path: str) -> str | None:
        """As before."""
        return self._repository.last_commit(path)


def narrow(context: Context, changed: frozenset[str]) -> Context:
    """The same event with only these changes."""
    repository = OnlyChanged(context.repository, changed)
    return msgspec.structs.replace(context, repository=repository)


def watch_project(where: Where, options: RunOptions) -> int:
    """Run, wait for a change, run what it affects, until Ctrl-C.

    The exit code is the last run's.
    """
    from gluv.cli.outputs import own_outputs
    from gluv.host.watching import WorkTreeWatcher

    root = open_project(where).checkout.root
    with WorkTreeWatcher(root, own_outputs(options)) as watcher:
        code = 0
        for changed in _changes(watcher.wait):
            asked = StopSignal()
            code = _once(where, options, changed, asked)
            # The next run may be hours away.
            sys.stdout.flush()
            # A run that made room for another one has ended like that too.
            if asked.level:
                break
            click.echo(f"\nwatching {root}; Ctrl-C ends it", err=True)
        return code


def _changes(wait: Callable[[], frozenset[str]]) -> Iterator[frozenset[str] | None]:
    yield None
    while True:
        yield wait()


def _once(
    where: Where, options: RunOptions, changed: frozenset[str] | None, asked: StopSignal
) -> int:
    from gluv.cli.run import run_project
    from gluv.report.stop import render_stop

    if changed is not None:
        named = sorted(changed)
        more = f" and {len(named) - 3} more" if len(named) > 3 else ""
        click.echo(f"\nchanged: {', '.join(named[:3])}{more}", err=True)
    try:
        return run_project(open_project(where), options, changed=changed, asked=asked)
    except Stop as stop:
        # A file that is half written is no reason to stop watching.
        click.echo(render_stop(stop), err=True)
        return stop.exit_code
