"""What each role and each kind of token may do: the matrix of GitLab's own request specs."""

from typing import Any

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER, REPORTER
from tests.server.conftest import PAT, TOKEN, Answer, Host, Launcher, basic, upload_form
from tests.server.people import deploy_token, token_of

PYPI = "/api/v4/projects/1/packages/pypi"
GROUP = "/api/v4/groups/2/-/packages/pypi"
REALM = 'Basic realm="GitLab Packages Registry"'


def _published(host: Host) -> str:
    """The path of a file that is there."""
    form = upload_form(b"there", file_name="there-1.0.tar.gz", name="there")
    assert host.ask("POST", PYPI, headers=basic("gitlab-ci-token", TOKEN), form=form).status == 201
    (file,) = host.store.packages.files_of(1)
    return f"{PYPI}/files/{file.sha256}/{file.name}"


_names = iter(range(10_000))


def _upload(host: Host, headers: dict[str, str], path: str = PYPI) -> Answer:
    form = upload_form(file_name=f"demo_pkg-1.0-{next(_names)}-py3-none-any.whl")
    return host.ask("POST", path, headers=headers, form=form)


# Visibility, who, index and page, file, upload.
MATRIX = [
    ("public", "developer", 200, 200, 201),
    ("public", "guest", 200, 200, 403),
    ("public", "stranger", 200, 200, 403),
    ("public", "bad password", 200, 200, 401),
    ("public", "nobody", 200, 200, 401),
    ("internal", "developer", 200, 200, 201),
    ("internal", "stranger", 200, 200, 403),
    ("internal", "nobody", 401, 401, 401),
    ("private", "developer", 200, 200, 201),
    ("private", "reporter", 200, 200, 403),
    ("private", "guest", 403, 403, 403),
    ("private", "stranger", 404, 404, 404),
    ("private", "bad password", 401, 401, 401),
    ("private", "nobody", 401, 401, 401),
]


@pytest.mark.parametrize(("visibility", "who", "index", "file", "upload"), MATRIX)
@pytest.mark.parametrize("inherited", [False, True])
def test_the_matrix_of_the_registry(
    launch: Launcher,
    visibility: str,
    who: str,
    index: int,
    file: int,
    upload: int,
    inherited: bool,
) -> None:
    host = launch(visibility=visibility)
    path = _published(host)
    levels = {"developer": DEVELOPER, "reporter": REPORTER, "guest": GUEST, "stranger": 0}
    headers: dict[str, str] = {}
    if who in levels:
        where: dict[str, Any] = {"namespace_id": 2} if inherited else {"project_id": 1}
        headers = basic("whoever", token_of(host.store, who, level=levels[who], **where))
    elif who == "bad password":
        headers = basic("foo", "bar")
    for asked in (f"{PYPI}/simple", f"{PYPI}/simple/there"):
        answer = host.ask("GET", asked, headers=headers)
        assert answer.status == index
        assert (answer.headers.get("www-authenticate") == REALM) is (index == 401)
    assert host.ask("GET", path, headers=headers).status == file
    assert _upload(host, headers).status == upload


def test_a_group_shows_what_the_caller_may_read(launch: Launcher) -> None:
    host = launch(visibility="private")
    _published(host)
    store = host.store
    other = store.projects.create("grp/sub/other", visibility="private")
    public = store.projects.create("grp/open", visibility="public")
    store.projects.create("elsewhere/x", visibility="public")
    reporter = token_of(store, "reporter", level=REPORTER, project_id=1)
    guest = token_of(store, "guest", level=GUEST, namespace_id=2)
    owner = basic("x", "glpat-owner")
    for project in (other, public):
        form = upload_form(file_name="p-1.0.tar.gz", name=f"p{project.id}")
        answer = host.ask(
            "POST", f"/api/v4/projects/{project.id}/packages/pypi", headers=owner, form=form
        )
        assert answer.status == 201

    def names(group: str, headers: dict[str, str]) -> list[str] | int:
        answer = host.ask("GET", f"/api/v4/groups/{group}/-/packages/pypi/simple", headers=headers)
        page = answer.body.decode()
        found = [name for name in ("there", f"p{other.id}", f"p{public.id}") if f">{name}<" in page]
        return found if answer.status == 200 else answer.status

    assert names("grp", owner) == ["there", f"p{other.id}", f"p{public.id}"]
    assert names("grp%2Fsub", owner) == ["there", f"p{other.id}"]
    # A role in a project lets one know of its group, but not use the group's registry.
    assert names("2", basic("x", reporter)) == 403
    assert names("grp", basic("x", reporter)) == ["there", f"p{public.id}"]
    assert names("2", basic("x", guest)) == 403
    member = token_of(store, "member", level=REPORTER, namespace_id=2)
    assert names("2", basic("x", member)) == ["there", f"p{other.id}"]
    assert names("2", {}) == 401
    assert names("2", basic("x", token_of(store, "stranger"))) == 404
    assert names("grp", {}) == [f"p{public.id}"]
    assert names("nothing", owner) == 404


