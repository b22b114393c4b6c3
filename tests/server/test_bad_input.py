"""Requests that are wrong on purpose, one by one: their status, and what they leave behind."""

import hashlib

import pytest

from tests.server.conftest import JOB, PAT, Host, upload_form
from tests.server.wire import ask_raw, connect, exchange, read_answer

PYPI = "/api/v4/projects/1/packages/pypi"
HEAD = f"Host: 127.0.0.1\r\nPRIVATE-TOKEN: {PAT}\r\n"


@pytest.mark.parametrize(
    "path",
    [
        f"{PYPI}/simple/%00",
        f"{PYPI}/simple/a%00b",
        f"{PYPI}/simple/%c0%af",
        f"{PYPI}/simple/%ed%a0%80",
        f"{PYPI}/simple/%ff",
        f"{PYPI}/simple/%zz",
        f"{PYPI}/simple/%",
        f"{PYPI}/simple?page=%00",
        f"{PYPI}/simple?page=%ff",
        "/api/v4/projects/%00/releases",
    ],
)
def test_what_is_no_text_is_400(host: Host, path: str) -> None:
    answer = ask_raw(host, path)
    assert (answer.status, answer.json) == (400, {"message": "400 Bad request"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        # To who is not signed in any name may be that of a hidden project.
        *(("/%00", 401), ("/%ff", 401), ("/%zz", 401), ("/grp/sub/%00?page=%00", 401)),
        ("/a/%ff/-/x", 404),
    ],
)
def test_a_page_whose_name_is_no_text_is_not_found(host: Host, path: str, status: int) -> None:
    answer = ask_raw(host, path)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v4" + "/a" * 5000, 404),
        (f"{PYPI}/simple/" + "a/" * 5000 + "b", 404),
        (f"{PYPI}/simple/" + "%2e%2e%2f" * 300 + "etc", 400),
        (f"{PYPI}/files/{'0' * 64}/" + "%2e%2e%2f" * 9 + "etc%2fpasswd", 400),
        (f"{PYPI}/files/..%2f..%2f/x.whl", 404),
        (f"{PYPI}/files/%2e%2e/x.whl", 404),
        (f"{PYPI}/simple/%252e%252e", 404),
        (f"{PYPI}/simple//demo", 400),
        ("/api/v4/projects/1%2F..%2F2/releases", 404),
        ("/api/v4//projects/1/releases", 404),
        ("/api/v4/projects/1/releases/" + "a" * 9000, 404),
        ("/api/v4/projects/99999999999999999999/releases", 404),
        ("/api/v4/projects/-1/releases", 404),
        ("/api/v4/projects/1/pipelines/99999999999999999999", 404),
        ("/api/v4/projects/1/pipelines/1e3", 400),
        ("/api/v4/projects/1/pipelines/%D9%A3", 400),
        ("/api/v4/projects/1/releases?page=99999999999", 400),
        ("/api/v4/projects/1/releases?per_page=0", 400),
        ("/api/v4/projects/1/releases?per_page[]=1", 400),
        ("/api/v4/projects/1/releases?" + "&".join(["a[b]=1"] * 500), 200),
    ],
)
def test_odd_paths_and_parameters(host: Host, path: str, status: int) -> None:
    assert ask_raw(host, path).status == status


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("Content-Length: 99999999999999999999", 400),
        ("Content-Length: 40000000000", 400),
        ("Content-Length: -1", 400),
        ("Content-Length: 1\r\nContent-Length: 2", 400),
        ("Content-Length: 0x10", 400),
        ("Transfer-Encoding: gzip, chunked", 400),
        ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("A: " + "b" * 70_000, 400),
        ("\r\n".join(f"A{number}: b" for number in range(3000)), 400),
        ("No colon", 400),
        (" leading: space", 400),
        ("A: b\x00c", 400),
    ],
)
def test_heads_that_are_wrong_are_refused_at_once(host: Host, lines: str, status: int) -> None:
    """Without waiting for what they announce."""
    kind = "Content-Type: multipart/form-data; boundary=b\r\n"
    request = f"POST {PYPI} HTTP/1.1\r\n{HEAD}{kind}{lines}\r\n\r\n".encode("latin-1")
    assert exchange(host, request, "POST").status == status


def test_a_body_that_is_announced_too_long_is_not_waited_for(host: Host) -> None:
    head = f"POST /api/v4/projects/1/releases HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n"
    with connect(host) as client:
        client.sendall(f"{head}Content-Length: 40000000000\r\n\r\n{{".encode())
        answer = read_answer(client, "POST")
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert client.recv(10) == b""


