"""A job's artifacts on the pages: read and downloaded, whatever they are called or are."""

import io
import os
import stat
import zipfile
from pathlib import Path

import msgspec
import pytest

from gluv.store.artifacts import ARCHIVE, SIDECAR, Sidecar, artifacts_place
from tests.server.conftest import Host, Launcher

EVIL = "<b>\"'&\n.txt"


def fill(host: Host) -> Path:
    """An archive of odd things; returns its directory."""
    place = artifacts_place(host.store.directory, host.job.id)
    archive = place / ARCHIVE
    (archive / "deep" / "deeper").mkdir(parents=True)
    (archive / "deep" / "deeper" / "text.txt").write_text("héllo\n")
    (archive / "page.html").write_text("<script>alert(1)</script>")
    (archive / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    (archive / "zeros.bin").write_bytes(bytes(300_000))
    (archive / EVIL).write_text("evil")
    os.makedirs(os.fsencode(archive) + b"/not-\xff-utf8")
    Path(os.fsdecode(os.fsencode(archive) + b"/not-\xff-utf8/\xfe.txt")).write_text("bytes")
    (archive / "out").symlink_to("/etc")
    (archive / "passwd").symlink_to("/etc/passwd")
    (archive / "deep" / "up").symlink_to("..")
    os.mkfifo(archive / "pipe")
    (place / "secret.txt").write_text("not in the archive")
    sidecar = Sidecar(name='de"mo\n', expire_at=None, reports={})
    (place / SIDECAR).write_bytes(msgspec.json.encode(sidecar))
    return archive


def base(host: Host) -> str:
    return f"/grp/sub/demo/-/jobs/{host.job.id}/artifacts"


def test_a_directory_lists_what_is_there_and_follows_nothing(host: Host) -> None:
    fill(host)
    page = host.ask("GET", f"{base(host)}/browse").body.decode()
    assert "link to /etc/passwd, not followed here" in page
    assert "no regular file" in page
    assert "&lt;b&gt;&#34;&#39;&amp;\\x0a.txt" in page
    assert "not-\\xff-utf8/" in page
    assert f"{base(host)}/browse/not-%FF-utf8" in page


def test_names_that_are_no_text_are_found_again(host: Host) -> None:
    fill(host)
    page = host.ask("GET", f"{base(host)}/browse/not-%FF-utf8").body.decode()
    assert f"{base(host)}/file/not-%FF-utf8/%FE.txt" in page
    assert host.ask("GET", f"{base(host)}/raw/not-%FF-utf8/%FE.txt").body == b"bytes"
    assert host.ask("GET", f"{base(host)}/raw/%3Cb%3E%22'&%0A.txt").body == b"evil"


@pytest.mark.parametrize(
    "path",
    [
        *("passwd", "out/passwd", "out", "deep/up/page.html", "pipe", "missing", "deep"),
        *("../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "deep/../../secret.txt"),
        *("deep//deeper/text.txt", "page.html/x", "a%00b", "%2Fetc%2Fpasswd", "%2e/page.html"),
    ],
)
@pytest.mark.parametrize("kind", ["raw", "file", "browse"])
def test_nothing_outside_and_nothing_odd_is_opened(host: Host, kind: str, path: str) -> None:
    fill(host)
    if (kind, path) == ("browse", "deep"):
        return
    assert host.ask("GET", f"{base(host)}/{kind}/{path}").status == 404


def test_what_a_job_wrote_never_runs(host: Host) -> None:
    fill(host)
    raw = host.ask("GET", f"{base(host)}/raw/page.html")
    assert raw.headers["content-type"] == "text/plain; charset=utf-8"
    assert "sandbox" in raw.headers["content-security-policy"]
    assert raw.headers["x-content-type-options"] == "nosniff"
    page = host.ask("GET", f"{base(host)}/file/page.html").body.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert host.ask("GET", f"{base(host)}/raw/picture.png").headers["content-type"] == "image/png"
    binary = host.ask("GET", f"{base(host)}/raw/zeros.bin")
    assert binary.headers["content-type"] == "application/octet-stream"
    assert binary.headers["content-disposition"].startswith("attachment;")
    assert "This is not text" in host.ask("GET", f"{base(host)}/file/zeros.bin").body.decode()


def test_text_is_shown_with_numbers_and_a_long_one_is_not(host: Host) -> None:
    archive = fill(host)
    page = host.ask("GET", f"{base(host)}/file/deep/deeper/text.txt").body.decode()
    assert "héllo" in page
    assert 'id="L1"' in page
    (archive / "long.txt").write_text("x" * (1024 * 1024 + 1))
    assert "too large" in host.ask("GET", f"{base(host)}/file/long.txt").body.decode()


def test_everything_comes_as_a_zip_with_links_as_links(host: Host) -> None:
    fill(host)
    answer = host.ask("GET", f"{base(host)}/download")
    assert answer.headers["content-type"] == "application/zip"
    assert "\n" not in answer.headers["content-disposition"]
    assert 'filename="de_mo_.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert archive.read("deep/deeper/text.txt").decode() == "héllo\n"
        assert archive.read("zeros.bin") == bytes(300_000)
        link = archive.getinfo("passwd")
        assert stat.S_ISLNK(link.external_attr >> 16)
        assert archive.read(link) == b"/etc/passwd"
        assert "pipe" not in archive.namelist()
        assert not any(name.startswith("/") or ".." in name for name in archive.namelist())
    assert len(answer.body) < 100_000


def test_nothing_is_made_for_a_head(host: Host) -> None:
    fill(host)
    for path in (f"{base(host)}/raw/zeros.bin", f"{base(host)}/download"):
        answer = host.ask("HEAD", path)
        assert (answer.status, answer.body) == (200, b"")
    assert host.ask("HEAD", f"{base(host)}/raw/zeros.bin").headers["content-length"] == "300000"
    live = host.ask("HEAD", f"/-/live/grp/sub/demo/-/jobs/{host.job.id}")
    assert (live.status, live.body) == (200, b"")


def test_a_job_without_artifacts_has_none(host: Host) -> None:
    for path in ("browse", "download", "raw/x", "file/x"):
        assert host.ask("GET", f"{base(host)}/{path}").status == 404


def test_artifacts_of_a_private_project_are_private(launch: Launcher) -> None:
    host = launch(visibility="private")
    fill(host)
    for path in ("browse", "download", "raw/page.html", "file/page.html"):
        assert host.ask("GET", f"{base(host)}/{path}").status == 401
