"""The real python-gitlab against the real server: it cannot tell it from GitLab."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gitlab
import pytest

from tests.server.conftest import PAT, TOKEN, Host, Launcher, upload_form
from tests.server.ran import JUNIT, make_job, make_pipeline
from tests.server.test_releases import git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repository"
    directory.mkdir()
    git(directory, "init", "-q", "-b", "main")
    (directory / "README.md").write_text("Hello\n")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "First")
    git(directory, "tag", "v1.0.0")
    return directory


@pytest.fixture
def host(launch: Launcher, repository: Path) -> Host:
    return launch(checkout=repository)


@pytest.fixture
def client(host: Host) -> Iterator[gitlab.Gitlab]:
    with gitlab.Gitlab(host.url, private_token=PAT) as client:
        client.auth()
        yield client


@pytest.fixture
def project(client: gitlab.Gitlab) -> Any:
    return client.projects.get("grp/sub/demo")


def test_who_and_where(client: gitlab.Gitlab, project: Any) -> None:
    assert client.user is not None
    assert client.user.username == "dev"
    assert client.version() == ("19.4.0", "gluv")
    assert project.id == 1
    assert client.projects.get(1).path_with_namespace == "grp/sub/demo"
    assert [one.full_path for one in client.groups.list(get_all=True)] == ["grp", "grp/sub"]
    assert client.groups.get("grp/sub").parent_id == client.groups.get("grp").id
    assert [one.id for one in client.groups.get("grp").projects.list(include_subgroups=True)] == [1]
    assert [one.username for one in client.users.list(username="dev")] == ["dev"]
    assert client.users.get(1).name == "Dev Eloper"
    with pytest.raises(gitlab.GitlabGetError) as caught:
        client.projects.get("grp/none")
    assert caught.value.response_code == 404
    assert caught.value.error_message == "404 Project Not Found"


def test_lists_follow_their_pages(host: Host, project: Any) -> None:
    for number in range(45):
        make_pipeline(host.store, ref=f"b{number}")
    found = project.pipelines.list(iterator=True)
    assert found.total == 46
    assert len([*found]) == 46
    assert len(project.pipelines.list(get_all=True, per_page=7)) == 46
    page = project.pipelines.list(page=2, per_page=40)
    assert len(page) == 6


def test_releases_and_links(project: Any) -> None:
    made = project.releases.create(
        {
            "tag_name": "v1.0.0",
            "description": "Notes",
            "assets": {"links": [{"name": "a", "url": "http://e.org/a", "link_type": "package"}]},
        }
    )
    assert made.tag_name == "v1.0.0"
    link = made.links.create({"name": "b", "url": "http://e.org/b", "direct_asset_path": "/b"})
    link.name = "c"
    link.save()
    assert [one.name for one in made.links.list()] == ["c", "a"]
    link.delete()
    again = project.releases.get("v1.0.0")
    again.description = "Better"
    again.save()
    assert project.releases.list()[0].description == "Better"
    assert [tag.name for tag in project.tags.list()] == ["v1.0.0"]
    assert project.tags.get("v1.0.0").release["tag_name"] == "v1.0.0"
    project.releases.delete("v1.0.0")
    with pytest.raises(gitlab.GitlabGetError):
        project.releases.get("v1.0.0")
    with pytest.raises(gitlab.GitlabCreateError, match="Milestone"):
        project.releases.create({"tag_name": "v1.0.0", "milestones": ["m"]})


def test_packages(host: Host, client: gitlab.Gitlab, project: Any) -> None:
    headers = {"PRIVATE-TOKEN": PAT}
    assert host.ask("POST", host.pypi, headers=headers, form=upload_form()).status == 201
    (package,) = project.packages.list(package_type="pypi", order_by="name")
    assert (package.name, package.version) == ("demo_pkg", "1.0")
    assert project.packages.get(package.id).versions == []
    (file,) = package.package_files.list()
    assert file.file_name == "demo_pkg-1.0-py3-none-any.whl"
    assert [one.id for one in client.groups.get("grp").packages.list()] == [package.id]
    assert package.pipelines.list() == []
    file.delete()
    assert package.package_files.list() == []
    package.delete()
    assert project.packages.list() == []


def test_pipelines_and_jobs(host: Host, project: Any, tmp_path: Path) -> None:
    store = host.store
    sha = project.commits.get("main").id
    made = make_pipeline(store, ref="main", sha=sha, variables={"A": "1"})
    job = make_job(store, made, "build", log="a log\n", files={"dist/a.whl": b"wheel"}, junit=JUNIT)
    bridge = make_job(store, made, "child", bridge=True)
    make_pipeline(store, source="parent_pipeline", parent_job=bridge.id)
    pipeline = project.pipelines.get(made.id)
    assert pipeline.status == "success"
    assert project.pipelines.latest(ref="main").id == made.id
    assert [one.name for one in pipeline.jobs.list(scope=["success"])] == ["build"]
    assert [one.downstream_pipeline["source"] for one in pipeline.bridges.list()] == [
        "parent_pipeline"
    ]
    assert [(one.key, one.value) for one in pipeline.variables.list()] == [("A", "1")]
    assert pipeline.test_report.get().total_count == 4
    assert pipeline.test_report_summary.get().total["failed"] == 1
    shown = project.jobs.get(job.id)
    assert shown.trace() == b"a log\n"
    packed = zipfile.ZipFile(io.BytesIO(shown.artifacts()))
    assert packed.read("dist/a.whl") == b"wheel"
    assert shown.artifact("dist/a.whl") == b"wheel"
    with (tmp_path / "out.zip").open("wb") as file:
        shown.artifacts(streamed=True, action=file.write)
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    assert project.artifacts.raw("main", "dist/a.whl", job="build") == b"wheel"
    assert zipfile.is_zipfile(io.BytesIO(project.artifacts.download("main", job="build")))
    assert {one.name for one in project.jobs.list(get_all=True)} == {"build", "release-job"}


def test_access(host: Host, client: gitlab.Gitlab, project: Any) -> None:
    token = project.access_tokens.create({"name": "ci", "scopes": ["api"], "access_level": 30})
    with gitlab.Gitlab(host.url, private_token=token.token) as other:
        other.auth()
        assert other.user is not None
        assert "bot" in other.user.username
        assert other.personal_access_tokens.get("self").name == "ci"
    assert [one.name for one in project.access_tokens.list()] == ["ci"]
    token.delete()
    assert [one.name for one in project.access_tokens.list(state="active")] == []
    deploy = project.deploytokens.create({"name": "d", "scopes": ["read_package_registry"]})
    assert deploy.token.startswith("gldt-")
    deploy.delete()
    group = client.groups.get("grp/sub")
    assert group.access_tokens.create({"name": "g", "scopes": ["read_api"]}).access_level == 40
    other_project = host.store.projects.create("team/x", visibility="public")
    scope = project.job_token_scope.get()
    assert scope.inbound_enabled is True
    scope.enabled = False
    scope.save()
    assert project.job_token_scope.get().inbound_enabled is False
    scope.allowlist.create({"target_project_id": other_project.id})
    assert [one.id for one in scope.allowlist.list()] == [1, other_project.id]
    scope.allowlist.delete(other_project.id)
    assert [one.access_level for one in project.members_all.list()] == [50, 40]


def test_a_job_reads_and_writes_with_its_token(host: Host) -> None:
    with gitlab.Gitlab(host.url, job_token=TOKEN) as client:
        project = client.projects.get("grp/sub/demo", lazy=True)
        made = project.releases.create({"tag_name": "v1.0.0"})
        assert made.links.create({"name": "a", "url": "http://e.org/a"}).id == 1
        assert [one.id for one in project.packages.list()] == []
        assert [one.name for one in project.branches.list()] == ["main"]
        assert project.files.raw(file_path="README.md", ref="main") == b"Hello\n"
        assert len(project.jobs.list()) == 1
        with pytest.raises(gitlab.GitlabAuthenticationError):
            project.jobs.get(1)


def test_glab_makes_a_release(host: Host, tmp_path: Path) -> None:
    links = '[{"name": "a", "url": "http://e.org/a", "direct_asset_path": "/a"}]'
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GITLAB_HOST": host.url,
        "API_PROTOCOL": "http",
        "JOB_TOKEN": TOKEN,
    }
    for status in (0, 0):
        # The second time it finds the release, and updates it.
        done = subprocess.run(
            [
                *(sys.executable, "-m", "gluv.release.glab", "release", "create", "v1.0.0"),
                *("--repo", "grp/sub/demo", "--name", "One", "--assets-links", links),
            ],
            env=env,
            capture_output=True,
            text=True,
        )
        links = "[]"
        assert done.returncode == status, done.stderr
    shown = host.ask("GET", "/api/v4/projects/1/releases/v1%2E0%2E0").json
    assert shown["name"] == "One"
    assert [link["name"] for link in shown["assets"]["links"]] == ["a"]
