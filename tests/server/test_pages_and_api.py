"""No page shows what its reader could not ask the API for: every page, every role, every answer."""

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER, PLANNER, REPORTER
from gluv.store.artifacts import ARCHIVE, SIDECAR, artifacts_place
from gluv.store.releases import NewLink
from tests.server.conftest import JOB, PAT, TOKEN, Host, Launcher, basic, upload_form
from tests.server.people import deploy_token, token_of

ROOT = "/grp/sub/demo"
API = "/api/v4/projects/1"
TAG, SHA, PACKAGE = "v9.9.9", "e" * 40, "told-to-few"

LEVELS = {
    "stranger": 0,
    "guest": GUEST,
    "planner": PLANNER,
    "reporter": REPORTER,
    "developer": DEVELOPER,
    "maintainer": MAINTAINER,
}
WHO = ("nobody", *LEVELS, "owner", "deploy token", "other deploy token", "job")

PAIRS = (
    ("/-/packages", "/packages/pypi/simple"),
    ("/-/packages/1", f"/packages/pypi/simple/{PACKAGE}"),
    ("/-/package_files/1/download", "/packages/pypi/simple"),
    ("/-/releases", "/releases"),
    (f"/-/releases/{TAG}", f"/releases/{TAG}"),
    (f"/-/releases/{TAG}/downloads/bin/a.whl", f"/releases/{TAG}/downloads/bin/a.whl"),
    ("/-/releases/permalink/latest", "/releases/permalink/latest"),
    ("/-/releases/permalink/latest/downloads/bin/a.whl", "/releases/permalink/latest"),
    (f"/-/commit/{SHA}", f"/releases/{TAG}"),
    (f"/-/tags/{TAG}", f"/releases/{TAG}"),
    (f"/-/tree/{TAG}", f"/releases/{TAG}"),
    ("/-/pipelines", "/pipelines"),
    ("/-/pipelines/1", "/pipelines/1"),
    ("/-/jobs/1", "/jobs/1"),
    ("/-/jobs/1/raw", "/jobs/1/trace"),
    ("/-/jobs/1/lines/1", "/jobs/1/trace"),
    ("/-/jobs/1/artifacts/browse", "/jobs/1/artifacts"),
    ("/-/jobs/1/artifacts/file/a.txt", "/jobs/1/artifacts/a.txt"),
    ("/-/jobs/1/artifacts/raw/a.txt", "/jobs/1/artifacts/a.txt"),
    ("/-/jobs/1/artifacts/download", "/jobs/1/artifacts"),
)
"""A page of the project, and the question of the API that has the same answer."""

LISTS = ("/", ROOT, "/groups/grp", "/groups/grp/sub", "/groups/grp/sub/-/packages")
"""Pages that show something of everything."""


def _fill(host: Host) -> None:
    store = host.store
    form = upload_form(name=PACKAGE, file_name="told_to_few-1.0.tar.gz")
    assert host.ask("POST", host.pypi, headers=JOB, form=form).status == 201
    store.releases.create(
        project_id=1,
        tag=TAG,
        name=f"The {TAG}",
        description="",
        sha=SHA,
        author="dev",
        job_id=host.job.id,
        links=[NewLink(name="a", url="https://e.org/a.whl", filepath="/bin/a.whl")],
    )
    store.log_path(host.job.id).write_text("said\n")
    place = artifacts_place(store.directory, host.job.id)
    (place / ARCHIVE).mkdir(parents=True)
    (place / ARCHIVE / "a.txt").write_text("a\n")
    (place / SIDECAR).write_text('{"name": "artifacts"}')
    # A second one, so that the front page is a list.
    store.projects.settle("grp/open", visibility="public")


