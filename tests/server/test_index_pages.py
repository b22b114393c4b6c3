"""The simple index to the letter: the HTML, whose names, in which order, for which requests."""

import hashlib

import pytest

from tests.server.conftest import JOB, Host, Launcher, upload_form
from tests.server.wire import ask_raw

PYPI = "/api/v4/projects/1/packages/pypi"

PAGE = """\
        <!DOCTYPE html>
        <html>
          <head>
            <title>Links for {name}</title>
          </head>
          <body>
            <h1>Links for {name}</h1>
            {anchors}
          </body>
        </html>
"""


def upload(host: Host, content: bytes, **fields: str) -> str:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(content, **fields))
    assert (answer.status, answer.json) == (201, {"message": "201 Created"})
    return hashlib.sha256(content).hexdigest()


def anchor(url: str, requires: str, text: str) -> str:
    return f'<a href="{url}" data-requires-python="{requires}">{text}</a>'


def test_the_pages_of_an_empty_project(host: Host) -> None:
    answer = host.ask("GET", f"{PYPI}/simple")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "vary" not in answer.headers
    assert answer.body.decode() == PAGE.format(name="Demo", anchors="")


def test_the_pages_of_several_rows(host: Host) -> None:
    one = upload(host, b"1", name="My_Pkg", version="1.0", file_name="My_Pkg-1.0.tar.gz")
    two = upload(
        host,
        b"2",
        name="My_Pkg",
        version="1.0",
        file_name="my_pkg-1.0-py3-none-any.whl",
        requires_python='>=3.8,<"4"',
    )
    three = upload(
        host, b"3", name="my-pkg", version="1.0.0", file_name="my_pkg-1.tar.gz", requires_python=""
    )
    files = f"{host.pypi}/files"
    # The last upload of a row decides for all its files; the first row names the page.
    requires = "&gt;=3.8,&lt;&quot;4&quot;"
    anchors = "".join(
        anchor(f"{files}/{sha}/{name}#sha256={sha}", needs, name)
        for sha, name, needs in (
            (one, "My_Pkg-1.0.tar.gz", requires),
            (two, "my_pkg-1.0-py3-none-any.whl", requires),
            (three, "my_pkg-1.tar.gz", ""),
        )
    )
    page = host.ask("GET", f"{PYPI}/simple/my-pkg/").body.decode()
    assert page == PAGE.format(name="My_Pkg", anchors=anchors)
    simple = f"{host.pypi}/simple/my-pkg"
    index = anchor(simple, requires, "My_Pkg") + anchor(simple, "", "my-pkg")
    assert host.ask("GET", f"{PYPI}/simple").body.decode() == PAGE.format(
        name="Demo", anchors=index
    )
    group = host.ask("GET", "/api/v4/groups/grp/-/packages/pypi/simple").body.decode()
    base = f"{host.api}/groups/3/-/packages/pypi"
    assert group == PAGE.format(name="grp", anchors=index.replace(host.pypi, base))


def test_long_fields_are_cut_and_not_refused(host: Host) -> None:
    long = ">=3." + "8" * 400
    upload(host, b"1", requires_python=long, summary="s" * 300, description="d" * 5000)
    page = host.ask("GET", f"{PYPI}/simple/demo-pkg").body.decode()
    cut = long[:252] + "..."
    assert f'data-requires-python="{cut.replace(">", "&gt;")}"' in page
    (row,) = host.store.packages.of_projects([1])
    assert (len(row.requires_python), len(row.summary)) == (255, 255)
    assert len(row.metadata["description"]) == 4000
    assert row.metadata["description"].endswith("...")


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("1.0", 201),
        ("v1.0", 201),
        ("1!2.0a1.post2.dev3+local.1", 201),
        ("1.0-rc1", 201),
        ("1.0C1", 201),
        ("2024.01", 201),
        ("1.0+local_1-2", 201),
        ("", 400),
        ("1.0 ", 400),
        ("one", 400),
        ("1.0/../2", 400),
        ("1.0+", 400),
        ("1..0", 400),
        ("../1", 400),
        ("1.0\n", 400),
        ("1" * 256, 400),
        ("1." * 5000 + "0", 400),
    ],
)
def test_versions_are_gitlabs(host: Host, version: str, status: int) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(version=version))
    assert answer.status == status
    if status == 400:
        assert "Version is" in answer.json["message"]
        assert answer.json["message"].startswith("400 Bad request - Validation failed: ")
    else:
        # Stored as it came.
        assert [row.version for row in host.store.packages.of_projects([1])] == [version]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("demo", 201),
        ("De.mo-1_x", 201),
        ("@scope/demo", 201),
        ("", 400),
        ("a b", 400),
        ("a<b", 400),
        ("naïve", 400),
        ("a\0", 400),
        ("n" * 256, 400),
    ],
)
def test_names_are_gitlabs(host: Host, name: str, status: int) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(name=name))
    assert answer.status == status
    if status == 400:
        assert "Name is" in answer.json["message"] or "Name can't be" in answer.json["message"]


