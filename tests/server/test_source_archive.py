"""Source archives and the other addresses that the API gives: each of them leads somewhere."""

import io
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from gluv.host.git_archive import archive
from tests.server.conftest import JOB, PAT, TOKEN, Answer, Host, Launcher, basic
from tests.server.people import token_of

ROOT = "/grp/sub/demo"
ME = basic("me", PAT)
ARCHIVE = "/api/v4/projects/1/repository/archive"


def _git(at: Path, *words: str) -> str:
    identity = ("-c", "user.name=Dev", "-c", "user.email=d@e.org")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", at, *identity, *words],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A commit with files, tagged, and one after it."""
    at = tmp_path / "repository"
    (at / "src").mkdir(parents=True)
    (at / "src/a.py").write_text("A = 1\n")
    (at / "notes [1].txt").write_bytes(b"one\ntwo\n")
    (at / ".gitattributes").write_text("*.txt text=auto\n")
    _git(at, "init", "-q", "--initial-branch=main")
    _git(at, "add", ".")
    _git(at, "commit", "-qm", "Begin\n\nWith <b>care</b>")
    _git(at, "tag", "-a", "v1/a", "-m", "The first one")
    (at / "src/a.py").write_text("A = 2\n")
    (at / "untracked.txt").write_text("mine\n")
    _git(at, "commit", "-qam", "Go on")
    return at


def _released(host: Host, repository: Path, tag: str = "v1/a") -> str:
    sha = _git(repository, "rev-parse", f"{tag}^{{commit}}")
    host.store.releases.create(
        project_id=1, tag=tag, name="First", description="", sha=sha, author="dev"
    )
    return sha


def _names(answer: Answer, kind: str) -> dict[str, bytes]:
    if kind == "zip":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            assert packed.testzip() is None
            return {n: packed.read(n) for n in packed.namelist() if not n.endswith("/")}
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        files = [one for one in tar.getmembers() if one.isfile()]
        return {one.name: tar.extractfile(one).read() for one in files}  # type: ignore[union-attr]


def test_every_source_of_a_release_is_an_archive_of_its_tag(
    launch: Launcher, repository: Path
) -> None:
    # However this machine likes its line ends and compresses a tar.
    _git(repository, "config", "core.autocrlf", "true")
    _git(repository, "config", "tar.tar.gz.command", "false")
    host = launch(checkout=repository)
    _released(host, repository)
    (shown,) = host.ask("GET", "/api/v4/projects/1/releases").json
    sources = shown["assets"]["sources"]
    assert [one["format"] for one in sources] == ["zip", "tar.gz", "tar.bz2", "tar"]
    assert shown["assets"]["count"] == 4
    for one in sources:
        answer = host.ask("GET", one["url"], headers=ME)
        assert answer.status == 200
        assert f'filename="demo-v1-a.{one["format"]}"' in answer.headers["content-disposition"]
        assert "sandbox" in answer.headers["content-security-policy"]
        files = _names(answer, one["format"])
        assert files.pop("demo-v1-a/notes [1].txt") == b"one\ntwo\n"
        assert files.pop("demo-v1-a/src/a.py") == b"A = 1\n"
        assert list(files) == ["demo-v1-a/.gitattributes"]
        head = host.ask("HEAD", one["url"], headers=ME)
        assert (head.status, head.body) == (200, b"")


def test_the_api_has_archives_of_branches_commits_and_folders(
    launch: Launcher, repository: Path
) -> None:
    host = launch(checkout=repository)
    sha = _git(repository, "rev-parse", "HEAD")
    me = {"PRIVATE-TOKEN": PAT}
    default = host.ask("GET", ARCHIVE, headers=me)
    assert default.headers["content-type"] == "application/gzip"
    assert _names(default, "tar.gz")[f"demo-main-{sha}/src/a.py"] == b"A = 2\n"
    packed = host.ask("GET", f"{ARCHIVE}.zip?sha={sha}&path=src/", headers=me)
    assert _names(packed, "zip") == {f"demo-{sha}/src/a.py": b"A = 2\n"}
    tagged = host.ask("GET", f"{ARCHIVE}.tbz2?sha=v1%2Fa", headers=me)
    assert tagged.status == 200
    assert {n.partition("/")[2] for n in _names(tagged, "tar.bz2")} >= {"src/a.py"}
    for asked in ("?sha=nope", "?path=nope", "?sha=--output%3D%2Ftmp%2Fx"):
        answer = host.ask("GET", f"{ARCHIVE}.zip{asked}", headers=me)
        assert (answer.status, answer.json) == (404, {"message": "404 File Not Found"})
    assert host.ask("GET", f"{ARCHIVE}.zip?path=../x", headers=me).status == 400
    assert host.ask("GET", f"{ARCHIVE}.rar", headers=me).status == 404


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_the_source_is_for_who_may_read_the_code(
    launch: Launcher, repository: Path, visibility: str
) -> None:
    host = launch(checkout=repository, visibility=visibility)
    _released(host, repository)
    page = f"{ROOT}/-/archive/v1%2Fa/demo-v1-a.zip"
    is_open = visibility == "public"
    guest = token_of(host.store, "guest", level=10, project_id=1)
    for secret, allowed in ((PAT, True), (guest, is_open)):
        assert host.ask("GET", page, headers=basic("x", secret)).status == (200 if allowed else 404)
        asked = host.ask("GET", f"{ARCHIVE}.zip", headers={"PRIVATE-TOKEN": secret})
        assert asked.status == (200 if allowed else 403)
    # Nobody reads a folder of this machine without saying who he is.
    assert host.ask("GET", page).status == 401
    assert host.ask("GET", f"{ARCHIVE}.zip").status == 401
    assert host.ask("GET", f"{ARCHIVE}.zip", headers={"JOB-TOKEN": TOKEN}).status == 401
    assert host.ask("GET", page, headers=JOB).status == 401
    for nothing in ("nope/demo-nope.zip", "v1%2Fa/demo-v1-a.rar", "v1%2Fa", "%2E%2E/x.zip"):
        assert host.ask("GET", f"{ROOT}/-/archive/{nothing}", headers=ME).status == 404