def _headers(host: Host, who: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a browser sends for somebody, and what a program sends to the API."""
    if who == "nobody":
        return {}, {}
    if who == "job":
        return JOB, {"JOB-TOKEN": TOKEN}
    if who.endswith("deploy token"):
        place = {"project_id": 1} if who == "deploy token" else {"project_id": 2}
        secret = deploy_token(host.store, "reader", "read_package_registry", **place)
        return basic("reader", secret), {"DEPLOY-TOKEN": secret}
    secret = PAT
    if who != "owner":
        level = LEVELS[who]
        secret = token_of(host.store, who, level=level, project_id=1 if level else None)
    return basic("x", secret), {"PRIVATE-TOKEN": secret}


def _for(question: str, browser: dict[str, str], program: dict[str, str]) -> dict[str, str]:
    """The registry takes what browsers send, and job tokens in no other way."""
    return browser if "/pypi/" in question else program


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
@pytest.mark.parametrize("who", WHO)
def test_a_page_is_for_those_whom_the_api_answers(
    launch: Launcher, visibility: str, who: str
) -> None:
    host = launch(visibility=visibility)
    _fill(host)
    browser, program = _headers(host, who)
    # Where GitLab's API wants a login although its pages do not, or takes no job or deploy token.
    lenient = visibility == "public" or who in ("job", "deploy token", "other deploy token")
    for path, question in PAIRS:
        page = host.ask("GET", f"{ROOT}{path}", headers=browser)
        asked = host.ask("GET", f"{API}{question}", headers=_for(question, browser, program))
        if asked.status < 400:
            # A deploy token that the API does not look at is nobody there, and less on a page.
            assert page.status < 400 or "deploy" in who, path
        elif not ("/jobs/" in path and lenient):
            assert page.status in (401, 404), (path, asked.status)
            assert page.status == 404 or who in ("nobody", "job"), path


@pytest.mark.parametrize("visibility", ["public", "internal", "private"])
@pytest.mark.parametrize("who", WHO)
def test_no_page_has_a_name_that_the_api_keeps(launch: Launcher, visibility: str, who: str) -> None:
    host = launch(visibility=visibility)
    _fill(host)
    browser, program = _headers(host, who)
    told = {
        word: host.ask("GET", f"{API}{question}", headers=_for(question, browser, program)).status
        < 400
        for word, question in (
            (TAG, f"/releases/{TAG}"),
            (SHA[:8], f"/releases/{TAG}"),
            (PACKAGE, f"/packages/pypi/simple/{PACKAGE}"),
            ("told_to_few", f"/packages/pypi/simple/{PACKAGE}"),
        )
    }
    for path in (*LISTS, *(ROOT + path for path, _ in PAIRS)):
        answer = host.ask("GET", path, headers=browser)
        shown = answer.body.decode() + answer.headers.get("location", "")
        if answer.status >= 400:
            continue
        assert [word for word, may in told.items() if not may and word in shown] == [], path


def test_a_guest_reads_of_a_release_what_the_api_tells_a_guest(launch: Launcher) -> None:
    host = launch(visibility="private")
    _fill(host)
    browser, program = _headers(host, "guest")
    (told,) = host.ask("GET", f"{API}/releases", headers=program).json
    assert "tag_name" not in told
    for path in (ROOT, f"{ROOT}/-/releases", "/", f"{ROOT}/-/jobs/1"):
        page = host.ask("GET", path, headers=browser).body.decode()
        assert told["name"] in page, path
    stream = host.ask("GET", f"/-/live{ROOT}/-/releases/{TAG}", headers=browser)
    assert stream.status == 404


@pytest.mark.parametrize(
    ("there", "nowhere"),
    [
        (ROOT, "/grp/sub/nope"),
        (ROOT, "/grp/17"),
        (ROOT, "/7"),
        ("/groups/grp/sub", "/groups/zz"),
        ("/groups/grp/sub", "/groups/2"),
        (f"{ROOT}/-/pipelines", "/grp/sub/nope/-/pipelines"),
        (f"{ROOT}/-/jobs/1/raw", "/grp/sub/nope/-/jobs/1/raw"),
        ("/groups/grp/sub/-/packages", "/groups/zz/-/packages"),
        (f"/-/live{ROOT}", "/-/live/grp/sub/nope"),
    ],
)
def test_nobody_learns_which_projects_there_are(launch: Launcher, there: str, nowhere: str) -> None:
    host = launch(visibility="private")
    stranger = basic("x", token_of(host.store, "stranger"))
    for headers, status in (({}, 401), (stranger, 404)):
        one, other = (host.ask("GET", path, headers=headers) for path in (there, nowhere))
        assert (one.status, other.status) == (status, status)
        assert one.body == other.body
        assert one.headers.get("www-authenticate") == other.headers.get("www-authenticate")


@pytest.mark.parametrize(
    "path", ["/favicon.ico", "/robots.txt", "/.well-known/change-password", "/_/oidc/audience"]
)
def test_what_programs_ask_for_by_themselves_asks_nobody_for_a_token(
    launch: Launcher, path: str
) -> None:
    assert launch(visibility="private").ask("GET", path).status == 404
