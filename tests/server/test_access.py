"""Who may read and write, by visibility and credentials: GitLab's matrix."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.server.conftest import JOB, PAT, TOKEN, Host, Launcher, basic, upload_form

PYPI = "/api/v4/projects/1/packages/pypi"
GROUP = "/api/v4/groups/2/-/packages/pypi"

WHO: Mapping[str, dict[str, str]] = {
    "nobody": {},
    "job by Basic": JOB,
    "wrong job token": basic("gitlab-ci-token", "glcbt-wrong"),
    "job token as another user": basic("__token__", TOKEN),
    "access token as any user": basic("whoever", PAT),
    "unknown password": basic("foo", "bar"),
    "broken Basic": {"Authorization": "Basic ???"},
    "bearer job": {"Authorization": f"Bearer {TOKEN}"},
    "bearer access token": {"Authorization": f"Bearer {PAT}"},
    "wrong bearer": {"Authorization": "Bearer nonsense"},
    "PRIVATE-TOKEN": {"PRIVATE-TOKEN": PAT},
    "wrong PRIVATE-TOKEN": {"PRIVATE-TOKEN": "glpat-wrong"},
    "JOB-TOKEN": {"JOB-TOKEN": TOKEN},
}

# Who: public read, private read, upload.
PACKAGES = {
    "nobody": (200, 401, 401),
    "job by Basic": (200, 200, 201),
    "wrong job token": (401, 401, 401),
    "job token as another user": (200, 401, 401),
    "access token as any user": (200, 200, 201),
    "unknown password": (200, 401, 401),
    "broken Basic": (200, 401, 401),
    "bearer job": (200, 200, 201),
    "bearer access token": (200, 200, 201),
    "wrong bearer": (401, 401, 401),
    "PRIVATE-TOKEN": (200, 200, 201),
    "wrong PRIVATE-TOKEN": (401, 401, 401),
    "JOB-TOKEN": (200, 401, 401),
}


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
def test_the_registry_answers_each_credential_as_gitlab(launch: Launcher, visibility: str) -> None:
    host = launch(visibility=visibility)
    for number, (who, (public, closed, upload)) in enumerate(PACKAGES.items()):
        expected = public if visibility == "public" else closed
        for path in (f"{PYPI}/simple", f"{GROUP}/simple/"):
            answer = host.ask("GET", path, headers=WHO[who])
            assert (who, answer.status) == (who, expected)
            if expected == 401:
                assert answer.json == {"message": "401 Unauthorized"}
                realm = 'Basic realm="GitLab Packages Registry"'
                assert answer.headers["www-authenticate"] == realm
        form = upload_form(file_name=f"demo_pkg-1.0-{number}-py3-none-any.whl")
        assert (who, host.ask("POST", PYPI, headers=WHO[who], form=form).status) == (who, upload)


def test_a_project_that_is_not_there_is_404_for_everybody(host: Host) -> None:
    for headers in ({}, JOB):
        for path in (
            "/api/v4/projects/9/packages/pypi/simple",
            "/api/v4/groups/9/-/packages/pypi/simple",
        ):
            answer = host.ask("GET", path, headers=headers)
            assert (answer.status, answer.json) == (404, {"message": "404 Not Found"})
    answer = host.ask("GET", "/api/v4/projects/other%2Fproject/releases")
    assert (answer.status, answer.json) == (404, {"message": "404 Project Not Found"})


# Path, then the statuses: nobody, JOB-TOKEN, PRIVATE-TOKEN; on a public and on a private project.
API: tuple[tuple[str, tuple[int, int, int], tuple[int, int, int]], ...] = (
    ("/api/v4/projects/1", (200, 200, 200), (404, 404, 200)),
    ("/api/v4/projects/1/releases", (200, 200, 200), (404, 200, 200)),
    ("/api/v4/projects/1/repository/tags", (200, 200, 200), (404, 200, 200)),
    ("/api/v4/projects/1/repository/tags/v0", (404, 404, 404), (404, 404, 404)),
    ("/api/v4/groups/2/releases", (200, 200, 200), (404, 404, 200)),
    ("/api/v4/user", (401, 401, 200), (401, 401, 200)),
    ("/api/v4/job", (401, 200, 404), (401, 200, 404)),
    ("/api/v4/version", (200, 200, 200), (401, 200, 200)),
)


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_the_api_answers_each_credential_as_gitlab(launch: Launcher, visibility: str) -> None:
    host = launch(visibility=visibility)
    for path, public, private in API:
        expected = public if visibility == "public" else private
        given: tuple[dict[str, str], ...] = ({}, {"JOB-TOKEN": TOKEN}, {"PRIVATE-TOKEN": PAT})
        found = tuple(host.ask("GET", path, headers=headers).status for headers in given)
        assert (path, found) == (path, expected)
    wrong = host.ask("GET", "/api/v4/projects/1/releases", headers={"JOB-TOKEN": "glcbt-wrong"})
    assert (wrong.status, wrong.json) == (401, {"message": "401 Unauthorized"})


@pytest.mark.parametrize(("visibility", "status"), [("public", 403), ("private", 404)])
def test_nobody_creates_a_release(launch: Launcher, visibility: str, status: int) -> None:
    host = launch(visibility=visibility)
    answer = host.ask("POST", "/api/v4/projects/1/releases", json={"tag_name": "v1.0"})
    assert answer.status == status


def test_a_job_token_ends_with_its_job(host: Host) -> None:
    assert host.ask("GET", "/api/v4/job", headers={"JOB-TOKEN": TOKEN}).json["id"] == host.job.id
    host.store.finish_job(host.job.id, status="success", exit_code=0, reason="", duration=1)
    assert host.ask("GET", "/api/v4/job", headers={"JOB-TOKEN": TOKEN}).status == 401
    assert host.ask("POST", PYPI, headers=JOB, form=upload_form()).status == 401


def test_a_token_may_come_as_a_parameter(launch: Launcher) -> None:
    host = launch(visibility="private")
    assert host.ask("GET", f"{PYPI}/simple?private_token={PAT}").status == 200
    assert host.ask("GET", f"/api/v4/projects/1/releases?job_token={TOKEN}").status == 200
    assert host.ask("GET", f"{PYPI}/simple?job_token={TOKEN}").status == 401
    body: dict[str, Any] = {"job_token": "glcbt-wrong", "tag_name": "v1.0"}
    assert host.ask("POST", "/api/v4/projects/1/releases", json=body).status == 401


def test_reads_without_credentials_are_reported(host: Host) -> None:
    host.ask("GET", f"{PYPI}/simple", headers=JOB)
    host.ask("GET", "/api/v4/projects/1/releases", headers={"JOB-TOKEN": TOKEN})
    # glab does these two with its job token on every GitLab, and bears the refusal.
    host.ask("GET", "/api/v4/projects/1", headers={"JOB-TOKEN": TOKEN})
    host.ask("GET", "/api/v4/projects/1/repository/tags/v1", headers={"JOB-TOKEN": TOKEN})
    assert host.reads == []
    host.ask("GET", f"{PYPI}/simple")
    host.ask("GET", f"{PYPI}/simple/", headers={"JOB-TOKEN": TOKEN})
    host.ask("GET", "/api/v4/projects/grp%2Fsub%2Fdemo")
    assert host.reads == [
        f"{PYPI}/simple",
        f"{PYPI}/simple/",
        "/api/v4/projects/grp/sub/demo",
    ]
