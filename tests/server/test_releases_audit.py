"""Releases line by line: who sees what, protected tags, filters, redirects, odd ids."""

from pathlib import Path
from typing import Any

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER, REPORTER
from tests.server.conftest import PAT, TOKEN, Answer, Host, Launcher
from tests.server.people import token_of
from tests.server.test_releases import git
from tests.server.wire import ask_raw

RELEASES = "/api/v4/projects/1/releases"
OWNER = {"PRIVATE-TOKEN": PAT}
NO_RECORD = (404, {"message": "404 Not found"})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repository"
    directory.mkdir()
    git(directory, "init", "-q", "-b", "main")
    (directory / "a b.txt").write_text("one\ntwo\n")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "First")
    git(directory, "branch", "feature/x")
    for tag in ("v1.0.0", "v1.10.0", "v1.9.0", "release/1.0", "odd-1"):
        git(directory, "tag", tag)
    return directory


@pytest.fixture
def host(launch: Launcher, repository: Path) -> Host:
    return launch(checkout=repository)


def create(host: Host, tag: str = "v1.0.0", who: str = PAT, **body: Any) -> Answer:
    headers = {"PRIVATE-TOKEN": who}
    return host.ask("POST", RELEASES, headers=headers, json={"tag_name": tag, **body})


def test_a_guest_of_a_private_project_sees_no_code(launch: Launcher, repository: Path) -> None:
    host = launch(checkout=repository, visibility="private")
    link = {"name": "a", "url": "http://e.org/a", "direct_asset_path": "/a.whl"}
    assert create(host, name="One", assets={"links": [link]}).status == 201
    guest = {"PRIVATE-TOKEN": token_of(host.store, "g", project_id=1, level=GUEST)}
    reporter = {"PRIVATE-TOKEN": token_of(host.store, "r", project_id=1, level=REPORTER)}
    (shown,) = host.ask("GET", RELEASES, headers=guest).json
    assert shown["name"] == "Release-1"
    assert shown["assets"]["count"] == 1
    for hidden in ("tag_name", "commit", "commit_path", "tag_path", "evidences"):
        assert hidden not in shown
    assert "sources" not in shown["assets"]
    (whole,) = host.ask("GET", RELEASES, headers=reporter).json
    assert (whole["tag_name"], whole["assets"]["count"]) == ("v1.0.0", 5)
    assert "edit_url" not in whole["_links"]
    for path in ("/v1.0.0", "/permalink/latest", "/v1.0.0/downloads/a.whl"):
        assert host.ask("GET", RELEASES + path, headers=guest).status == 403
        assert host.ask("GET", RELEASES + path, headers=reporter).status in (200, 302)
    # Links are part of the release, not of the code.
    assert host.ask("GET", f"{RELEASES}/v1.0.0/assets/links", headers=guest).status == 200


def test_protected_tags_are_for_maintainers(launch: Launcher, repository: Path) -> None:
    host = launch(checkout=repository)
    host.store.projects.settle(
        "grp/sub/demo",
        visibility="public",
        checkout=str(repository),
        is_home=True,
        protected=("v*", "main"),
    )
    developer = token_of(host.store, "d", project_id=1, level=DEVELOPER)
    maintainer = token_of(host.store, "m", project_id=1, level=MAINTAINER)
    refused = create(host, who=developer)
    assert (refused.status, refused.json) == (
        403,
        {"message": "You are not allowed to create this tag as it is protected."},
    )
    # The protection is looked at before anything else is found to be wrong.
    assert create(host, who=developer, milestones=["x"]).status == 403
    assert create(host, "v9", who=developer, ref="main").status == 403
    assert create(host, "odd-1", who=developer).status == 201
    assert create(host, who=maintainer).status == 201
    again = create(host, who=developer)
    assert again.status == 403
    for method in ("PUT", "DELETE"):
        headers = {"PRIVATE-TOKEN": developer}
        answer = host.ask(method, f"{RELEASES}/v1.0.0", headers=headers, json={"name": "n"})
        assert answer.status == 403
    _links_follow_their_release(host, developer, maintainer)
    tags = host.ask("GET", "/api/v4/projects/1/repository/tags?per_page=100").json
    protected = {tag["name"]: tag["protected"] for tag in tags}
    assert protected["v1.0.0"] is True
    assert protected["odd-1"] is False
    branches = host.ask("GET", "/api/v4/projects/1/repository/branches").json
    assert {one["name"]: one["protected"] for one in branches} == {"feature/x": False, "main": True}


