"""Uploads to a GitLab registry: in parallel, retried, and never taken twice for a mistake."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import msgspec
import urllib3

from gluv.errors import Stop
from gluv.release.api import Answered, ApiError, Unreachable, answered
from gluv.release.connection import reason_of
from gluv.release.distribution import Distribution
from gluv.release.explain import AGAIN, explain
from gluv.release.index import read_page
from gluv.release.multipart import Form
from gluv.release.retry import Retry
from gluv.release.stop import ReleaseStopped

Progress = Callable[[str, int, int], None]
"""Called from any thread: a file's name, bytes sent, its size. Bytes sent start again at 0."""


class Registry(msgspec.Struct, frozen=True, kw_only=True):
    """An upload endpoint with its index; `headers` say who, `who` says it to people."""

    pool: urllib3.PoolManager
    url: str
    index: str
    headers: Mapping[str, str]
    who: str


class _Stopped(Exception):
    """Another upload failed; this one need not go on."""


def upload_all(
    registry: Registry,
    files: Sequence[Distribution],
    *,
    parallel: int,
    retry: Retry,
    progress: Progress,
    note: Callable[[str], None],
) -> None:
    """Upload files; raises `Stop` for the first that cannot be, after the others came to an end.

    GitLab makes the package of a name and version when its first file arrives; two at the same
    moment could make two. So the first file of each goes alone, the others follow together.
    """
    uploader = _Uploader(registry, retry, progress, note)
    firsts: dict[tuple[str, str], Distribution] = {}
    for file in files:
        firsts.setdefault((file.key, file.version), file)
    leading = list(firsts.values())
    for batch in (leading, [file for file in files if file not in leading]):
        uploader.run(batch, parallel)


class _Uploader:
    def __init__(
        self, registry: Registry, retry: Retry, progress: Progress, note: Callable[[str], None]
    ) -> None:
        self._registry = registry
        self._halt = threading.Event()
        if retry.clock.sleep is time.sleep:
            # Nobody should wait out a back-off after another upload has failed, or Ctrl-C.
            clock = msgspec.structs.replace(retry.clock, sleep=self._wait)
            retry = msgspec.structs.replace(retry, clock=clock)
        self._retry = retry
        self._progress = progress
        self._note = note

    def run(self, files: Sequence[Distribution], parallel: int) -> None:
        """Upload a batch. Raises `Stop`."""
        if not files:
            return
        with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="upload") as threads:
            started = [(file, threads.submit(self._upload, file)) for file in files]
            try:
                wait([future for _, future in started])
            except BaseException:
                self._halt.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        self._raise_first(started)

    def _wait(self, seconds: float) -> None:
        self._halt.wait(seconds)

    def _raise_first(self, started: Sequence[tuple[Distribution, Future[None]]]) -> None:
        for file, future in started:
            error = future.exception()
            if error is None or isinstance(error, _Stopped):
                continue
            if isinstance(error, ApiError):
                raise explain(
                    error, doing="upload", what=file.name, who=self._registry.who
                ) from error
            raise error

    def _upload(self, file: Distribution) -> None:
        """One file, with retries; a name that is taken by the same bytes is a success."""
        try:
            self._retry.run(lambda: self._send(file), lambda text: self._note(text))
        except Answered as error:
            if error.status == 400 and "taken" in error.said and self._is_there(file):
                return
            self._halt.set()
            raise
        except (ApiError, Stop):
            self._halt.set()
            raise

    def _send(self, file: Distribution) -> None:
        if self._halt.is_set():
            raise _Stopped
        url, sent = self._registry.url, 0

        def progress(size: int) -> None:
            nonlocal sent
            if self._halt.is_set():
                raise _Stopped
            sent += size
            self._progress(file.name, sent, file.size)

        self._progress(file.name, 0, file.size)
        try:
            with Form(file, progress) as form:
                headers = {**self._registry.headers, **form.headers, "Accept": "application/json"}
                response = self._registry.pool.request(
                    "POST", url, body=form, headers=headers, redirect=False
                )
        except (urllib3.exceptions.HTTPError, ConnectionError) as error:
            raise Unreachable(f"POST {url}: {reason_of(error)}") from error
        except OSError as error:
            raise ReleaseStopped(f"{file.path} cannot be read: {error}", hint=AGAIN) from error
        if not 200 <= response.status < 300:
            raise answered("POST", url, response)
        self._progress(file.name, file.size, file.size)

    def _is_there(self, file: Distribution) -> bool:
        """Whether an earlier attempt, or another job, stored these very bytes."""
        page = self._retry.run(
            lambda: read_page(
                self._registry.pool, self._registry.index, file.key, self._registry.headers
            ),
            self._note,
        )
        listed = page.files.get(file.name, ())
        return bool(listed) and all(entry.sha256 == file.sha256 for entry in listed)
