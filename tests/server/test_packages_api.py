"""The Packages API: what lists show and filter, and that what is deleted leaves the disk."""

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER
from gluv.store import Blob, Store
from tests.server.conftest import JOB, PAT, TOKEN, Host, Launcher, basic, upload_form
from tests.server.people import token_of

PACKAGES = "/api/v4/projects/1/packages"
OWNER = {"PRIVATE-TOKEN": PAT}


def publish(host: Host, name: str, version: str, *, project: int = 1, file: str = "") -> None:
    content = f"{name} {version} {file}".encode()
    form = upload_form(
        content,
        name=name,
        version=version,
        file_name=file or f"{name}-{version}.tar.gz",
        md5_digest="0123",
    )
    path = f"/api/v4/projects/{project}/packages/pypi"
    assert host.ask("POST", path, headers=basic("x", PAT), form=form).status == 201


def ask(host: Host, path: str, status: int = 200, **headers: str) -> Any:
    answer = host.ask("GET", path, headers=headers or OWNER)
    assert answer.status == status, answer.body
    return answer.json


def test_a_package_is_shown_with_its_pipeline_and_other_versions(host: Host) -> None:
    answer = host.ask("POST", f"{PACKAGES}/pypi", headers=JOB, form=upload_form())
    assert answer.status == 201
    publish(host, "demo_pkg", "2.0")
    first, second = ask(host, PACKAGES)
    assert first["_links"] == {
        "web_path": "/grp/sub/demo/-/packages/1",
        "delete_api_path": f"{host.api}/projects/1/packages/1",
    }
    pipeline = first.pop("pipeline")
    assert first.pop("pipelines") == []
    assert (pipeline["id"], pipeline["ref"], pipeline["user"]["username"]) == (1, "v1.0", "dev")
    assert pipeline["web_url"] == f"{host.url}/grp/sub/demo/-/pipelines/1"
    created = first.pop("created_at")
    assert created.endswith("Z")
    del first["_links"]
    assert first == {
        "id": 1,
        "name": "demo_pkg",
        "version": "1.0",
        "package_type": "pypi",
        "status": "default",
        "last_downloaded_at": None,
        "tags": [],
    }
    assert "pipeline" not in second
    shown = ask(host, f"{PACKAGES}/2")
    (other,) = shown["versions"]
    assert (other["id"], other["version"], other["pipeline"]["id"]) == (1, "1.0", 1)
    assert [one["id"] for one in ask(host, f"{PACKAGES}/1/pipelines")] == [1]
    assert ask(host, f"{PACKAGES}/2/pipelines") == []
    anonymous = host.ask("GET", f"{PACKAGES}/1").json
    assert "delete_api_path" not in anonymous["_links"]


def test_lists_filter_sort_and_page(host: Host) -> None:
    other = host.store.projects.create("grp/other", visibility="public")
    publish(host, "beta-tools", "1.0")
    publish(host, "Alpha-Tools", "2.0")
    publish(host, "beta-tools", "0.5", project=other.id)

    def listed(query: str = "", path: str = PACKAGES) -> list[str]:
        return [f"{one['name']} {one['version']}" for one in ask(host, f"{path}?{query}")]

    assert listed() == ["beta-tools 1.0", "Alpha-Tools 2.0"]
    assert listed("sort=desc") == ["Alpha-Tools 2.0", "beta-tools 1.0"]
    assert listed("order_by=name") == ["Alpha-Tools 2.0", "beta-tools 1.0"]
    assert listed("order_by=version&sort=desc") == ["Alpha-Tools 2.0", "beta-tools 1.0"]
    assert listed("order_by=type") == ["beta-tools 1.0", "Alpha-Tools 2.0"]
    assert listed("package_name=alpha") == ["Alpha-Tools 2.0"]
    assert listed("package_name=tools+beta") == ["beta-tools 1.0"]
    assert listed("package_name=100%25") == []
    assert listed("package_version=2.0") == ["Alpha-Tools 2.0"]
    assert listed("package_type=npm") == []
    assert listed("package_type=pypi&status=default&include_versionless=true") == listed()
    assert listed("status=hidden") == []
    page = host.ask("GET", f"{PACKAGES}?per_page=1&page=2", headers=OWNER)
    assert (page.headers["x-total"], page.headers["x-total-pages"]) == ("2", "2")
    assert [one["name"] for one in page.json] == ["Alpha-Tools"]
    for wrong in ("order_by=size", "sort=up", "package_type=zip", "status=good", "page=x"):
        assert host.ask("GET", f"{PACKAGES}?{wrong}").status == 400
    group = "/api/v4/groups/grp/packages"
    assert listed("", group) == ["beta-tools 1.0", "Alpha-Tools 2.0", "beta-tools 0.5"]
    assert listed("order_by=project_path", group)[0] == "beta-tools 0.5"
    assert listed("exclude_subgroups=true", group) == ["beta-tools 0.5"]
    (one,) = ask(host, f"{group}?exclude_subgroups=true")
    assert (one["project_id"], one["project_path"]) == (other.id, "grp/other")


