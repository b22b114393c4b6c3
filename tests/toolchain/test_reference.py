import pytest

from gluv.errors import ToolchainUnavailable
from gluv.toolchain.reference import parse_reference


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag"),
    [
        ("ghcr.io/astral-sh/uv:0.10.6-alpine", "ghcr.io", "astral-sh/uv", "0.10.6-alpine"),
        ("docker.io/astral/uv:latest", "docker.io", "astral/uv", "latest"),
        ("astral/uv", "docker.io", "astral/uv", "latest"),
        ("python:3.12-slim", "docker.io", "library/python", "3.12-slim"),
        ("index.docker.io/library/python:3.12", "docker.io", "library/python", "3.12"),
        ("localhost:5000/a/b:1", "localhost:5000", "a/b", "1"),
        ("localhost:5000/a/b", "localhost:5000", "a/b", "latest"),
        ("localhost/a", "localhost", "a", "latest"),
        (
            "gitlab.example.com:443/group/dependency_proxy/containers/python:3.12",
            "docker.io",
            "library/python",
            "3.12",
        ),
    ],
)
def test_parts(text: str, registry: str, repository: str, tag: str) -> None:
    found = parse_reference(text)
    assert (found.registry, found.repository, found.tag) == (registry, repository, tag)


def test_digest() -> None:
    digest = "sha256:" + "0a" * 32
    assert parse_reference(f"astral/uv@{digest}").tag is None
    both = parse_reference(f"ghcr.io/astral-sh/uv:alpine@{digest}")
    assert (both.tag, both.digest, both.name) == ("alpine", digest, "ghcr.io/astral-sh/uv")


def test_kinds() -> None:
    assert parse_reference("ghcr.io/astral-sh/uv").is_uv
    assert parse_reference("astral/uv").is_uv
    assert parse_reference("python").is_python
    assert not parse_reference("ghcr.io/someone/uv").is_uv
    assert not parse_reference("someone/python").is_python


@pytest.mark.parametrize(
    "text",
    ["ghcr.io/astral-sh/uv:-python3.12-alpine", "", ":3.12", "Python:3.12", "a b", "a:b@nothing"],
)
def test_an_empty_variable_leaves_no_reference(text: str) -> None:
    with pytest.raises(ToolchainUnavailable, match="invalid reference format") as caught:
        parse_reference(text)
    assert "variable" in caught.value.hint
