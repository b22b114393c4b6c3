"""What is kept of included files under `.gluv/includes/`, and for how long it counts as fresh."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gluv.host.fetch_versions import Found
from gluv.host.files import write_whole

FRESH_SECONDS = 24 * 3600
"""How long a branch, a range of versions or a URL is not asked for again."""


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """What a ref of a project stood for: the commit, the tag or branch it is, and when asked.

    `fixed` for a commit or a release's tag, which do not move.
    """

    sha: str
    version: str
    asked: float
    fixed: bool = False


class IncludeCache:
    """`.gluv/includes/`: bodies of URLs, bare repositories of projects, resolved revisions.

    Safe for several gluv at once: whole files only, one lock a project. `refresh` distrusts what
    was kept before now; `offline` takes it however old it is.
    """

    def __init__(
        self, store: Path, *, offline: bool, refresh: bool, now: Callable[[], float] = time.time
    ) -> None:
        self.directory = store / "includes"
        self.offline = offline
        self._store = store
        self._now = now
        self._since = now() if refresh and not offline else 0.0

    def is_fresh(self, asked: float, *, fixed: bool = False) -> bool:
        """Whether what was learnt at `asked` (seconds since 1970) still counts.

        What is `fixed` (a commit, a release's tag) only a refresh asks for again.
        """
        if self.offline:
            return True
        return asked >= self._since and (fixed or self._now() - asked < FRESH_SECONDS)

    def read_body(self, url: str) -> tuple[bytes, float] | None:
        """The kept body of a URL, and when it was fetched."""
        path = self._body(url)
        try:
            return path.read_bytes(), path.stat().st_mtime
        except FileNotFoundError:
            return None

    def write_body(self, url: str, body: bytes) -> None:
        """Keep the body of a URL."""
        self._prepare()
        write_whole(self._body(url), body)
        os.utime(self._body(url), (self._now(), self._now()))

    def repository(self, project: str) -> Path:
        """Where the bare repository of a project is kept."""
        return self.directory / "projects" / f"{project}.git"

    def read_revision(self, project: str, ref: str) -> Revision | None:
        """What `ref` of a project stood for when it was last asked."""
        return self._revisions(project).get(ref)

    def write_revision(self, project: str, ref: str, found: Found) -> Revision:
        """Keep what `ref` stands for now; call it under `locked`."""
        revision = Revision(
            sha=found.sha, version=found.version, asked=self._now(), fixed=found.fixed
        )
        known = self._revisions(project) | {ref: revision}
        write_whole(self._revisions_file(project), msgspec.json.encode(known))
        return revision

    @contextmanager
    def locked(self, project: str) -> Iterator[None]:
        """One gluv at a time for this project."""
        from filelock import FileLock

        self._prepare()
        repository = self.repository(project)
        repository.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(repository.with_suffix(".lock")):
            yield

    def _revisions(self, project: str) -> dict[str, Revision]:
        try:
            content = self._revisions_file(project).read_bytes()
            return msgspec.json.decode(content, type=dict[str, Revision])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}

    def _revisions_file(self, project: str) -> Path:
        return self.repository(project).with_suffix(".json")

    def _body(self, url: str) -> Path:
        import hashlib

        return self.directory / "remote" / hashlib.sha256(url.encode()).hexdigest()

    def _prepare(self) -> None:
        ignore = self._store / ".gitignore"
        if not ignore.exists():
            write_whole(ignore, b"*\n")
