"""`gluv serve --check` and `--backup`: damage is found, and a copy is a server again."""

import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
import urllib3

from gluv.store import Store
from tests.server.conftest import PAT, basic, upload_form
from tests.server.serving import Kept, Serving, fill, put

PYPI = "/api/v4/projects/1/packages/pypi"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path / "data")
    return tmp_path / "data"


def _run(*options: str | Path) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "gluv", "serve", *map(str, options)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


def _content(data: Path, kept: Kept) -> Path:
    return data / "files" / kept.sha256[:2] / kept.sha256[2:]


def test_a_store_that_is_as_it_should_be_passes(data: Path) -> None:
    put(data, b"one")
    put(data, b"two", version="2.0")
    put(data, b"two", version="3.0")
    ran = _run("--data", data, "--check")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"3 files of 9 bytes checked" in ran.stdout
    assert b"0 lost or damaged, 0 not needed" in ran.stdout


def test_every_kind_of_damage_is_named(data: Path) -> None:
    gone, changed, short, fine = (
        put(data, content, version=version)
        for version, content in (("1", b"gone"), ("2", b"changed"), ("3", b"short"), ("4", b"fine"))
    )
    _content(data, gone).unlink()
    for kept, content in ((changed, b"CHANGED"), (short, b"sho")):
        _content(data, kept).unlink()
        _content(data, kept).write_bytes(content)
    ran = _run("--data", data, "--check", "--repair")
    assert ran.returncode == 6
    said = ran.stdout.decode()
    assert f"{gone.name} of demo 1 in g/p: its content {gone.sha256} is not there" in said
    for kept in (changed, short):
        assert f"{kept.name} of demo" in said
        assert f"its content is not {kept.sha256} any more" in said
    assert fine.name not in said
    # What is lost is never tidied away.
    with Store.open(data) as store:
        assert len(list(store.packages.contents())) == 4
    assert _content(data, changed).exists()


def test_a_damaged_database_is_told(data: Path) -> None:
    for number in range(300):
        put(data, b"x", version=str(number)) if number % 100 == 0 else None
    raw = bytearray((data / "gluv.db").read_bytes())
    for page in range(4096 * 3, len(raw) - 4096, 4096):
        raw[page : page + 200] = os.urandom(200)
    (data / "gluv.db").write_bytes(raw)
    ran = _run("--data", data, "--check")
    assert ran.returncode == 6
    assert b"Traceback" not in ran.stderr
    assert ran.stdout or ran.stderr


def test_what_nothing_names_is_removed_only_when_asked(data: Path) -> None:
    kept = put(data, b"kept")
    with Store.open(data) as store, store.blobs.writer() as writer:
        writer.write(b"orphan")
        orphan = store.blobs.path(writer.keep().sha256)
    strange = data / "files" / "notes.txt"
    strange.write_text("mine")
    ran = _run("--data", data, "--check")
    assert (ran.returncode, b"1 not needed" in ran.stdout) == (0, True)
    assert orphan.exists()
    ran = _run("--data", data, "--check", "--repair")
    assert (ran.returncode, b"1 removed" in ran.stdout) == (0, True)
    assert (orphan.exists(), strange.exists()) == (False, True)
    assert _content(data, kept).exists()


def test_a_folder_without_a_store_is_not_made_into_one(tmp_path: Path) -> None:
    ran = _run("--data", tmp_path, "--check")
    assert (ran.returncode, b"holds nothing of gluv" in ran.stderr) == (6, True)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_under_load_is_a_registry_again(data: Path, tmp_path: Path) -> None:
    first = put(data, os.urandom(200_000), version="1.0")
    target = tmp_path / "backup.tar"
    over = threading.Event()
    with Serving("--data", data) as serving:

        def upload() -> None:
            number = 0
            while not over.is_set():
                number += 1
                form = upload_form(
                    os.urandom(20_000), version=f"1.{number}", file_name=f"demo_pkg-1.{number}.whl"
                )
                body, kind = urllib3.encode_multipart_formdata(form)
                headers = {**basic("any", PAT), "Content-Type": kind}
                answer = urllib3.request(
                    "POST", f"{serving.origin}{PYPI}", body=body, headers=headers
                )
                assert answer.status == 201

        loader = threading.Thread(target=upload)
        loader.start()
        ran = _run("--data", data, "--backup", target)
        over.set()
        loader.join()
        piped = _run("--data", data, "--backup", "-")
    assert (ran.returncode, piped.returncode) == (0, 0), ran.stderr
    assert target.stat().st_mode & 0o077 == 0
    (tmp_path / "piped.tar").write_bytes(piped.stdout)
    for copy in (target, tmp_path / "piped.tar"):
        restored = tmp_path / f"restored-{copy.stem}"
        restored.mkdir()
        with tarfile.open(copy) as tar:
            assert not [name for name in tar.getnames() if "partial" in name or "lock" in name]
            tar.extractall(restored, filter="data")
        checked = _run("--data", restored, "--check")
        assert (checked.returncode, b"0 lost" in checked.stdout) == (0, True), checked.stdout
        with Serving("--data", restored) as serving:
            answer = serving.get(first.path, **{"PRIVATE-TOKEN": PAT})
            assert (answer.status, len(answer.data)) == (200, 200_000)
            pages = serving.get(f"{PYPI}/simple/demo-pkg")
            assert pages.status in (200, 302, 404)


def test_a_backup_of_a_damaged_store_says_what_is_not_in_it(data: Path, tmp_path: Path) -> None:
    gone, there = put(data, b"gone", version="1"), put(data, b"there", version="2")
    _content(data, gone).unlink()
    ran = _run("--data", data, "--backup", tmp_path / "b.tar")
    assert (ran.returncode, gone.sha256.encode() in ran.stderr) == (6, True)
    with tarfile.open(tmp_path / "b.tar") as tar:
        assert f"files/{there.sha256[:2]}/{there.sha256[2:]}" in tar.getnames()


def test_a_backup_that_cannot_be_written_leaves_nothing(data: Path, tmp_path: Path) -> None:
    ran = _run("--data", data, "--backup", tmp_path / "nowhere" / "b.tar")
    assert (ran.returncode, b"next: " in ran.stderr) == (6, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]