def test_the_registry_of_a_private_group_is_for_who_has_a_part_in_the_group(
    launch: Launcher,
) -> None:
    host = launch(visibility="private")
    path, store = _published(host), host.store
    file = path.replace(PYPI, GROUP)
    store.projects.create("grp/sub/other", visibility="internal")
    (outer,) = [one for one in store.projects.namespaces() if one.path == "grp"]
    scope = "read_package_registry"
    bot = store.tokens.add_with_bot(
        "glpat-bot", name="b", scopes=("api",), access_level=DEVELOPER, project_id=1
    )
    assert bot.kind == "project"
    cases = {
        "glpat-bot": 403,
        token_of(store, "p", level=DEVELOPER, project_id=1): 403,
        token_of(store, "g", level=GUEST, namespace_id=2): 403,
        token_of(store, "r", level=REPORTER, namespace_id=2): 200,
        token_of(store, "above", level=REPORTER, namespace_id=outer.id): 200,
        # An internal group is known to everybody who has a token, its registry is not.
        token_of(store, "stranger"): 403,
        PAT: 200,
        deploy_token(store, "of-project", scope, project_id=1): 404,
        deploy_token(store, "of-group", scope, namespace_id=2): 200,
        deploy_token(store, "writes", "write_package_registry", namespace_id=2): 200,
        deploy_token(store, "of-outer", scope, namespace_id=outer.id): 404,
        "unknown": 401,
    }
    for secret, status in cases.items():
        for asked in (f"{GROUP}/simple", f"{GROUP}/simple/there", file):
            answer = host.ask("GET", asked, headers=basic("any", secret))
            assert (secret, asked, answer.status) == (secret, asked, status)


def test_a_job_uses_the_registry_of_a_group_with_the_role_of_its_user(launch: Launcher) -> None:
    host = launch(visibility="private")
    store = host.store
    _published(host)
    headers = basic("gitlab-ci-token", TOKEN)
    assert host.ask("GET", f"{GROUP}/simple/there", headers=headers).status == 200
    # A group where the job's project is not let in is known to its user, and empty for the job.
    store.projects.create("team/x", visibility="private")
    page = host.ask("GET", "/api/v4/groups/team/-/packages/pypi/simple", headers=headers)
    assert (page.status, page.body.count(b"<a ")) == (200, 0)


def test_files_of_one_name_from_several_projects_share_a_page(host: Host) -> None:
    other = host.store.projects.create("grp/sub/other", visibility="public")
    owner = basic("x", "glpat-owner")
    for number, content in ((1, b"one"), (other.id, b"two")):
        answer = host.ask(
            "POST",
            f"/api/v4/projects/{number}/packages/pypi",
            headers=owner,
            form=upload_form(content),
        )
        assert answer.status == 201
    page = host.ask("GET", f"{GROUP}/simple/demo-pkg").body.decode()
    assert page.count("demo_pkg-1.0-py3-none-any.whl</a>") == 2
    for row in (1, 2):
        (file,) = host.store.packages.files_of(row)
        url = f"{GROUP}/files/{file.sha256}/{file.name}"
        assert f"{host.url}{url}#sha256={file.sha256}" in page
        assert host.ask("GET", url).body == (b"one", b"two")[row - 1]
    assert host.ask("GET", f"{PYPI}/files/{file.sha256}/{file.name}").status == 404


@pytest.mark.parametrize("name", ["ann", "Dev"])
def test_a_personal_namespace_has_no_group_registry(host: Host, name: str) -> None:
    """Not that of the machine's owner either, who is `dev`."""
    secret = token_of(host.store, name) if name == "ann" else PAT
    project = host.store.projects.create(f"{name}/tool", visibility="private")
    namespace = host.store.projects.namespace(name)
    assert namespace is not None
    assert namespace.kind == "user"
    headers = {"PRIVATE-TOKEN": secret}
    assert _upload(host, headers, f"/api/v4/projects/{project.id}/packages/pypi").status == 201
    for given in (name, str(namespace.id)):
        answer = host.ask("GET", f"/api/v4/groups/{given}/-/packages/pypi/simple", headers=headers)
        assert answer.status == 404


