"""Everything read back: nothing counts as published that cannot be found and fetched."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import urllib3

from gluv.release.announce import links_of
from gluv.release.api import Unreachable, answered
from gluv.release.connection import reason_of
from gluv.release.distribution import Distribution
from gluv.release.explain import AGAIN
from gluv.release.index import Page, compare, read_page
from gluv.release.links import Link, is_same
from gluv.release.retry import Retry
from gluv.release.stop import ReleaseStopped


def read_pages(
    pool: urllib3.PoolManager,
    index: str,
    files: Sequence[Distribution],
    headers: Mapping[str, str],
    retry: Retry,
    note: Callable[[str], None],
) -> dict[str, Page]:
    """The page of every project among the files, by its normalised name. Raises `ApiError`."""
    return {
        key: retry.run(lambda key=key: read_page(pool, index, key, headers), note)  # type: ignore[misc]
        for key in sorted({file.key for file in files})
    }


def verify_files(
    files: Sequence[Distribution],
    read: Callable[[], Mapping[str, Page]],
    retry: Retry,
) -> dict[str, str]:
    """The URL of every file, once the index lists it with our hash.

    An index behind a replica or a cache may need a moment: it is asked `retry.attempts` times.
    Raises `ReleaseStopped` for files that do not appear.
    """
    for attempt in range(1, retry.attempts + 1):
        found = compare(files, read())
        if not found.missing:
            return dict(found.present)
        if attempt < retry.attempts:
            retry.clock.sleep(retry.wait(attempt, Unreachable()))
    names = ", ".join(file.name for file in found.missing)
    raise ReleaseStopped(
        f"uploaded, but the index does not list: {names}",
        hint=f"it may be slow: {AGAIN}",
    )


def verify_urls(
    pool: urllib3.PoolManager,
    urls: Mapping[str, str],
    headers: Mapping[str, str],
    own: str,
    *,
    parallel: int,
    retry: Retry,
    note: Callable[[str], None],
) -> None:
    """Ask for the head of every URL (by file name). Raises `ApiError` for one that is no file.

    The credentials go to the host of `own` only. A redirect to object storage is an answer.
    """
    host = urlsplit(own).netloc

    def ask(url: str) -> None:
        sent = headers if urlsplit(url).netloc == host else {}
        try:
            response = pool.request("HEAD", url, headers=dict(sent), redirect=False)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unreachable(f"HEAD {url}: {reason_of(error)}") from error
        if response.status >= 400:
            raise answered("HEAD", url, response)

    with ThreadPoolExecutor(max_workers=parallel) as threads:
        for done in [
            threads.submit(retry.run, lambda u=url: ask(u), note) for url in urls.values()
        ]:
            done.result()


def verify_release(release: dict[str, Any], links: Sequence[Link]) -> None:
    """Whether a release carries every link as wanted. Raises `ReleaseStopped`."""
    have = links_of(release)
    lost = [link.name for link in links if not any(is_same(entry, link) for entry in have)]
    if lost:
        raise ReleaseStopped(
            f"the release {release.get('tag_name')} does not carry: {', '.join(lost)}", hint=AGAIN
        )
