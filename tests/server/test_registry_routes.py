"""The registry over HTTP: pages, files, raw paths, forwarding, uploads that are wrong."""

import hashlib
import http.client
import os
import socket

import pytest

from tests.server.conftest import JOB, Host, Launcher, basic, upload_form

PYPI = "/api/v4/projects/1/packages/pypi"
UPSTREAM = "http://upstream.invalid/simple"


def _upload(host: Host, content: bytes = b"wheel", **fields: str) -> str:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(content, **fields))
    assert (answer.status, answer.json) == (201, {"message": "201 Created"})
    return hashlib.sha256(content).hexdigest()


def test_pages_have_gitlabs_structure(host: Host) -> None:
    digest = _upload(host)
    _upload(host, b"sdist", file_name="demo_pkg-1.0.tar.gz")
    answer = host.ask("GET", f"{PYPI}/simple/demo-pkg/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = answer.body.decode()
    assert "<title>Links for demo_pkg</title>" in page
    assert (
        f'<a href="{host.pypi}/files/{digest}/demo_pkg-1.0-py3-none-any.whl#sha256={digest}"'
        ' data-requires-python="&gt;=3.8">demo_pkg-1.0-py3-none-any.whl</a><a href='
    ) in page
    index = host.ask("GET", f"{PYPI}/simple").body.decode()
    assert "<h1>Links for Demo</h1>" in index
    assert index.count(f'<a href="{host.pypi}/simple/demo-pkg" data-requires-python=') == 1


def test_the_group_page_links_to_the_groups_files(host: Host) -> None:
    digest = _upload(host)
    base = "/api/v4/groups/grp%2Fsub/-/packages/pypi"
    page = host.ask("GET", f"{base}/simple/demo-pkg").body.decode()
    link = f"{host.api}/groups/2/-/packages/pypi/files/{digest}/demo_pkg-1.0-py3-none-any.whl"
    assert f'<a href="{link}#sha256={digest}"' in page
    assert host.ask("GET", link).body == b"wheel"
    assert host.ask("GET", "/api/v4/groups/grp/-/packages/pypi/simple").status == 200
    missing = host.ask("GET", f"{base}/files/{'0' * 64}/demo_pkg-1.0-py3-none-any.whl")
    assert (missing.status, missing.json) == (404, {"message": "404 Not found"})


@pytest.mark.parametrize(
    "project", ["1", "grp%2Fsub%2Fdemo", "grp%2fsub%2Fde%6Do", "GRP%2Fsub%2Fdemo"]
)
def test_the_project_is_found_by_number_and_encoded_path(host: Host, project: str) -> None:
    assert host.ask("GET", f"/api/v4/projects/{project}/packages/pypi/simple").status == 200
    assert host.ask("GET", f"/api/v4/projects/{project}/packages/pypi/simple/").status == 200


def test_an_unencoded_path_is_no_route(host: Host) -> None:
    answer = host.ask("GET", "/api/v4/projects/grp/sub/demo/packages/pypi/simple")
    assert (answer.status, answer.json) == (404, {"error": "404 Not Found"})


def test_only_the_lower_case_of_a_request_is_looked_up(host: Host) -> None:
    _upload(host, name="My_Pkg", file_name="My_Pkg-1.0.tar.gz")
    assert host.ask("GET", f"{PYPI}/simple/my-pkg").status == 200
    assert host.ask("GET", f"{PYPI}/simple/MY-PKG").status == 200
    missed = host.ask("GET", f"{PYPI}/simple/My_Pkg")
    assert (missed.status, missed.json) == (404, {"message": "404 Package Not Found"})


def test_files_answer_head_and_ranges(host: Host) -> None:
    content = os.urandom(300_000)
    digest = _upload(host, content)
    path = f"{PYPI}/files/{digest}/demo_pkg-1.0-py3-none-any.whl"
    whole = host.ask("GET", path)
    assert whole.body == content
    assert "content-encoding" not in whole.headers
    head = host.ask("HEAD", path)
    assert (head.status, head.headers["content-length"], head.body) == (200, "300000", b"")
    assert head.headers["accept-ranges"] == "bytes"
    part = host.ask("GET", path, headers={"Range": "bytes=299000-"})
    assert (part.status, part.body) == (206, content[299_000:])
    assert part.headers["content-range"] == "bytes 299000-299999/300000"
    assert host.ask("HEAD", f"{PYPI}/simple/demo-pkg").status == 200


def test_a_wrong_hash_or_name_is_404(host: Host) -> None:
    digest = _upload(host)
    for path in (f"{'0' * 64}/demo_pkg-1.0-py3-none-any.whl", f"{digest}/other.whl"):
        answer = host.ask("GET", f"{PYPI}/files/{path}")
        assert (answer.status, answer.json) == (404, {"message": "404 Package Not Found"})
    assert host.ask("GET", f"{PYPI}/files/{digest}/x.whl.metadata").status == 404


def test_a_file_without_a_dot_can_be_stored_but_not_fetched(host: Host) -> None:
    digest = _upload(host, file_name="demo")
    assert host.ask("GET", f"{PYPI}/files/{digest}/demo").status == 404


def test_unknown_packages_are_forwarded(launch: Launcher) -> None:
    host = launch(upstream=UPSTREAM)
    for asked in ("requests", "requests/"):
        answer = host.ask("GET", f"{PYPI}/simple/{asked}")
        assert answer.status == 302
        assert answer.headers["location"] == f"{UPSTREAM}/requests/"
        assert answer.headers["content-type"].startswith("text/plain")
    assert host.ask("GET", f"{PYPI}/simple").status == 200
    assert host.ask("GET", f"{PYPI}/files/{'0' * 64}/x.whl").status == 404
    _upload(host)
    assert host.ask("GET", f"{PYPI}/simple/demo-pkg").status == 200


def test_forwarding_off_is_404_and_a_private_project_asks_first(launch: Launcher) -> None:
    off = launch(upstream=UPSTREAM, forwarding="off")
    answer = off.ask("GET", f"{PYPI}/simple/requests")
    assert (answer.status, answer.json) == (404, {"message": "404 Package Not Found"})
    private = launch(upstream=UPSTREAM, visibility="private")
    assert private.ask("GET", f"{PYPI}/simple/requests").status == 401
    assert private.ask("GET", f"{PYPI}/simple/requests", headers=JOB).status == 302


def test_json_pages_are_an_option(launch: Launcher) -> None:
    accept = {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.1"}
    plain = launch()
    assert (
        plain.ask("GET", f"{PYPI}/simple", headers=accept)
        .headers["content-type"]
        .startswith("text/html")
    )
    host = launch(json_index=True)
    digest = _upload(host)
    index = host.ask("GET", f"{PYPI}/simple", headers=accept)
    assert index.headers["vary"] == "Accept"
    assert index.headers["content-type"] == "application/vnd.pypi.simple.v1+json; charset=utf-8"
    assert index.json == {"meta": {"api-version": "1.0"}, "projects": [{"name": "demo-pkg"}]}
    (file,) = host.ask("GET", f"{PYPI}/simple/demo-pkg", headers=accept).json["files"]
    assert file["hashes"] == {"sha256": digest}
    assert file["url"] == f"{host.pypi}/files/{digest}/{file['filename']}#sha256={digest}"
    assert file["requires-python"] == ">=3.8"
    # In JSON each file has its own, in HTML the package's, which the last upload decides.
    _upload(host, b"two", file_name="demo_pkg-1.0.tar.gz", requires_python=">=3.9")
    _upload(host, b"three", file_name="demo_pkg-1.0.zip", requires_python="")
    page = host.ask("GET", f"{PYPI}/simple/demo-pkg", headers=accept)
    found = [one.get("requires-python") for one in page.json["files"]]
    assert found == [">=3.8", ">=3.9", None]
    html = host.ask("GET", f"{PYPI}/simple/demo-pkg")
    assert html.headers["vary"] == "Accept"
    assert html.body.count(b'data-requires-python=""') == 3
    group = host.ask("GET", "/api/v4/groups/2/-/packages/pypi/simple/demo-pkg", headers=accept)
    assert len(group.json["files"]) == 3


def test_duplicates_are_refused_in_gitlabs_words(host: Host) -> None:
    _upload(host)
    taken = {"message": "400 Bad request - Validation failed: File name has already been taken"}
    for content in (b"wheel", b"other"):
        answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(content))
        assert (answer.status, answer.json) == (400, taken)
    # The same file name under another spelling of the name is another package row.
    _upload(host, b"third", name="demo-pkg")
    page = host.ask("GET", f"{PYPI}/simple/demo-pkg").body.decode()
    assert page.count("<a href=") == 2


def test_a_wrong_digest_is_refused_and_nothing_is_stored(host: Host) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(sha256_digest="1" * 64))
    assert answer.status == 400
    assert answer.json["message"].startswith("400 Bad request - sha256_digest is 1111")
    assert host.store.packages.of_projects([1]) == ()
    assert list((host.store.directory / "files" / "partial").iterdir()) == []