def test_deploy_tokens_open_the_registry_they_are_for_and_no_more(launch: Launcher) -> None:
    host = launch(visibility="private")
    path, store = _published(host), host.store
    other = store.projects.create("grp/other", visibility="private")
    read = deploy_token(store, "read", "read_package_registry", project_id=1)
    write = deploy_token(store, "write", "write_package_registry", project_id=1)
    group = deploy_token(store, "group", "read_package_registry", namespace_id=2)
    for headers in (basic("any", read), {"DEPLOY-TOKEN": read}, basic("any", group)):
        assert host.ask("GET", path, headers=headers).status == 200
        assert _upload(host, headers).status == 403
    assert host.ask("GET", f"{GROUP}/simple", headers=basic("any", group)).status == 200
    # A token that may write may read what it has written.
    assert _upload(host, basic("any", write)).status == 201
    for asked in (path, f"{PYPI}/simple", f"{PYPI}/simple/there"):
        assert host.ask("GET", asked, headers=basic("any", write)).status == 200
    other_scope = deploy_token(store, "images", "read_registry", project_id=1)
    assert host.ask("GET", path, headers=basic("any", other_scope)).status == 403
    away = f"/api/v4/projects/{other.id}/packages/pypi"
    assert host.ask("GET", f"{away}/simple", headers=basic("any", read)).status == 404
    assert host.ask("GET", f"{away}/simple", headers=basic("any", group)).status == 404
    assert (
        host.ask("GET", "/api/v4/projects/1/releases", headers={"DEPLOY-TOKEN": read}).status == 404
    )
    assert host.ask("GET", path, headers={"DEPLOY-TOKEN": "gldt-no"}).status == 401
    assert host.ask("GET", path, headers={"PRIVATE-TOKEN": read}).status == 401


def test_a_private_project_may_open_its_registry_to_all(launch: Launcher) -> None:
    host = launch(visibility="private")
    path = _published(host)
    host.store.projects.change(1, registry_public=True)
    assert host.ask("GET", path).status == 200
    assert host.ask("GET", "/api/v4/projects/1/releases").status == 404
    assert _upload(host, {}).status == 401


def test_jobs_of_other_projects_need_the_allowlist(launch: Launcher) -> None:
    host = launch(visibility="private")
    path, store = _published(host), host.store
    other = store.projects.create("team/other", visibility="private")
    pipeline = store.create_pipeline(
        source="push", ref="main", tag=False, sha="b" * 40, name=None, project_id=other.id
    )
    job = store.create_job(pipeline_id=pipeline.id, name="test", stage="test")
    store.start_job(job.id, "glcbt-other")
    headers = basic("gitlab-ci-token", "glcbt-other")
    assert host.ask("GET", path, headers=headers).status == 404
    store.job_token_scope.allow(1, project_id=other.id)
    assert host.ask("GET", path, headers=headers).status == 200
    assert _upload(host, headers).status == 201
    assert store.job_token_scope.forbid(1, project_id=other.id)
    assert not store.job_token_scope.forbid(1, project_id=other.id)
    assert host.ask("GET", path, headers=headers).status == 404
    store.job_token_scope.allow(1, namespace_id=other.namespace_id)
    assert host.ask("GET", path, headers=headers).status == 200
    store.job_token_scope.forbid(1, namespace_id=other.namespace_id)
    store.projects.change(1, job_token_scope=False)
    assert host.ask("GET", path, headers=headers).status == 200
    store.projects.change(1, visibility="public", job_token_scope=True)
    assert host.ask("GET", path, headers=headers).status == 200
    assert _upload(host, headers).status == 403


def test_scopes_limit_what_a_token_may_do(launch: Launcher) -> None:
    host = launch(visibility="private")
    path, store = _published(host), host.store
    reads = token_of(store, "r", level=MAINTAINER, project_id=1, scopes=("read_api",))
    names = token_of(store, "n", level=MAINTAINER, project_id=1, scopes=("read_user",))
    for secret, status in ((reads, 200), (names, 403)):
        for headers in (basic("any", secret), {"PRIVATE-TOKEN": secret}):
            assert host.ask("GET", path, headers=headers).status == status
            refused = _upload(host, headers)
            assert refused.status == 403
            assert refused.json["error"] == "insufficient_scope"
    assert host.ask("GET", "/api/v4/user", headers={"PRIVATE-TOKEN": names}).json["username"] == "n"


