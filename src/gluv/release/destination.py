"""Where files go: GitLab's registry by gluv's own uploads, anything else by `uv publish`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

import urllib3

from gluv.release.api import ApiError
from gluv.release.connection import open_pool
from gluv.release.distribution import Distribution
from gluv.release.explain import explain
from gluv.release.gitlab import Gitlab
from gluv.release.index import Compared, Page, compare
from gluv.release.options import ReleaseOptions
from gluv.release.retry import Retry
from gluv.release.upload import Progress, Registry, upload_all
from gluv.release.uv import Uv
from gluv.release.uv_publish import UvTarget, find_target, publish
from gluv.release.verify import read_pages, verify_files, verify_urls

Note = Callable[[str], None]


class Sender(Protocol):
    """The part of a destination that moves bytes. Raises `Stop`."""

    def __call__(
        self,
        files: Sequence[Distribution],
        *,
        parallel: int,
        retry: Retry,
        progress: Progress,
        note: Note,
        output: Note,
    ) -> None:
        """Upload files."""


class Destination:
    """A place for files: its index, if one is known, and the way in."""

    def __init__(
        self, *, shown: str, registry: Registry | None, send: Sender, gitlab: bool = False
    ) -> None:
        self.shown = shown
        self.upload = send
        self._registry = registry
        self._gitlab = gitlab

    @property
    def index(self) -> str | None:
        """The simple index."""
        return self._registry.index if self._registry is not None else None

    def pages(
        self, files: Sequence[Distribution], retry: Retry, note: Note
    ) -> Mapping[str, Page] | None:
        """What the index has, by normalised name; None if no index is known. Raises `Stop`."""
        if self._registry is None:
            return None
        registry = self._registry
        try:
            return read_pages(registry.pool, registry.index, files, registry.headers, retry, note)
        except ApiError as error:
            what = f"the index {registry.index}"
            raise explain(error, doing="index", what=what, who=registry.who) from error

    def compare(self, files: Sequence[Distribution], pages: Mapping[str, Page]) -> Compared:
        """Raises `ReleaseStopped` if there are other bytes under one of our names."""
        return compare(files, pages)

    def verify(
        self, files: Sequence[Distribution], parallel: int, retry: Retry, note: Note
    ) -> Mapping[str, str] | None:
        """The URL of every file, each asked for; None if no index is known. Raises `Stop`."""
        if self._registry is None:
            return None
        registry = self._registry
        urls = verify_files(files, lambda: self.pages(files, retry, note) or {}, retry)
        try:
            verify_urls(
                registry.pool,
                urls,
                registry.headers,
                registry.index,
                parallel=parallel,
                retry=retry,
                note=note,
            )
        except ApiError as error:
            raise explain(
                error, doing="file", what="a file just published", who=registry.who
            ) from error
        return urls

    def expected_url(self, file: Distribution) -> str:
        """Where a file will be; empty where only the index can tell."""
        if self._registry is None or not self._gitlab:
            return ""
        return f"{self._registry.url}/files/{file.sha256}/{quote(file.name)}"


def open_destination(
    options: ReleaseOptions,
    root: Path,
    gitlab: Gitlab | None,
    environ: Mapping[str, str],
    uv: Callable[[], Uv],
) -> Destination:
    """The place that `--to` names. Raises `UsageWrong`."""
    if options.to == "gitlab":
        assert gitlab is not None
        return _gitlab(gitlab, environ)
    return _elsewhere(
        find_target(options.to, options.check_url, root, uv(), environ), root, uv, environ
    )


def _gitlab(gitlab: Gitlab, environ: Mapping[str, str]) -> Destination:
    registry = Registry(
        pool=open_pool(gitlab.server, environ),
        url=gitlab.registry,
        index=f"{gitlab.registry}/simple",
        headers=gitlab.credentials.basic(),
        who=gitlab.who,
    )

    def send(
        files: Sequence[Distribution],
        *,
        parallel: int,
        retry: Retry,
        progress: Progress,
        note: Note,
        output: Note,
    ) -> None:
        upload_all(registry, files, parallel=parallel, retry=retry, progress=progress, note=note)

    shown = f"the registry of {gitlab.server}, project {gitlab.project}"
    return Destination(shown=shown, registry=registry, send=send, gitlab=True)


def _elsewhere(
    target: UvTarget, root: Path, uv: Callable[[], Uv], environ: Mapping[str, str]
) -> Destination:
    registry = None
    if target.index is not None:
        address, headers = _split(target.index)
        registry = Registry(
            pool=open_pool(address, environ), url="", index=address, headers=headers, who="nobody"
        )

    def send(
        files: Sequence[Distribution],
        *,
        parallel: int,
        retry: Retry,
        progress: Progress,
        note: Note,
        output: Note,
    ) -> None:
        publish(target, uv(), files, root=root, output=output)

    return Destination(shown=target.shown, registry=registry, send=send)


def _split(index: str) -> tuple[str, Mapping[str, str]]:
    """An index without the credentials in its URL, and the header that says them instead."""
    parsed = urllib3.util.parse_url(index)
    if not parsed.auth:
        return index.rstrip("/"), {}
    headers = dict(urllib3.make_headers(basic_auth=unquote(parsed.auth)))
    return parsed._replace(auth=None).url.rstrip("/"), headers
