"""Downloads: ranges, conditions and caching, as RFC 9110 and GitLab's Workhorse have them."""

import hashlib
from email.utils import formatdate

import pytest
from starlette.datastructures import Headers

from gluv.server.conditions import Part, choose_part
from tests.server.conftest import JOB, Host, upload_form

PYPI = "/api/v4/projects/1/packages/pypi"
CONTENT = bytes(range(256)) * 4
SHA = hashlib.sha256(CONTENT).hexdigest()
ETAG = f'"{SHA}"'
FILE = f"{PYPI}/files/{SHA}/demo_pkg-1.0-py3-none-any.whl"
SIZE = len(CONTENT)


@pytest.fixture
def stored(host: Host) -> Host:
    assert host.ask("POST", PYPI, headers=JOB, form=upload_form(CONTENT)).status == 201
    return host


def test_a_file_never_changes_and_says_so(stored: Host) -> None:
    answer = stored.ask("GET", FILE)
    assert answer.headers["etag"] == ETAG
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["cache-control"].startswith("private,")
    assert answer.headers["content-type"] == "application/octet-stream"
    name = "demo_pkg-1.0-py3-none-any.whl"
    assert answer.headers["content-disposition"] == (
        f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = stored.ask("GET", FILE, headers={"If-None-Match": f'"other", W/{ETAG}'})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", ETAG)
    since = {"If-Modified-Since": answer.headers["last-modified"]}
    assert stored.ask("GET", FILE, headers=since).status == 304
    assert stored.ask("HEAD", FILE, headers=since).status == 304


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=10-", 206, 10, SIZE),
        ("bytes=-10", 206, SIZE - 10, SIZE),
        ("bytes=-5000", 206, 0, SIZE),
        (f"bytes={SIZE - 1}-99999", 206, SIZE - 1, SIZE),
        ("Bytes = 1 - 2", 206, 1, 3),
        ("bytes=0-1,5-6", 200, 0, SIZE),
        ("lines=0-1", 200, 0, SIZE),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_ranges(stored: Host, method: str, asked: str, status: int, start: int, end: int) -> None:
    answer = stored.ask(method, FILE, headers={"Range": asked})
    assert answer.status == status
    assert answer.headers["content-length"] == str(end - start)
    expected = f"bytes {start}-{end - 1}/{SIZE}" if status == 206 else None
    assert answer.headers.get("content-range") == expected
    assert answer.body == (CONTENT[start:end] if method == "GET" else b"")


@pytest.mark.parametrize(
    "asked",
    [
        f"bytes={SIZE}-",
        "bytes=5-4",
        "bytes=-0",
        "bytes=-",
        "bytes=a-b",
        "bytes=",
        "bytes",
        "bytes=٣-",
    ],
)
def test_ranges_that_are_not_there_are_416(stored: Host, asked: str) -> None:
    headers = {"Range": asked} if asked.isascii() else {"Range": asked.encode().decode("latin-1")}
    answer = stored.ask("GET", FILE, headers=headers)
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        (f"W/{ETAG}", 200),
        ('"other"', 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
        ("yesterday", 200),
    ],
)
def test_a_range_may_depend_on_the_file(stored: Host, condition: str, status: int) -> None:
    headers = {"Range": "bytes=1-2", "If-Range": condition}
    assert stored.ask("GET", FILE, headers=headers).status == status


def test_conditions_come_in_the_order_of_the_rfc() -> None:
    at = 1_000_000.0

    def choose(**headers: str) -> int:
        given = Headers({key.replace("_", "-"): value for key, value in headers.items()})
        return choose_part(given, etag='"a"', modified=at, size=10).status

    before, after = formatdate(at - 1, usegmt=True), formatdate(at, usegmt=True)
    assert choose(if_match='"a"') == 200
    assert choose(if_match="*") == 200
    assert choose(if_match='W/"a"') == 412
    assert choose(if_match='"b"', if_none_match='"a"') == 412
    assert choose(if_unmodified_since=before) == 412
    assert choose(if_unmodified_since=after) == 200
    assert choose(if_match='"a"', if_unmodified_since=before) == 200
    assert choose(if_modified_since=after) == 304
    assert choose(if_modified_since=before) == 200
    assert choose(if_none_match='"b"', if_modified_since=after) == 200
    assert choose(if_none_match="*", range="bytes=0-1") == 304
    assert choose(range="bytes=0-1", if_range=after) == 206
    for nonsense in ("", "x", "Thu, 99 Jan 1970 00:00:00 GMT", "1" * 500):
        assert choose(if_modified_since=nonsense, if_unmodified_since=nonsense) == 200


def test_an_empty_file_has_no_range() -> None:
    found = choose_part(Headers({"Range": "bytes=0-"}), etag='"a"', modified=0, size=0)
    assert found == Part(status=416)
    whole = choose_part(Headers({}), etag='"a"', modified=0, size=0)
    assert whole == Part(status=200)


def test_an_empty_file_is_served(host: Host) -> None:
    sha = hashlib.sha256(b"").hexdigest()
    form = upload_form(b"", file_name="empty-1.0.tar.gz")
    assert host.ask("POST", PYPI, headers=JOB, form=form).status == 201
    answer = host.ask("GET", f"{PYPI}/files/{sha}/empty-1.0.tar.gz")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0")


def test_a_file_that_was_taken_from_the_disk_is_404(stored: Host) -> None:
    stored.store.blobs.path(SHA).unlink()
    assert stored.ask("GET", FILE).status == 404


def test_index_pages_are_revalidated(stored: Host) -> None:
    for path in (f"{PYPI}/simple", f"{PYPI}/simple/demo-pkg", "/api/v4/projects/1"):
        first = stored.ask("GET", path)
        assert first.headers["cache-control"] == "max-age=0, private, must-revalidate"
        again = stored.ask("GET", path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
        assert stored.ask("HEAD", path).headers["etag"] == first.headers["etag"]
    before = stored.ask("GET", f"{PYPI}/simple").headers["etag"]
    form = upload_form(b"new", file_name="new-1.0.tar.gz", name="new")
    assert stored.ask("POST", PYPI, headers=JOB, form=form).status == 201
    assert stored.ask("GET", f"{PYPI}/simple", headers={"If-None-Match": before}).status == 200
