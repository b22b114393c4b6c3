"""The registry's rules without a server."""

import pytest

from gluv.registry.names import asked_for, normalise
from gluv.registry.pages import (
    Listed,
    ListedFile,
    render_index,
    render_index_json,
    render_package,
    render_package_json,
    wants_json,
)
from gluv.registry.upload import (
    MAX_FILE_SIZE,
    Refusal,
    Upload,
    check_content,
    check_fields,
)

GOOD = {"name": "demo", "version": "1.0"}


@pytest.mark.parametrize(
    ("name", "normal"),
    [("My_Pkg", "my-pkg"), ("a.-_b", "a-b"), ("A", "a"), ("-a-", "-a-")],
)
def test_names_are_normalised(name: str, normal: str) -> None:
    assert normalise(name) == normal


def test_a_request_is_only_lower_cased() -> None:
    assert asked_for("My_Pkg/") == "my_pkg"


@pytest.mark.parametrize("name", ["demo", "My_Pkg", "a.b-c", "@scope/name", "a/b", "x@y"])
def test_names_gitlab_takes(name: str) -> None:
    assert isinstance(check_fields({**GOOD, "name": name}, "f.whl"), Upload)


@pytest.mark.parametrize("name", ["a b", "ü", "a\n", "a?b", "<b>", "a+b"])
def test_names_gitlab_refuses(name: str) -> None:
    refusal = check_fields({**GOOD, "name": name}, "f.whl")
    assert refusal == Refusal(
        status=400, body={"message": "400 Bad request - Validation failed: Name is invalid"}
    )


@pytest.mark.parametrize(
    "version",
    [
        "1",
        "1.0",
        "v1.0",
        "1!2.0",
        "1.0a1",
        "1.0-RC.1",
        "1.0.post1",
        "1.0-1",
        "1.dev0",
        "1+ubuntu.1",
    ],
)
def test_versions_gitlab_takes(version: str) -> None:
    upload = check_fields({**GOOD, "version": version}, "f.whl")
    assert isinstance(upload, Upload)
    assert upload.version == version


@pytest.mark.parametrize("version", ["", "1.x", "latest", "1.0\n", "1.0+a+b", "1..0"])
def test_versions_gitlab_refuses(version: str) -> None:
    refusal = check_fields({**GOOD, "version": version}, "f.whl")
    assert refusal == Refusal(
        status=400, body={"message": "400 Bad request - Validation failed: Version is invalid"}
    )


def test_parameter_mistakes_come_together_and_first() -> None:
    refusal = check_fields({"sha256_digest": "123", "name": "a b"}, None)
    assert isinstance(refusal, Refusal)
    assert refusal.body == {
        "error": "content is missing, version is missing, sha256_digest is invalid"
    }


def test_long_metadata_is_cut_not_refused() -> None:
    upload = check_fields(
        {**GOOD, "requires_python": ">" * 300, "summary": "s" * 255, "keywords": "k" * 1025},
        "f.whl",
    )
    assert isinstance(upload, Upload)
    assert upload.requires_python == ">" * 252 + "..."
    assert upload.summary == "s" * 255
    assert len(upload.metadata["keywords"]) == 1024


def test_the_digest_is_compared_whatever_its_case() -> None:
    upload = check_fields({**GOOD, "sha256_digest": "AB" * 32}, "f.whl")
    assert isinstance(upload, Upload)
    assert check_content(upload, sha256="ab" * 32, size=1) is None
    assert check_content(upload, sha256="cd" * 32, size=1) is not None
    absent = check_fields(GOOD, "f.whl")
    assert isinstance(absent, Upload)
    assert check_content(absent, sha256="cd" * 32, size=1) is None


def test_a_file_that_is_too_large_is_refused() -> None:
    upload = check_fields(GOOD, "f.whl")
    assert isinstance(upload, Upload)
    assert check_content(upload, sha256="", size=MAX_FILE_SIZE + 1) == Refusal(
        status=400, body={"message": "400 Bad request - File is too large"}
    )


def test_the_page_is_gitlabs_to_the_letter() -> None:
    file = ListedFile(name="a-1.whl", sha256="f" * 64, requires_python=">=3.8")
    url = f"http://h/files/{'f' * 64}/a-1.whl#sha256={'f' * 64}"
    assert render_package("A", [file], base="http://h").split("\n") == [
        "        <!DOCTYPE html>",
        "        <html>",
        "          <head>",
        "            <title>Links for A</title>",
        "          </head>",
        "          <body>",
        "            <h1>Links for A</h1>",
        f'            <a href="{url}" data-requires-python="&gt;=3.8">a-1.whl</a>',
        "          </body>",
        "        </html>",
        "",
    ]


def test_every_version_is_listed_and_everything_is_escaped() -> None:
    rows = [Listed(name="My_Pkg", requires_python="")] * 2
    page = render_index("<script>", rows, base="http://h")
    assert page.count('<a href="http://h/simple/my-pkg" data-requires-python="">My_Pkg</a>') == 2
    assert "<script>" not in page
    file = ListedFile(name='"><script>.whl', sha256="f" * 64, requires_python='">')
    assert "<script>" not in render_package("a", [file], base="http://h")


def test_json_lists_names_once_and_leaves_out_an_empty_requirement() -> None:
    rows = [Listed(name=name, requires_python="") for name in ("b", "A", "a")]
    assert render_index_json(rows) == (
        b'{"meta":{"api-version":"1.0"},"projects":[{"name":"a"},{"name":"b"}]}'
    )
    file = ListedFile(name="a+1.whl", sha256="f" * 64, requires_python="")
    page = render_package_json("a", [file], base="http://h")
    assert b"requires-python" not in page
    assert b"/a%2B1.whl#sha256=ffff" in page


@pytest.mark.parametrize(
    ("accept", "json"),
    [
        ("text/html", False),
        ("", False),
        ("text/html, application/vnd.pypi.simple.v1+json;q=0.1", True),
        ("application/vnd.pypi.simple.latest+json", True),
        ("application/vnd.pypi.simple.v2+json", False),
    ],
)
def test_accept_selects_json(accept: str, json: bool) -> None:
    assert wants_json(accept) is json