def _links_follow_their_release(host: Host, developer: str, maintainer: str) -> None:
    def ask(method: str, path: str, secret: str, name: str) -> Answer:
        headers, body = {"PRIVATE-TOKEN": secret}, {"name": name, "url": f"http://e.org/{name}"}
        return host.ask(method, f"{RELEASES}/{path}", headers=headers, json=body)

    links = "v1.0.0/assets/links"
    link = ask("POST", links, maintainer, "a").json
    for method, path in (("POST", links), ("PUT", f"{links}/{link['id']}"), ("DELETE", "")):
        answer = ask(method, path or f"{links}/{link['id']}", developer, "b")
        assert (answer.status, answer.json) == (403, {"message": "403 Forbidden"})
    assert host.ask("GET", f"{RELEASES}/{links}").json == [link]
    # What is not there is told first; what is not protected is for developers.
    assert ask("DELETE", f"{links}/99", developer, "b").status == 404
    assert ask("POST", "v9/assets/links", developer, "b").status == 404
    other = ask("POST", "odd-1/assets/links", developer, "b")
    assert other.status == 201
    for method in ("PUT", "DELETE"):
        path = f"odd-1/assets/links/{other.json['id']}"
        assert ask(method, path, developer, "c").status == 200


def test_a_project_without_a_repository_has_releases_of_commits_that_are_told(
    launch: Launcher,
) -> None:
    host, sha = launch(), "c0ffee" * 6 + "abcd"
    nowhere = create(host, ref="main")
    assert (nowhere.status, nowhere.json) == (400, {"message": "Target main is invalid"})
    assert create(host, "a..b", ref=sha).json == {"message": "Tag name invalid"}
    made = create(host, ref=sha)
    assert (made.status, made.json["tag_name"]) == (201, "v1.0.0")
    (tag,) = host.store.releases.tags(1)
    assert (tag.name, tag.sha) == ("v1.0.0", sha)


def test_where_there_is_a_repository_a_commit_has_to_be_in_it(host: Host) -> None:
    assert create(host, "v7", ref="c0ffee" * 6 + "abcd").status == 400


def test_changing_a_release_that_is_not_there_is_forbidden(host: Host) -> None:
    for method in ("PUT", "DELETE"):
        answer = host.ask(method, f"{RELEASES}/v1.0.0", headers=OWNER, json={"name": "n"})
        assert (answer.status, answer.json) == (403, {"message": "403 Forbidden"})


def test_what_is_wrong_with_an_update(host: Host) -> None:
    create(host, description="d")

    def put(**body: Any) -> Answer:
        return host.ask("PUT", f"{RELEASES}/v1.0.0", headers=OWNER, json=body)

    assert put().json == {"message": "params is empty"}
    assert put(tag_name="other").status == 400
    assert put(milestones=["m"]).json == {"message": "Milestone(s) not found: m"}
    assert put(milestone_ids=[7]).json == {"message": "Milestone id(s) not found: 7"}
    both = put(milestones=["m"], milestone_ids=[7])
    assert "Cannot specify milestones and milestone_ids" in both.json["error"]
    assert put(milestones=[]).status == 200
    assert put(released_at="2020-02-30").json == {"error": "released_at is invalid"}
    assert put(name=["x"]).json == {"error": "name is invalid"}
    moved = put(released_at="2020-01-02T03:04:05+01:00").json
    assert moved["released_at"] == "2020-01-02T02:04:05.000Z"
    assert moved["description"] == "d"
    # Links are not changed here.
    kept = put(name="n", assets={"links": [{"name": "a", "url": "http://e.org/a"}]}).json
    assert kept["assets"]["links"] == []