def test_length_and_chunks_together_are_read_one_way(host: Host) -> None:
    """Whichever it is: no second request may hide in the first."""
    hidden = b"GET /api/v4/user HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    body = b"0\r\n\r\n" + hidden
    head = (
        f"POST /api/v4/usage_data/track_event HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with connect(host) as client:
        client.sendall(head.encode() + body)
        found = b""
        while part := client.recv(65536):
            found += part
    assert found.count(b"HTTP/1.1 ") == 1


def test_requests_in_a_row_are_answered_in_order(host: Host) -> None:
    one = f"GET {PYPI}/simple HTTP/1.1\r\n{HEAD}\r\n"
    two = f"GET /api/v4/version HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n"
    with connect(host) as client:
        client.sendall((one + two).encode())
        found = b""
        while part := client.recv(65536):
            found += part
    assert found.count(b"HTTP/1.1 200") == 2
    assert found.index(b"Links for") < found.index(b'"version"')


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/cron.d/x.whl", "x.whl"),
        ("..\\..\\x.whl", "x.whl"),
        ("/absolute/x.whl", "x.whl"),
        ("x\x01\x1b[31m.whl", "x__[31m.whl"),
        ("päckage-1.whl", "päckage-1.whl"),
        ("<script>.whl", "<script>.whl"),
        ("..", ".."),
    ],
)
def test_file_names_lead_nowhere(host: Host, given: str, kept: str) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(file_name=given))
    assert answer.status == 201
    (file,) = host.store.packages.files_of(1)
    assert file.name == kept
    page = host.ask("GET", f"{PYPI}/simple/demo-pkg").body.decode()
    assert "<script>" not in page
    inside = {path.name for path in host.store.blobs.directory.iterdir()}
    assert inside == {file.sha256[:2], "lock", "partial"}


def test_a_name_without_end_is_refused(host: Host) -> None:
    for name in ("a" * 256, "a" * 4000):
        answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(file_name=f"{name}.whl"))
        assert answer.status == 400
    assert host.store.packages.of_projects([1]) == ()


def test_a_wheel_that_is_no_wheel_is_kept_as_it_is(host: Host) -> None:
    """GitLab looks into none either."""
    for content in (b"", b"no wheel", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + b"\xff" * 100):
        name = f"demo_pkg-1.0-{len(content)}-py3-none-any.whl"
        form = upload_form(content, file_name=name)
        assert host.ask("POST", PYPI, headers=JOB, form=form).status == 201
        path = f"{PYPI}/files/{hashlib.sha256(content).hexdigest()}/{name}"
        assert host.ask("GET", path).body == content


def body_of(*parts: tuple[str, bytes]) -> bytes:
    """A form of parts with these heads."""
    listed = (
        b"--b\r\n" + head.encode("latin-1") + b"\r\n\r\n" + content for head, content in parts
    )
    return b"\r\n".join([*listed, b"--b--\r\n"])


NAME = ('Content-Disposition: form-data; name="name"', b"demo")
VERSION = ('Content-Disposition: form-data; name="version"', b"1.0")
CONTENT = ('Content-Disposition: form-data; name="content"; filename="demo-1.0.tar.gz"', b"x")


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((NAME, VERSION, CONTENT), 201),
        ((CONTENT, VERSION, NAME), 201),
        # Of a repeated field the last one counts, of a repeated file the first.
        ((NAME, VERSION, ('Content-Disposition: form-data; name="version"', b"x"), CONTENT), 400),
        ((NAME, VERSION, CONTENT, CONTENT), 201),
        ((NAME, VERSION), 400),
        ((NAME, CONTENT), 400),
        ((NAME, VERSION, ("Content-Type: text/plain", b"x"), CONTENT), 201),
        ((NAME, VERSION, ("X: " + "y" * 5000, b"x"), CONTENT), 400),
        ((NAME, VERSION, ("\r\n".join(f"X{n}: y" for n in range(50)), b"x"), CONTENT), 400),
        (
            (NAME, VERSION, ("Content-Disposition: form-data; name*=utf-16''%ff", b"x"), CONTENT),
            201,
        ),
        ((NAME, VERSION, ("Content-Disposition: form-data; name*=no-such''x", b"x"), CONTENT), 201),
        ((NAME, VERSION, ('Content-Disposition: form-data; name="x', b"x"), CONTENT), 201),
        ((NAME, VERSION, (CONTENT[0].replace("filename", "filename*"), b"x")), 201),
        ((NAME, VERSION, (CONTENT[0].replace('"demo-1', '"d\\"emo-1'), b"x")), 201),
    ],
)
def test_forms_of_every_kind(host: Host, parts: tuple[tuple[str, bytes], ...], status: int) -> None:
    headers = {**JOB, "Content-Type": "multipart/form-data; boundary=b"}
    answer = host.ask("POST", PYPI, headers=headers, body=body_of(*parts))
    assert answer.status == status, answer.body
    # Another reader has the forms of all other calls.
    other = "/api/v4/projects/1/access_tokens"
    headers = {"PRIVATE-TOKEN": PAT, "Content-Type": headers["Content-Type"]}
    assert host.ask("POST", other, headers=headers, body=body_of(*parts)).status == 400


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=" + "b" * 300,
        "multipart/mixed; boundary=b",
        "application/octet-stream",
        "",
    ],
)
def test_bodies_that_are_no_form(host: Host, kind: str) -> None:
    headers = {**JOB, "Content-Type": kind}
    answer = host.ask("POST", PYPI, headers=headers, body=body_of(NAME, VERSION, CONTENT))
    assert answer.status == 400
    assert "error" in answer.json


def test_texts_without_end_are_413(host: Host) -> None:
    long = "d" * (5 * 1024 * 1024)
    for form in (upload_form(description=long), upload_form(unknown=long)):
        assert host.ask("POST", PYPI, headers=JOB, form=form).status == 413
    assert host.store.packages.of_projects([1]) == ()
    json = {"tag_name": "x", "description": "d" * (3 * 1024 * 1024)}
    headers = {"PRIVATE-TOKEN": PAT}
    assert host.ask("POST", "/api/v4/projects/1/releases", headers=headers, json=json).status == 413