def test_files_are_listed_and_deleted(host: Host) -> None:
    publish(host, "demo", "1.0")
    publish(host, "demo", "1.0", file="a-first.whl")
    files = ask(host, f"{PACKAGES}/1/package_files")
    content = b"demo 1.0 "
    sha = hashlib.sha256(content).hexdigest()
    assert files[0].pop("created_at").endswith("Z")
    assert files[0] == {
        "id": 1,
        "package_id": 1,
        "file_name": "demo-1.0.tar.gz",
        "size": len(content),
        "file_md5": "0123",
        "file_sha1": None,
        "file_sha256": sha,
    }
    names = [
        one["file_name"]
        for one in ask(host, f"{PACKAGES}/1/package_files?order_by=file_name&sort=desc")
    ]
    assert names == ["demo-1.0.tar.gz", "a-first.whl"]
    blob = host.store.blobs.path(sha)
    assert blob.exists()
    gone = host.ask("DELETE", f"{PACKAGES}/1/package_files/1", headers=OWNER)
    assert (gone.status, gone.body) == (204, b"")
    assert not blob.exists()
    again = host.ask("DELETE", f"{PACKAGES}/1/package_files/1", headers=OWNER)
    assert (again.status, again.json) == (404, {"message": "404 Not Found"})
    assert host.ask("DELETE", f"{PACKAGES}/1/package_files/2", headers=OWNER).status == 204
    # The package stays, with no files, as on GitLab.
    assert ask(host, f"{PACKAGES}/1/package_files") == []
    assert b"<a href=" not in host.ask("GET", f"{PACKAGES}/pypi/simple/demo").body
    assert host.ask("DELETE", f"{PACKAGES}/1", headers=OWNER).status == 204
    assert host.ask("GET", f"{PACKAGES}/pypi/simple/demo").status == 404
    missing = host.ask("GET", f"{PACKAGES}/1", headers=OWNER)
    assert (missing.status, missing.json) == (404, {"message": "404 Not found"})


def test_content_that_something_else_names_stays(host: Host) -> None:
    form = upload_form(b"same", name="one", file_name="one-1.tar.gz")
    assert host.ask("POST", f"{PACKAGES}/pypi", headers=JOB, form=form).status == 201
    form = upload_form(b"same", name="two", file_name="two-1.tar.gz")
    assert host.ask("POST", f"{PACKAGES}/pypi", headers=JOB, form=form).status == 201
    blob = host.store.blobs.path(hashlib.sha256(b"same").hexdigest())
    assert host.ask("DELETE", f"{PACKAGES}/1", headers=OWNER).status == 204
    assert blob.exists()
    assert host.ask("DELETE", f"{PACKAGES}/2", headers=OWNER).status == 204
    assert not blob.exists()


