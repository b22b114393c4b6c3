"""gluv's own version."""

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from gluv.host.version import own_version


def test_it_is_the_installed_one() -> None:
    own_version.cache_clear()
    assert own_version() == version("gluv")


def test_it_is_found_where_no_directory_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = version("gluv")
    (tmp_path / "gluvia-9.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "gone"), *sys.path])
    own_version.cache_clear()
    assert own_version() == expected
