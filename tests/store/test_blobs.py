"""Files by their content: whole or not there, also when the disk is full."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from gluv.store import Blobs

_FULL = """
import resource, sys
from pathlib import Path
from gluv.errors import StoreUnavailable
from gluv.store import Store
store = Store.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
for sizes in ((2_000_000,), (999_999, 10)):
    try:
        with store.blobs.writer() as writer:
            for size in sizes:
                writer.write(bytes(size))
            writer.keep()
    except StoreUnavailable as error:
        print("refused:", error.hint)
store.close()
"""


def test_a_kept_file_is_found_by_its_hash(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    for _ in range(2):
        with blobs.writer() as writer:
            writer.write(b"he")
            writer.write(b"llo")
            blob = writer.keep()
    assert (blob.sha256, blob.size) == (hashlib.sha256(b"hello").hexdigest(), 5)
    assert blobs.path(blob.sha256) == tmp_path / blob.sha256[:2] / blob.sha256[2:]
    assert blobs.path(blob.sha256).read_bytes() == b"hello"
    assert list((tmp_path / "partial").iterdir()) == []


def test_a_file_that_is_not_kept_is_gone(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    writer = blobs.writer()
    writer.write(b"hello")
    with pytest.raises(KeyboardInterrupt), writer:
        raise KeyboardInterrupt
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_disk_that_refuses_bytes_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("refused:") == 2
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