def test_without_a_repository_there_is_no_source(host: Host) -> None:
    host.store.releases.create(
        project_id=1, tag="v1", name="", description="", sha="a" * 40, author="dev"
    )
    (shown,) = host.ask("GET", "/api/v4/projects/1/releases").json
    assert "sources" not in shown["assets"]
    assert shown["assets"]["count"] == 0
    page = host.ask("GET", f"{ROOT}/-/releases/v1").body.decode()
    assert "no repository of this project" in page
    assert host.ask("GET", f"{ROOT}/-/archive/v1/demo-v1.zip", headers=ME).status == 404


def _urls(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for inside in value.values():
                yield from _urls(inside)
        case list():
            for inside in value:
                yield from _urls(inside)
        case str() if "/-/" in value:
            yield value


@pytest.mark.parametrize("with_repository", [True, False])
def test_no_address_that_the_api_gives_leads_nowhere(
    launch: Launcher, repository: Path, with_repository: bool
) -> None:
    host = launch(checkout=repository if with_repository else "")
    if with_repository:
        sha = _released(host, repository)
    else:
        sha = "a" * 40
        host.store.releases.create(
            project_id=1, tag="v1/a", name="", description="", sha=sha, author="dev"
        )
    me = {"PRIVATE-TOKEN": PAT}
    api = "/api/v4/projects/1"
    questions = [f"{api}/releases", f"{api}/pipelines", f"{api}/jobs"]
    if with_repository:
        questions += [f"{api}/repository/branches", f"{api}/repository/tags"]
    found: set[str] = set()
    for question in questions:
        answer = host.ask("GET", question, headers=me)
        assert answer.status == 200
        found |= set(_urls(answer.json))
    assert f"{ROOT}/-/commit/{sha}" in found
    for address in sorted(found):
        answer = host.ask("GET", address, headers=ME)
        while answer.status in (301, 302):
            answer = host.ask("GET", answer.headers["location"], headers=ME)
        assert answer.status == 200, address


def test_a_commit_and_a_tag_show_what_git_and_gluv_know(launch: Launcher, repository: Path) -> None:
    host = launch(checkout=repository)
    sha = _released(host, repository)
    host.store.create_pipeline(source="push", ref="main", tag=False, sha=sha, name="Nightly")
    page = host.ask("GET", f"{ROOT}/-/commit/{sha}").body.decode()
    assert "With &lt;b&gt;care&lt;/b&gt;" in page
    assert "Nightly" in page
    page = host.ask("GET", f"{ROOT}/-/tags/{quote('v1/a', safe='')}").body.decode()
    assert "The first one" in page
    assert f"{ROOT}/-/releases/v1%2Fa" in page
    for nothing in ("commit/nope", f"commit/{'f' * 40}", "tags/nope"):
        assert host.ask("GET", f"{ROOT}/-/{nothing}").status == 404


def test_git_ends_when_nobody_reads_on_and_its_fault_is_told(repository: Path) -> None:
    (repository / "big").write_bytes(os.urandom(4 * 1024 * 1024))
    _git(repository, "add", ".")
    _git(repository, "commit", "-qm", "Big")
    blocks = archive(repository, "HEAD", prefix="x", kind="tar")
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]
    assert _git(repository, "status", "--porcelain") == ""
    with pytest.raises(OSError, match="git archive"):
        list(archive(repository, "nothing", prefix="x", kind="tar.gz"))
