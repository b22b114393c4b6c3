"""`GIT_SUBMODULE_STRATEGY` and its relatives, in GitLab Runner's words."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from gluv.errors import RepositoryUnusable
from gluv.execute.log import JobLog
from gluv.execute.result import JobFailed
from gluv.execute.run import Run
from gluv.execute.sources import read_depth
from gluv.host import submodules as host

MOST_DEEP = 20
"""Submodules within each other; what goes deeper goes in a circle."""


def lay_submodules(
    run: Run,
    job: str,
    project: Path,
    environment: Mapping[str, str],
    log: JobLog,
    *,
    recursive: bool,
    depth: int,
) -> None:
    """Lay the submodules into a job's work tree. Raises `JobFailed` with git's words."""
    depth = read_depth(environment.get("GIT_SUBMODULE_DEPTH", ""), depth)
    how = "recursively" if recursive else ""
    at = f" with git depth set to {depth}" if depth else ""
    log.note(f"{' '.join(('Updating/initializing submodules', how)).strip()}{at}...")
    work = _Work(run, job, environment, log, recursive=recursive, depth=depth)
    paths = tuple(shlex.split(environment.get("GIT_SUBMODULE_PATHS", "")))
    try:
        work.lay(
            project,
            run.parts.repository,
            host.modules_of(run.snapshot.shared[0][0]),
            host.origin_url(run.parts.repository),
            paths,
        )
    except RepositoryUnusable as error:
        raise JobFailed("runner_system_failure", f": {error.message}") from error
    log.note("Updated submodules")


class _Work:
    """The submodules of one job, level by level."""

    def __init__(
        self,
        run: Run,
        job: str,
        environment: Mapping[str, str],
        log: JobLog,
        *,
        recursive: bool,
        depth: int,
    ) -> None:
        self._run = run
        self._job = job
        self._log = log
        self._recursive = recursive
        self._depth = depth
        self._https = environment.get("GIT_SUBMODULE_FORCE_HTTPS", "").lower() == "true"
        self._flags = shlex.split(environment.get("GIT_SUBMODULE_UPDATE_FLAGS", ""))

    def lay(
        self,
        tree: Path,
        own: Path,
        modules: Path,
        origin: str,
        paths: tuple[str, ...] = (),
        level: int = 0,
    ) -> None:
        """The submodules of `tree`; `own` is the same tree in the user's checkout."""
        if level == MOST_DEEP:
            raise RepositoryUnusable("submodules are nested without end")
        for each in host.list_submodules(tree, paths):
            url = host.absolute_url(each.url, origin)
            url = host.over_https(url) if self._https else url
            place = tree / each.path
            directory = _git_directory(tree)
            # What `--remote` and its like mean is known at the other end only.
            here = not self._flags and host.lay_from_here(
                modules, each, tree, directory, url=url, depth=self._depth
            )
            if not here:
                depth = ("--depth", str(self._depth)) if self._depth else ()
                wrong = host.fetch_submodule(tree, each, url=url, options=(*depth, *self._flags))
                if wrong:
                    raise RepositoryUnusable(f"submodule {each.path}: {wrong}")
            host.activate(tree, each, url)
            self._log.say(f"Submodule path '{each.path}': checked out '{each.sha}'")
            for sha in host.checked_out(own, each):
                if sha != each.sha:
                    self._run.differences.add(
                        f"the submodule {each.path} is at the commit that the repository records, "
                        "not at the one that is checked out",
                        self._job,
                    )
            if self._recursive:
                self.lay(
                    place, own / each.path, modules / each.name / "modules", url, level=level + 1
                )


def _git_directory(tree: Path) -> Path:
    """The `.git` of a work tree, a submodule's too."""
    place = tree / ".git"
    if place.is_dir():
        return place
    return (tree / place.read_text().partition("gitdir: ")[2].strip()).resolve()