@pytest.mark.parametrize("digest", ["", "1" * 63, "g" * 64, "1" * 65, "١" * 64])
def test_a_digest_that_is_none_is_a_parameter_error(host: Host, digest: str) -> None:
    answer = host.ask("POST", PYPI, headers=JOB, form=upload_form(sha256_digest=digest))
    assert (answer.status, answer.json) == (400, {"error": "sha256_digest is invalid"})


def test_a_digest_in_capitals_is_one(host: Host) -> None:
    form = upload_form(sha256_digest=hashlib.sha256(b"wheel").hexdigest().upper())
    assert host.ask("POST", PYPI, headers=JOB, form=form).status == 201


def test_content_must_be_a_file(host: Host) -> None:
    form = [("name", "a"), ("version", "1"), ("content", "text")]
    answer = host.ask("POST", PYPI, headers=JOB, form=form)
    assert (answer.status, answer.json) == (400, {"error": "content is invalid"})


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        # GitLab takes the path for that of a package, too.
        ("PUT", PYPI, "DELETE, GET, HEAD, OPTIONS, POST"),
        ("POST", f"{PYPI}/simple", "GET, HEAD, OPTIONS"),
        ("POST", f"{PYPI}/simple/demo", "GET, HEAD, OPTIONS"),
        ("DELETE", f"{PYPI}/files/{'0' * 64}/a.whl", "GET, HEAD, OPTIONS"),
        ("POST", "/api/v4/groups/2/-/packages/pypi/simple", "GET, HEAD, OPTIONS"),
        ("TRACE", f"{PYPI}/simple", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_methods_are_405(host: Host, method: str, path: str, allowed: str) -> None:
    answer = host.ask(method, path, headers=JOB)
    assert (answer.status, answer.json) == (405, {"error": "405 Not Allowed"})
    assert answer.headers["allow"] == allowed
    options = host.ask("OPTIONS", path)
    assert (options.status, options.body, options.headers["allow"]) == (204, b"", allowed)


def test_what_gitlab_does_not_have_is_404(host: Host) -> None:
    upload(host, b"1")
    for path in (
        f"{PYPI}/demo_pkg/json",
        "/api/v4/packages/pypi/simple",
        "/api/v4/groups/2/packages/pypi/simple",
        f"{PYPI}/forward/demo-pkg/a/b",
        "/_/oidc/audience",
    ):
        assert host.ask("GET", path).status == 404
    assert host.ask("POST", "/api/v4/groups/2/-/packages/pypi", headers=JOB).status == 404
    answer = host.ask("GET", PYPI)
    assert (answer.status, answer.json) == (400, {"error": "package_id is invalid"})


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "a/..", "a/%2E%2E/b", "%2Fetc", "a%0Ab", "a%5C..%5Cb"]
)
def test_a_name_that_climbs_is_no_path(host: Host, name: str) -> None:
    answer = ask_raw(host, f"{PYPI}/simple/{name}")
    assert answer.status == 400
    assert answer.json == {"error": "package_name should be a valid file path"}


def test_head_is_answered_where_get_is(launch: Launcher) -> None:
    host = launch(upstream="http://pypi.test/simple", forwarding="forward")
    upload(host, b"1")
    for path, status in (
        (f"{PYPI}/simple", 200),
        (f"{PYPI}/simple/demo-pkg", 200),
        # What Grape makes of a redirect of a HEAD.
        (f"{PYPI}/simple/other", 303),
        (f"{PYPI}/files/{'0' * 64}/a.whl", 404),
    ):
        answer = host.ask("HEAD", path)
        assert (answer.status, answer.body) == (status, b"")
        got = host.ask("GET", path)
        assert answer.headers["content-length"] == got.headers["content-length"] or status == 303
