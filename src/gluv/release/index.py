"""A package's page on a simple index (PEP 503, PEP 691), and what it has of our files."""

from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import msgspec
import urllib3

from gluv.release.api import Answered, Unreachable, answered
from gluv.release.connection import reason_of
from gluv.release.distribution import Distribution
from gluv.release.stop import ReleaseStopped

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.01"
)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A file on the page: its absolute URL without fragment, its hash if the page gives one."""

    url: str
    sha256: str | None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What an index answers for a name: its files by name; a name may be listed twice.

    `forwarded` is the host that GitLab's package request forwarding points to, for a name that it
    does not have itself.
    """

    files: Mapping[str, tuple[Listed, ...]] = {}
    forwarded: str = ""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Our files against the index's: to upload, or there already with its URL."""

    missing: tuple[Distribution, ...]
    present: Mapping[str, str]


def read_page(pool: urllib3.PoolManager, index: str, name: str, headers: Mapping[str, str]) -> Page:
    """Ask an index for a normalised name. Redirects are not followed.

    A redirect to another host is GitLab's forwarding to PyPI: the name is not in this index,
    whatever PyPI has under it. 404 is an empty page. Raises `ApiError`.
    """
    url = f"{index.rstrip('/')}/{name}/"
    sent = {**headers, "Accept": ACCEPT, "Cache-Control": "no-cache"}
    try:
        response = pool.request("GET", url, headers=sent, redirect=False)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unreachable(f"GET {url}: {reason_of(error)}") from error
    if response.status == 404:
        return Page()
    if response.status in (302, 303, 307):
        other = urlsplit(urljoin(url, response.headers.get("Location", ""))).netloc
        if other and other != urlsplit(url).netloc:
            return Page(forwarded=other)
    if response.status != 200:
        raise answered("GET", url, response)
    if "json" in response.headers.get("Content-Type", ""):
        return Page(files=_read_json(response.data, url))
    return Page(files=_read_html(response.data, url))


def compare(files: Sequence[Distribution], pages: Mapping[str, Page]) -> Compared:
    """Split our files by what the pages (by normalised name) have, judged by SHA-256.

    Raises `ReleaseStopped` naming every file that is there with other bytes, with both hashes.
    """
    missing: list[Distribution] = []
    present: dict[str, str] = {}
    wrong: list[str] = []
    for file in files:
        listed = pages[file.key].files.get(file.name, ())
        if not listed:
            missing.append(file)
        elif all(entry.sha256 == file.sha256 for entry in listed):
            present[file.name] = listed[0].url
        else:
            theirs = ", ".join(sorted({entry.sha256 or "no hash" for entry in listed}))
            wrong.append(f"\n  {file.name}\n    here   {file.sha256}\n    there  {theirs}")
    if wrong:
        raise ReleaseStopped(
            f"the index has other bytes under the same name; nothing was uploaded{''.join(wrong)}",
            hint="a published file never changes: publish a new version. If only a rebuild made "
            "the difference, build once and pass the files on: --dist DIR",
        )
    return Compared(missing=tuple(missing), present=present)


def _read_json(body: bytes, base: str) -> dict[str, tuple[Listed, ...]]:
    try:
        page: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        entries = [
            (str(entry["filename"]), str(entry["url"]), entry.get("hashes", {}).get("sha256"))
            for entry in page.get("files", [])
        ]
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
        raise Answered("GET", base, 200, f"the page is not PEP 691: {error}") from error
    return _by_name(entries, base)


def _read_html(body: bytes, base: str) -> dict[str, tuple[Listed, ...]]:
    anchors = _Anchors()
    anchors.feed(body.decode("utf-8", "replace"))
    entries = []
    for href in anchors.found:
        parts = urlsplit(href)
        name = unquote(parts.path.rpartition("/")[2])
        algorithm, _, digest = parts.fragment.partition("&")[0].partition("=")
        entries.append((name, href, digest if algorithm == "sha256" else None))
    return _by_name(entries, base)


def _by_name(
    entries: Sequence[tuple[str, str, str | None]], base: str
) -> dict[str, tuple[Listed, ...]]:
    files: dict[str, tuple[Listed, ...]] = {}
    for name, url, digest in entries:
        whole = urljoin(base, url).partition("#")[0]
        listed = Listed(url=whole, sha256=digest.lower() if digest else None)
        files[name] = (*files.get(name, ()), listed)
    return files


class _Anchors(HTMLParser):
    """Collects the targets of anchors."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an anchor's target."""
        target = dict(attrs).get("href")
        if tag == "a" and target:
            self.found.append(target)
