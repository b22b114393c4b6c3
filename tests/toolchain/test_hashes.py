"""A file is hashed again when it may have changed, and only then."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from gluv.toolchain import hashes
from gluv.toolchain.hashes import remembered_hash


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is old enough to be remembered at once."""
    monkeypatch.setattr(hashes, "_SETTLED", -1.0)


def test_a_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, memory = tmp_path / "uv", tmp_path / "memory"
    path.write_bytes(b"one")
    assert remembered_hash(path, memory) == sha(b"one")

    def never(*_: object) -> None:
        raise AssertionError("hashed again")

    monkeypatch.setattr(hashlib, "file_digest", never)
    assert remembered_hash(path, memory) == sha(b"one")


def test_a_changed_file_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    path, memory = tmp_path / "uv", tmp_path / "memory"
    path.write_bytes(b"one")
    before = path.stat()
    remembered_hash(path, memory)
    until = time.monotonic() + 1.0
    while path.stat().st_ctime_ns == before.st_ctime_ns and time.monotonic() < until:
        path.write_bytes(b"two")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert remembered_hash(path, memory) == sha(b"two")


def test_a_replaced_file_is_noticed(tmp_path: Path) -> None:
    path, memory = tmp_path / "uv", tmp_path / "memory"
    path.write_bytes(b"one")
    remembered_hash(path, memory)
    (tmp_path / "other").write_bytes(b"two")
    (tmp_path / "other").replace(path)
    assert remembered_hash(path, memory) == sha(b"two")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"uv": 1}', b"\xff"])
def test_a_damaged_memory_costs_only_time(tmp_path: Path, content: bytes) -> None:
    path, memory = tmp_path / "uv", tmp_path / "memory"
    path.write_bytes(b"one")
    memory.write_bytes(content)
    assert remembered_hash(path, memory) == sha(b"one")
    assert remembered_hash(path, memory) == sha(b"one")


def test_a_memory_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    path = tmp_path / "uv"
    path.write_bytes(b"one")
    assert remembered_hash(path, tmp_path / "gone" / "memory") == sha(b"one")


def test_a_file_that_changed_just_now_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes, "_SETTLED", 1000.0)
    path, memory = tmp_path / "uv", tmp_path / "memory"
    path.write_bytes(b"one")
    remembered_hash(path, memory)
    assert not memory.exists()