def test_releases_are_filtered_and_sorted(host: Host) -> None:
    create(host, "v1.0.0", released_at="2030-01-01T00:00:00Z")
    create(host, "v1.9.0", released_at="2020-01-01T00:00:00Z")

    def tags(query: str) -> list[str]:
        answer = host.ask("GET", f"{RELEASES}?{query}")
        assert answer.status == 200
        return [one["tag_name"] for one in answer.json]

    assert tags("") == ["v1.0.0", "v1.9.0"]
    assert tags("order_by=created_at") == ["v1.9.0", "v1.0.0"]
    assert tags("order_by=created_at&sort=asc") == ["v1.0.0", "v1.9.0"]
    assert tags("updated_after=2099-01-01T00:00:00Z") == []
    assert tags("updated_before=2099-01-01T00:00:00Z") == ["v1.0.0", "v1.9.0"]
    first = host.ask("GET", RELEASES).json[0]
    assert first["upcoming_release"] is True
    assert "description_html" not in first
    for wrong in ("order_by=name", "sort=up", "updated_after=x", "include_html_description=maybe"):
        assert host.ask("GET", f"{RELEASES}?{wrong}").status == 400
    group = host.ask("GET", "/api/v4/groups/grp/releases?sort=asc&simple=true").json
    assert [one["tag_name"] for one in group] == ["v1.9.0", "v1.0.0"]
    assert set(group[0]) == {
        *("tag_name", "name", "description", "created_at", "released_at", "upcoming_release")
    }


def test_a_description_comes_as_html_on_demand(host: Host) -> None:
    create(host, description="# New\n\nA **bold** <b onclick=x>B</b> <script>B</script> & `C`")
    shown = host.ask("GET", f"{RELEASES}/v1.0.0?include_html_description=true").json
    assert shown["description_html"] == (
        "<h2>New</h2>\n<p>A <strong>bold</strong> <b>B</b>  &amp; <code>C</code></p>\n"
    )


def test_heads_of_redirects_and_links_in_order(host: Host) -> None:
    links = [
        {"name": "a", "url": "http://e.org/a", "direct_asset_path": "/dist/a.whl"},
        {"name": "b", "url": "http://e.org/b", "filepath": "/old/b", "direct_asset_path": "/b"},
    ]
    made = create(host, assets={"links": links}).json["assets"]["links"]
    assert [link["name"] for link in made] == ["b", "a"]
    page = f"{host.url}/grp/sub/demo/-/releases/v1.0.0"
    assert made[0]["direct_asset_url"] == f"{page}/downloads/b"
    for path, location in (
        ("/v1.0.0/downloads/dist/a.whl", "http://e.org/a"),
        ("/permalink/latest", "/api/v4/projects/1/releases/v1.0.0"),
        ("/permalink/latest/assets/links", "/api/v4/projects/1/releases/v1.0.0/assets/links"),
    ):
        got = host.ask("GET", RELEASES + path)
        assert (got.status, got.headers["location"]) == (302, location)
        head = host.ask("HEAD", RELEASES + path)
        assert (head.status, head.headers["location"]) == (303, location)
    assert host.ask("GET", f"{RELEASES}/v1.0.0/downloads/none").status == 404
    assert ask_raw(host, f"{RELEASES}/v1.0.0/downloads/../x").status == 400
    assert ask_raw(host, f"{RELEASES}/permalink/latest/../..").status == 400


@pytest.mark.parametrize("tag", ["release%2F1.0", "release%2f1%2E0", "%72elease%2F1%2e0"])
@pytest.mark.parametrize("project", ["1", "grp%2Fsub%2Fdemo", "grp%2Fsub%2F%64emo"])
def test_encoded_ids_are_decoded_once(host: Host, project: str, tag: str) -> None:
    create(host, "release/1.0")
    answer = ask_raw(host, f"/api/v4/projects/{project}/releases/{tag}")
    assert answer.status == 200
    assert answer.json["tag_name"] == "release/1.0"
    twice = ask_raw(host, f"/api/v4/projects/{project}/releases/{tag.replace('%', '%25')}")
    assert twice.status == 404