def test_what_is_missing_is_named(host: Host) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=[("name", "a")])
    assert (answer.status, answer.json) == (
        400,
        {"error": "content is missing, version is missing"},
    )
    assert host.ask("POST", PYPI, headers=JOB, json={"name": "a"}).status == 400


@pytest.mark.parametrize("cut", [3, 200, 800])
def test_a_form_that_breaks_off_stores_nothing(host: Host, cut: int) -> None:
    import urllib3

    body, kind = urllib3.encode_multipart_formdata(upload_form(b"x" * 500))
    headers = {**JOB, "Content-Type": kind}
    answer = host.ask("POST", PYPI, headers=headers, body=body[:-cut])
    assert answer.status == 400
    assert host.store.packages.of_projects([1]) == ()


def test_a_refused_upload_is_read_to_its_end(host: Host) -> None:
    form = upload_form(b"x" * 3_000_000)
    answer = host.ask("POST", PYPI, headers=basic("gitlab-ci-token", "no"), form=form)
    assert answer.status == 401


def test_wrong_methods_are_405_and_writes_never_redirect(host: Host) -> None:
    answer = host.ask("PUT", f"{PYPI}/simple")
    assert (answer.status, answer.json) == (405, {"error": "405 Not Allowed"})
    assert host.ask("POST", f"{PYPI}/", headers=JOB, form=upload_form()).status == 201


def test_no_server_header_and_keep_alive(host: Host) -> None:
    name, port = host.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(name, int(port))
    connection.request("GET", f"{PYPI}/simple")
    first = connection.getresponse()
    first.read()
    assert first.getheader("server") is None
    opened: socket.socket = connection.sock
    connection.request("GET", f"{PYPI}/simple")
    connection.getresponse().read()
    assert connection.sock is opened
    connection.close()
