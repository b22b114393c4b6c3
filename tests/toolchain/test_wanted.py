import pytest

from gluv.errors import ToolchainUnavailable
from gluv.toolchain.catalogue import load, read_release
from gluv.toolchain.cpython import image_environment, patch_in_image
from gluv.toolchain.reference import parse_reference
from gluv.toolchain.wanted import Wanted, read_wanted

UV = "ghcr.io/astral-sh/uv"


def want(text: str, entrypoint: tuple[str, ...] | None = None) -> Wanted:
    return read_wanted(parse_reference(text), load(), entrypoint)


def refusal(text: str, entrypoint: tuple[str, ...] | None = None) -> ToolchainUnavailable:
    with pytest.raises(ToolchainUnavailable) as caught:
        want(text, entrypoint)
    return caught.value


@pytest.mark.parametrize(
    ("tag", "uv", "python", "base"),
    [
        ("0.10.6-python3.12-trixie-slim", "==0.10.6", "3.12", "python:3.12-slim-trixie"),
        ("0.10-python3.12-alpine", "==0.10.*", "3.12", "python:3.12-alpine3.23"),
        ("python3.13-trixie", "", "3.13", "python:3.13-trixie"),
        ("0.10.6-trixie-slim", "==0.10.6", None, "debian:trixie-slim"),
        # No longer built: the tag still points to the last uv it was built for.
        ("python3.12-bookworm-slim", "<0.10.0", "3.12", "python:3.12-slim-bookworm"),
        ("0.9-python3.12-bookworm", "==0.9.*", "3.12", "python:3.12-bookworm"),
    ],
)
def test_uv_images(tag: str, uv: str, python: str | None, base: str) -> None:
    assert want(f"{UV}:{tag}") == Wanted(uv=uv, python=python, base=base)
    assert want(f"docker.io/astral/uv:{tag}") == want(f"{UV}:{tag}")


def test_a_uv_newer_than_the_catalogue_is_judged_by_its_newest_tags() -> None:
    newer = want(f"{UV}:9.0.0-python3.12-trixie-slim")
    assert newer.uv == "==9.0.0"
    assert "newer than gluv's catalogue" in newer.notes[0]
    assert load().newest in newer.notes[0]
    assert refusal(f"{UV}:9.0-python3.12-bookworm").hint.endswith(":9.0-python3.12-trixie")


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("0.10.6-python3.12-bookworm-slim", f"{UV}:0.10.6-python3.12-trixie-slim"),
        ("0.10.6-python3.12-slim", f"{UV}:0.10.6-python3.12-trixie-slim"),
        ("python3.12-nonsense", f"{UV}:python3.12-trixie"),
        ("0.1-python3.12-trixie-slim", 'UV_VERSION: "0.10"'),
        ("0.10.6-python3.1-trixie", 'PYTHON_VERSION: "3.10"'),
        ("0.3.5-alpine", "uv 0.4.4"),
    ],
)
def test_a_tag_that_was_never_published(tag: str, hint: str) -> None:
    error = refusal(f"{UV}:{tag}")
    assert "was never published" in error.message
    assert hint in error.hint


@pytest.mark.parametrize("tag", ["0.10.6", "0.10", "latest"])
def test_distroless(tag: str) -> None:
    plain = refusal(f"{UV}:{tag}")
    assert "unrecognized subcommand" in plain.message
    assert "python3.12-trixie-slim" in plain.hint
    switched_off = refusal(f"{UV}:{tag}", ("",))
    assert "no shell" in switched_off.message
    assert "-trixie-slim" in switched_off.hint


def test_the_suffix_proposed_was_published_for_that_uv() -> None:
    assert refusal(f"{UV}:0.5.0").hint.endswith("uv:0.5.0-python3.12-bookworm-slim")


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("python:3.12", "3.12"),
        ("python:3.12-slim", "3.12"),
        ("python:3.12.4-slim-bookworm", "3.12.4"),
        ("python:3.12-alpine3.20", "3.12"),
        ("python:3", "3"),
        ("python:slim", "3"),
        ("python", "3"),
    ],
)
def test_python_images(text: str, python: str) -> None:
    found = want(text)
    assert (found.uv, found.python) == (None, python)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("python:3.1", 'PYTHON_VERSION: "3.10"'),
        ("python:2.7", "3.8 and newer"),
        ("python:3.14-rc", "released Python"),
        ("python:3.14.0rc1-slim", "released Python"),
        (f"{UV}:0.8.0-python3.14-rc-bookworm", "released Python"),
        ("python:3.12-sliim", "python:3.12-slim"),
        ("node:20", "natively"),
        ("registry.example.com/group/image:1", "natively"),
        (f"{UV}@sha256:{'0a' * 32}", f"{UV}:TAG@sha256:"),
    ],
)
def test_what_is_not_provided(text: str, part: str) -> None:
    assert part in refusal(text).hint


def test_plain_systems_have_neither_uv_nor_python() -> None:
    assert want("debian:trixie-slim") == Wanted(base="debian:trixie-slim")
    assert want("alpine") == Wanted(base="alpine:latest")


@pytest.mark.parametrize(
    ("uv", "python", "patch"),
    [
        ("0.10.6", "3.12", "3.12.12"),
        ("0.10.6", "3.11", "3.11.14"),
        # 3.13.12 appeared as uv 0.10.0 did: which of the two came first is not known.
        ("0.10.6", "3.13", None),
        # 3.12.9 to 3.12.11 appeared between two changes of uv's tags.
        ("0.7.0", "3.12", None),
        ("0.9.0", "3.8", "3.8.20"),
        ("0.12.0", "3.12", None),
    ],
)
def test_the_patch_release_in_the_image(uv: str, python: str, patch: str | None) -> None:
    assert patch_in_image(load(), read_release(uv), python) == patch


def test_environment_of_the_python_image() -> None:
    assert image_environment("3.12.1")["LANG"] == "C.UTF-8"
    assert image_environment("3.12.1")["PYTHON_VERSION"] == "3.12.1"
    assert "LANG" not in image_environment("3.13.0")
    assert image_environment("3.14.2") == {"PYTHON_VERSION": "3.14.2"}