def test_a_link_changes_partly(host: Host) -> None:
    create(host)
    path = f"{RELEASES}/v1.0.0/assets/links"
    body = {"name": "a", "url": "http://e.org/a", "link_type": "package"}
    made = host.ask("POST", path, headers=OWNER, json=body).json
    one = f"{path}/{made['id']}"
    changed = host.ask("PUT", one, headers=OWNER, json={"url": "ftp://e.org/b"}).json
    # GitLab's parameter has a default, also when a link is changed.
    assert (changed["url"], changed["link_type"]) == ("ftp://e.org/b", "other")
    for wrong in ({"link_type": "zip", "name": "x"}, {"filepath": "/x"}, {"url": "gopher://x"}):
        assert host.ask("PUT", one, headers=OWNER, json=wrong).status == 400
    missing = host.ask("GET", f"{path}/99")
    assert (missing.status, missing.json) == (404, {"message": "404 Not found"})
    assert host.ask("GET", f"{path}/x").json == {"error": "link_id is invalid"}
    for method, rest in (("GET", ""), ("POST", ""), ("GET", "/1"), ("PUT", "/1"), ("DELETE", "/1")):
        answer = host.ask(method, f"{RELEASES}/v9/assets/links{rest}", headers=OWNER, json=body)
        assert (method, answer.status, answer.json) == (method, *NO_RECORD)
    answer = host.ask("GET", f"{RELEASES}/v1.0.0/downloads/none.whl")
    assert (answer.status, answer.json) == NO_RECORD
    assert host.ask("GET", f"{RELEASES}/v9/downloads/none.whl").status == 404


def test_tags_are_searched_and_sorted(host: Host) -> None:
    def tags(query: str) -> list[str]:
        answer = host.ask("GET", f"/api/v4/projects/1/repository/tags?{query}")
        assert answer.status == 200
        return [one["name"] for one in answer.json]

    assert tags("search=^v1&order_by=version") == ["v1.10.0", "v1.9.0", "v1.0.0"]
    assert tags("search=^v1&order_by=version&sort=asc") == ["v1.0.0", "v1.9.0", "v1.10.0"]
    assert tags("search=0.0$&order_by=name") == ["v1.10.0", "v1.0.0"]
    assert tags("search=REL") == ["release/1.0"]
    assert host.ask("GET", "/api/v4/projects/1/repository/tags?order_by=size").status == 400


def test_branches_and_commits_are_read(host: Host, repository: Path) -> None:
    base = "/api/v4/projects/1/repository"
    sha = git(repository, "rev-parse", "HEAD")
    branches = host.ask("GET", f"{base}/branches").json
    assert [(one["name"], one["default"], one["merged"]) for one in branches] == [
        ("feature/x", False, True),
        ("main", True, False),
    ]
    assert [one["name"] for one in host.ask("GET", f"{base}/branches?search=^fe").json] == [
        "feature/x"
    ]
    one = host.ask("GET", f"{base}/branches/feature%2Fx").json
    assert one["commit"]["id"] == sha
    none = host.ask("GET", f"{base}/branches/none")
    assert (none.status, none.json) == (404, {"message": "404 Branch Not Found"})
    for name in (sha, sha[:8], "main", "v1.0.0"):
        commit = host.ask("GET", f"{base}/commits/{name}").json
        assert (commit["id"], commit["title"], commit["project_id"]) == (sha, "First", 1)
    assert commit["stats"] == {"additions": 2, "deletions": 0, "total": 2}
    assert "stats" not in host.ask("GET", f"{base}/commits/main?stats=false").json
    assert (commit["status"], commit["last_pipeline"]) == (None, None)
    assert host.ask("GET", f"{base}/commits/none").json == {"message": "404 Commit Not Found"}
    assert host.ask("GET", f"{base}/commits/--all").status == 404


def test_files_of_commits_are_for_who_is_known(host: Host, repository: Path) -> None:
    path = "/api/v4/projects/1/repository/files/a%20b.txt/raw"
    assert host.ask("GET", path).status == 401
    (repository / "a b.txt").write_text("not committed")
    for headers in (OWNER, {"JOB-TOKEN": TOKEN}):
        answer = host.ask("GET", f"{path}?ref=v1.0.0", headers=headers)
        assert (answer.status, answer.body) == (200, b"one\ntwo\n")
    assert answer.headers["x-gitlab-size"] == "8"
    assert answer.headers["x-gitlab-file-name"] == "a b.txt"
    assert answer.headers["x-gitlab-commit-id"] == git(repository, "rev-parse", "HEAD")
    assert answer.headers["content-type"].startswith("text/plain")
    for missing, what in ((path + "?ref=none", "Commit"), (path.replace("a%20b", "c"), "File")):
        answer = host.ask("GET", missing, headers=OWNER)
        assert (answer.status, answer.json) == (404, {"message": f"404 {what} Not Found"})
    climbing = path.replace("a%20b.txt", "..%2F..%2Fetc%2Fpasswd")
    assert host.ask("GET", climbing, headers=OWNER).status == 400
