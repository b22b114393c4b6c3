import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from gluv.toolchain.catalogue import UvTag, load, parse_tag, python_of, read_release


@pytest.mark.parametrize(
    ("tag", "version", "suffix"),
    [
        ("0.10.6-python3.12-trixie-slim", "0.10.6", "python3.12-trixie-slim"),
        ("0.10-alpine", "0.10", "alpine"),
        ("python3.12-alpine", None, "python3.12-alpine"),
        ("0.10.6", "0.10.6", None),
        ("0.10", "0.10", None),
        ("latest", None, None),
        ("debian-slim", None, "debian-slim"),
    ],
)
def test_tags(tag: str, version: str | None, suffix: str | None) -> None:
    assert parse_tag(tag) == UvTag(version, suffix)


@pytest.mark.parametrize(
    ("suffix", "python"),
    [
        ("python3.12-trixie-slim", "3.12"),
        ("python3.14-rc-alpine", "3.14-rc"),
        ("python3.13-dhi", "3.13"),
        ("trixie-slim", None),
    ],
)
def test_python_of_a_suffix(suffix: str, python: str | None) -> None:
    assert python_of(suffix) == python


@pytest.mark.parametrize(
    ("suffix", "release", "base"),
    [
        ("python3.12-trixie-slim", "0.10.6", "python:3.12-slim-trixie"),
        ("python3.12-bookworm-slim", "0.9.30", "python:3.12-slim-bookworm"),
        ("python3.12-bookworm-slim", "0.10.0", None),
        ("python3.13-alpine", "0.4.20", None),
        ("python3.13-alpine", "0.4.21", "python:3.13-alpine"),
        ("debian", "0.8.24", "buildpack-deps:bookworm"),
        ("debian", "0.9.0", "buildpack-deps:trixie"),
        ("alpine-dhi", "0.10.7", None),
        ("alpine-dhi", "0.10.8", "dhi.io/alpine-base:3.23"),
        ("alpine", "0.4.3", None),
    ],
)
def test_what_was_published_when(suffix: str, release: str, base: str | None) -> None:
    bases = [period.base for period in load().periods(suffix, read_release(release))]
    assert bases == ([] if base is None else [base])


def test_a_series_has_what_any_of_its_releases_had() -> None:
    catalogue = load()
    assert "python3.12-trixie" in catalogue.published((0, 8))
    assert "python3.12-trixie" not in catalogue.published((0, 7))
    assert "python3.12-bookworm" not in catalogue.published((0, 10))
    assert "python3.14-rc-alpine" not in catalogue.published((0, 9))


@pytest.mark.parametrize(
    ("suffix", "release", "nearest"),
    [
        ("python3.12-bookworm-slim", "0.10.6", "python3.12-trixie-slim"),
        ("python3.12-bookworm", "0.10.6", "python3.12-trixie"),
        ("python3.12-slim", "0.10.6", "python3.12-trixie-slim"),
        ("python3.8-alpine", "0.10.6", "python3.9-alpine"),
        ("alpine3.21", "0.10.6", "alpine"),
        ("bookworm-slim", "0.10.6", "debian-slim"),
        ("python3.12-trixie-slim", "0.6.0", "python3.12-bookworm-slim"),
        ("anything", "0.4.0", None),
        ("python3.12-trixie-slm", "0.10.6", "python3.12-trixie-slim"),
        ("python3.12-trixe", "0.10.6", "python3.12-trixie"),
        ("python3.12-alpin", "0.10.6", "python3.12-alpine"),
    ],
)
def test_nearest(suffix: str, release: str, nearest: str | None) -> None:
    assert load().nearest(suffix, read_release(release)) == nearest


def _turn() -> Any:
    path = Path(__file__).parents[2] / "tools/make_catalogue.py"
    spec = importlib.util.spec_from_file_location("make_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.turn


def test_the_catalogue_is_made_without_loss() -> None:
    ranges = [
        {"from": "0.1.0", "date": "2024-01-01", "tags": {}},
        {"from": "0.2.0", "date": "2024-02-01", "tags": {"a": "x:1", "b": "y:1"}},
        {"from": "0.3.0", "date": "2024-03-01", "tags": {"a": "x:2", "b": "y:1"}},
        {"from": "0.4.0", "date": "2024-04-01", "tags": {"a": "x:2"}},
        {"from": "0.5.0", "date": "2024-05-01", "tags": {"a": "x:2", "b": "y:1"}},
    ]
    made = _turn()({"versions": ["0.9.0", "0.10.0"], "ranges": ranges})
    assert made["newest"] == "0.10.0"
    assert made["suffixes"] == {
        "a": [["x:1", "0.2.0", "0.3.0"], ["x:2", "0.3.0", None]],
        "b": [["y:1", "0.2.0", "0.4.0"], ["y:1", "0.5.0", None]],
    }
    assert json.loads(json.dumps(made)) == made