def test_tokens_end(host: Host) -> None:
    past = host.store.now() - 1
    expired = token_of(host.store, "late", level=DEVELOPER, project_id=1, expires_at=past)
    revoked = token_of(host.store, "gone", level=DEVELOPER, project_id=1)
    row = host.store.tokens.by_secret(revoked)
    assert row is not None
    assert _upload(host, basic("any", revoked)).status == 201
    host.store.tokens.revoke(row.id)
    for secret, word in ((expired, "expired"), (revoked, "revoked")):
        for headers in (basic("any", secret), {"PRIVATE-TOKEN": secret}):
            answer = host.ask("GET", f"{PYPI}/simple", headers=headers)
            assert (answer.status, answer.json["error"]) == (401, "invalid_token")
            assert word in answer.json["error_description"]


def test_a_server_for_strangers_shows_nothing_without_a_token(launch: Launcher) -> None:
    host = launch(visibility="public", tokens_only=True)
    path = _published(host)
    for asked in (path, f"{PYPI}/simple", "/", "/grp/sub/demo"):
        assert host.ask("GET", asked).status == 401
    assert host.ask("GET", "/api/v4/projects/1/releases").status == 404
    assert host.ask("GET", "/api/v4/version").status == 401
    stranger = token_of(host.store, "stranger")
    assert host.ask("GET", path, headers=basic("any", stranger)).status == 200


def test_nothing_of_a_token_is_on_disk(host: Host) -> None:
    secret = token_of(host.store, "someone")
    assert host.ask("GET", "/api/v4/user", headers={"PRIVATE-TOKEN": secret}).status == 200
    for place in host.store.directory.rglob("*"):
        if place.is_file():
            assert secret.encode() not in place.read_bytes()


ROLES = {"guest": GUEST, "reporter": REPORTER, "developer": DEVELOPER, "maintainer": MAINTAINER}

# What, its request, and the lowest role that may: the table of docs/registry.md.
ABILITIES: list[tuple[str, str, Any, int]] = [
    ("GET", "", None, GUEST),
    ("GET", "/releases", None, GUEST),
    ("GET", "/pipelines", None, GUEST),
    ("GET", "/jobs", None, GUEST),
    ("GET", "/jobs/1/trace", None, GUEST),
    ("GET", "/members", None, GUEST),
    ("GET", "/packages", None, REPORTER),
    ("GET", "/packages/pypi/simple", None, REPORTER),
    ("GET", "/repository/tags", None, REPORTER),
    ("GET", "/repository/branches", None, REPORTER),
    ("GET", "/releases/permalink/latest", None, REPORTER),
    ("POST", "/packages/pypi", None, DEVELOPER),
    ("POST", "/releases", {}, DEVELOPER),
    ("POST", "/releases/x/assets/links", {}, DEVELOPER),
    ("DELETE", "/packages/99", None, MAINTAINER),
    ("DELETE", "/packages/99/package_files/9", None, MAINTAINER),
    ("GET", "/pipelines/1/variables", None, MAINTAINER),
    ("GET", "/deploy_tokens", None, MAINTAINER),
    ("POST", "/deploy_tokens", {"name": "x", "scopes": ["read_registry"]}, MAINTAINER),
    ("GET", "/job_token_scope", None, MAINTAINER),
    ("PATCH", "/job_token_scope", {"enabled": True}, MAINTAINER),
]


@pytest.mark.parametrize("role", ROLES)
def test_what_each_role_may_do(launch: Launcher, role: str) -> None:
    host = launch(visibility="private")
    level = ROLES[role]
    headers = {"PRIVATE-TOKEN": token_of(host.store, role, project_id=1, level=level)}
    reads = {
        "PRIVATE-TOKEN": token_of(host.store, "r", project_id=1, level=level, scopes=("read_api",))
    }
    for method, path, json, lowest in ABILITIES:
        answer = host.ask(method, f"/api/v4/projects/1{path}", headers=headers, json=json)
        assert (method, path, answer.status == 403) == (method, path, level < lowest)
        limited = host.ask(method, f"/api/v4/projects/1{path}", headers=reads, json=json)
        if method == "GET":
            assert limited.status == answer.status
        else:
            assert limited.json["error"] == "insufficient_scope"
