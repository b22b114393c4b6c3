import os
import resource
import stat
from pathlib import Path

import pytest

from gluv.host import copy
from gluv.host.copy import copy_file, copy_paths, copy_tree, remove_tree


@pytest.fixture(params=["reflink", "in-kernel", "plain"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every way of copying bytes, whatever this file system has."""
    if request.param != "reflink":
        monkeypatch.setattr(copy, "_clone", lambda reader, writer, device: False)
    if request.param == "plain":
        monkeypatch.setattr("gluv.host.copy.sys.platform", "other")
    return str(request.param)


@pytest.mark.parametrize("size", [0, 1, 70_000, (1 << 20) + 3])
def test_a_copy_is_equal_and_independent(tmp_path: Path, way: str, size: int) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    content = os.urandom(size)
    source.write_bytes(content)
    source.chmod(0o640)
    os.utime(source, ns=(1_000_000_007, 2_000_000_009))
    copy_file(source, target)
    status = target.stat()
    assert target.read_bytes() == content
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert status.st_mtime_ns == 2_000_000_009
    assert status.st_ino != source.stat().st_ino
    target.write_bytes(b"changed")
    assert source.read_bytes() == content


def test_a_copy_never_overwrites_or_follows(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("a", "link"):
        with pytest.raises(FileExistsError):
            copy_file(source, tmp_path / name)
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError) as caught:
        copy_file(tmp_path, tmp_path / "b")
    assert caught.value.filename == str(tmp_path)
    assert not (tmp_path / "b").exists()


def test_a_tree_is_laid_over_another(tmp_path: Path) -> None:
    source, target, outside = tmp_path / "s", tmp_path / "t", tmp_path / "o"
    for directory in (source / "d", source / "empty", target / "d", target / "was-dir", outside):
        directory.mkdir(parents=True)
    (source / "d" / "f").write_text("new")
    (source / "was-dir").write_text("file")
    (source / "was-link").mkdir()
    (source / "was-link" / "f").write_text("inside")
    (source / "link").symlink_to("d")
    os.mkfifo(source / "pipe")
    (target / "d" / "f").write_text("old")
    (target / "d" / "kept").write_text("kept")
    (target / "was-dir" / "x").write_text("x")
    (target / "was-link").symlink_to(outside)
    copy_tree(source, target)
    assert (target / "d" / "f").read_text() == "new"
    assert (target / "d" / "kept").read_text() == "kept"
    assert (target / "was-dir").read_text() == "file"
    assert (target / "was-link" / "f").read_text() == "inside"
    assert os.readlink(target / "link") == "d"
    assert (target / "empty").is_dir()
    assert not (target / "pipe").exists()
    assert not list(outside.iterdir())


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A tree of files that are copied side by side, and of which some are larger than others."""
    source = tmp_path / "s"
    for number in range(9):
        place = source / ("d" * (number % 3)) / f"f{number}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(copy.LARGE * (1 + number % 2) + number))
    return source


def test_large_files_of_a_tree_replace_what_is_there(large: Path, tmp_path: Path) -> None:
    outside, target = tmp_path / "o", tmp_path / "t"
    outside.write_text("mine")
    (target / "f3").mkdir(parents=True)
    (target / "f0").symlink_to(outside)
    copy_tree(large, target)
    for path in large.rglob("f*"):
        assert (target / path.relative_to(large)).read_bytes() == path.read_bytes()
    assert outside.read_text() == "mine"


def test_a_large_file_that_cannot_be_copied_is_told(large: Path, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * copy.LARGE // 2, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            copy_tree(large, tmp_path / "t")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_paths_that_are_gone_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a").write_text("a")
    copy_paths(tmp_path / "s", ["a", "gone", "d/gone"], tmp_path / "t")
    assert (tmp_path / "t" / "a").read_text() == "a"
    assert not (tmp_path / "t" / "gone").exists()


def test_closed_trees_can_be_removed(tmp_path: Path) -> None:
    """As root nothing is closed, so the first attempt is made to fail."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    (tmp_path / "d" / "e").mkdir(parents=True)
    (tmp_path / "d" / "e" / "f").write_text("x")
    (tmp_path / "d" / "link").symlink_to(outside)
    (tmp_path / "d" / "e").chmod(0)
    (tmp_path / "d").chmod(0)
    copy._open_up(tmp_path / "d")
    assert stat.S_IMODE((tmp_path / "d" / "e").stat().st_mode) == 0o700
    assert stat.S_IMODE(outside.stat().st_mode) == 0o750
    remove_tree(tmp_path / "d")
    remove_tree(tmp_path / "d")
    assert not (tmp_path / "d").exists()