def test_deletion_is_for_maintainers_and_fresh_callers(launch: Launcher) -> None:
    host = launch(visibility="private")
    publish(host, "demo", "1.0")
    for level, listing, deleting in ((GUEST, 403, 403), (DEVELOPER, 200, 403)):
        headers = {"PRIVATE-TOKEN": token_of(host.store, f"l{level}", project_id=1, level=level)}
        assert host.ask("GET", PACKAGES, headers=headers).status == listing
        assert host.ask("DELETE", f"{PACKAGES}/1", headers=headers).status == deleting
    assert host.ask("GET", PACKAGES).status == 404
    assert host.ask("GET", PACKAGES, headers={"JOB-TOKEN": TOKEN}).status == 200
    # Basic is for package managers.
    assert host.ask("GET", PACKAGES, headers=JOB).status == 404
    maintainer = {
        "PRIVATE-TOKEN": token_of(host.store, "m", project_id=1, level=MAINTAINER),
        "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT",
    }
    stale = host.ask("DELETE", f"{PACKAGES}/1", headers=maintainer)
    assert (stale.status, stale.json) == (412, {"message": "412 Precondition Failed"})
    del maintainer["If-Unmodified-Since"]
    assert host.ask("DELETE", f"{PACKAGES}/1", headers=maintainer).status == 204


@pytest.mark.parametrize("number", ["0", "99", "9" * 19, "-1"])
def test_a_number_that_no_package_has(host: Host, number: str) -> None:
    for method in ("GET", "DELETE"):
        answer = host.ask(method, f"{PACKAGES}/{number}", headers=OWNER)
        assert (answer.status, answer.json) == (404, {"message": "404 Not found"})
    answer = host.ask("GET", f"{PACKAGES}/x1", headers=OWNER)
    assert (answer.status, answer.json) == (400, {"error": "package_id is invalid"})


def _hammer(turns: Sequence[Any]) -> None:
    threads = [threading.Thread(target=turn) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_deleting_and_uploading_the_same_bytes_never_loses_them(host: Host) -> None:
    """What was answered 201 is served until it is deleted itself."""
    form = upload_form(b"contested", name="ours", file_name="ours-1.tar.gz")
    sha = hashlib.sha256(b"contested").hexdigest()
    lost = []

    def work(number: int) -> None:
        for turn in range(6):
            mine = upload_form(
                b"contested", name=f"p{number}", version=f"{turn}", file_name=f"p{number}.tar.gz"
            )
            assert host.ask("POST", f"{PACKAGES}/pypi", headers=JOB, form=mine).status == 201
            path = f"{PACKAGES}/pypi/files/{sha}/p{number}.tar.gz"
            if host.ask("GET", path).body != b"contested":
                lost.append((number, turn))
            for row in host.store.packages.search([1], words=[f"p{number}"]):
                assert host.ask("DELETE", f"{PACKAGES}/{row.id}", headers=OWNER).status == 204

    _hammer([lambda number=number: work(number) for number in range(4)])
    assert lost == []
    assert not host.store.blobs.path(sha).exists()
    assert host.ask("POST", f"{PACKAGES}/pypi", headers=JOB, form=form).status == 201
    assert host.store.blobs.path(sha).exists()


def test_a_removal_waits_for_an_upload_under_way(launch: Launcher) -> None:
    """The two stores are as two processes: the lock is on the disk."""
    host = launch()
    publish(host, "old", "1.0")
    (file,) = host.store.packages.files_of(1)
    other = Store.open(host.store.directory)
    removed = threading.Event()

    def remove() -> None:
        other.delete_package(1)
        removed.set()

    thread = threading.Thread(target=remove)
    with host.store.blobs.claiming():
        with host.store.blobs.writer() as writer:
            writer.write(b"old 1.0 ")
            blob = writer.keep()
        thread.start()
        assert not removed.wait(0.05)
        host.store.packages.add_file(
            project_id=1,
            name="new",
            version="1",
            normalised="new",
            requires_python="",
            summary="",
            metadata={},
            file_name="new-1.tar.gz",
            blob=Blob(sha256=blob.sha256, size=blob.size),
            job_id=None,
        )
    thread.join(10)
    assert removed.is_set()
    assert blob.sha256 == file.sha256
    assert host.store.blobs.path(file.sha256).read_bytes() == b"old 1.0 "
    other.close()
