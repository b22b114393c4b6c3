"""Releases, links, tags and permalinks over HTTP, in GitLab's order of checks and its words."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gluv.store.releases import NewLink
from tests.server.conftest import TOKEN, Answer, Host, Launcher

RELEASES = "/api/v4/projects/1/releases"
TOKENS = {"JOB-TOKEN": TOKEN}


def git(directory: Path, *args: str) -> str:
    identity = ("-c", "user.name=Dev", "-c", "user.email=dev@example.org")
    command: Sequence[str] = ("git", "-C", str(directory), *identity, *args)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repository"
    directory.mkdir()
    git(directory, "init", "-q", "-b", "main")
    git(directory, "commit", "-q", "--allow-empty", "-m", "First\n\nBody")
    git(directory, "tag", "v1.0.0")
    git(directory, "tag", "-a", "-m", "Annotated", "release/1.0")
    return directory


@pytest.fixture
def host(launch: Launcher, repository: Path) -> Host:
    return launch(checkout=repository)


def _create(host: Host, **body: Any) -> Answer:
    return host.ask("POST", RELEASES, headers=TOKENS, json={"tag_name": "v1.0.0", **body})


def test_a_release_is_created_and_shown(host: Host, repository: Path) -> None:
    answer = _create(host, description="Notes", name="One")
    assert answer.status == 201
    release = answer.json
    assert (release["name"], release["tag_name"], release["description"]) == (
        *("One", "v1.0.0"),
        "Notes",
    )
    assert release["commit"]["id"] == git(repository, "rev-parse", "v1.0.0")
    assert release["commit"]["title"] == "First"
    page = f"{host.url}/grp/sub/demo/-/releases/v1.0.0"
    assert release["_links"]["self"] == page
    assert release["author"]["username"] == "dev"
    assert release["assets"]["count"] == 4
    for tag in ("v1.0.0", "v1%2E0%2E0"):
        assert host.ask("GET", f"{RELEASES}/{tag}", headers=TOKENS).json == release
    assert host.ask("GET", RELEASES, headers=TOKENS).json == [release]
    again = _create(host)
    assert (again.status, again.json) == (409, {"message": "Release already exists"})


def test_the_name_defaults_to_the_tag_and_a_tag_may_hold_a_slash(host: Host) -> None:
    assert _create(host, tag_name="release/1.0").json["name"] == "release/1.0"
    assert host.ask("GET", f"{RELEASES}/release%2F1.0").status == 200
    assert host.ask("GET", f"{RELEASES}/release/1.0").status == 404


def test_a_missing_tag_needs_a_ref_and_never_touches_git(host: Host, repository: Path) -> None:
    missing = _create(host, tag_name="v2")
    assert (missing.status, missing.json) == (422, {"message": "Ref is not specified"})
    wrong = _create(host, tag_name="v2", ref="nowhere")
    assert (wrong.status, wrong.json) == (400, {"message": "Target nowhere is invalid"})
    bad = _create(host, tag_name="v 2", ref="main")
    assert (bad.status, bad.json) == (400, {"message": "Tag name invalid"})
    assert _create(host, tag_name="v2", ref="main", tag_message="Two").status == 201
    tag = host.ask("GET", "/api/v4/projects/1/repository/tags/v2").json
    assert (tag["message"], tag["commit"]["title"]) == ("Two", "First")
    assert tag["release"] == {"tag_name": "v2", "description": ""}
    assert "v2" not in git(repository, "tag").split()


def test_mistakes_are_answered_in_gitlabs_order_and_words(host: Host) -> None:
    nothing = host.ask("POST", RELEASES, headers=TOKENS, json={})
    assert (nothing.status, nothing.json) == (400, {"error": "tag_name is missing"})
    stones = _create(host, milestones=["m1", "m2"])
    assert stones.json == {"message": "Milestone(s) not found: m1, m2"}
    link = {"name": "a", "url": "http://example.org/a"}
    broken = _create(host, assets={"links": [link, {**link, "url": "gopher://x"}]})
    assert broken.status == 400
    assert "Links have duplicate values (a)" in broken.json["message"]
    assert "Only allowed schemes are http, https, ftp" in broken.json["message"]
    half = _create(host, assets={"links": [{"name": "a"}]})
    assert half.json == {"error": "assets[links][0][url] is missing"}
    assert _create(host, released_at="yesterday").json == {"error": "released_at is invalid"}
    assert host.ask("GET", RELEASES).json == []


def test_forms_create_releases_with_links(host: Host) -> None:
    body = (
        b"tag_name=v1.0.0&assets[links][][name]=a&assets[links][][url]=http://example.org/a"
        b"&assets[links][][name]=b&assets[links][][url]=http://example.org/b"
    )
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = host.ask("POST", RELEASES, headers={**TOKENS, **kind}, body=body)
    assert answer.status == 201
    assert [link["name"] for link in answer.json["assets"]["links"]] == ["b", "a"]


def test_links_are_unique_in_every_field(host: Host) -> None:
    _create(host)
    links = f"{RELEASES}/v1.0.0/assets/links"
    body = {
        "name": "wheel",
        "url": f"{host.url}/grp/sub/demo/x.whl",
        "filepath": "/dist/x.whl",
        "link_type": "package",
    }
    made = host.ask("POST", links, headers=TOKENS, json=body)
    assert made.status == 201
    target = f"{host.url}/grp/sub/demo/-/releases/v1.0.0/downloads/dist/x.whl"
    assert made.json == {
        "id": made.json["id"],
        "name": "wheel",
        "url": body["url"],
        "direct_asset_url": target,
        "external": False,
        "link_type": "package",
    }
    again = host.ask("POST", links, headers=TOKENS, json=body)
    assert again.status == 400
    assert sorted(again.json["message"]) == [
        "Filepath has already been taken",
        "Name has already been taken",
        "Url has already been taken",
    ]
    kind = host.ask("POST", links, headers=TOKENS, json={**body, "link_type": "zip"})
    assert kind.json == {"error": "link_type does not have a valid value"}
    path = host.ask("POST", links, headers=TOKENS, json={**body, "filepath": "/a+b"})
    assert path.json["message"] == ["Filepath is invalid"]
    lacking = host.ask("POST", links, headers=TOKENS, json={})
    assert lacking.json == {"error": "name is missing, url is missing"}
    for asked in (f"{host.url}{RELEASES}/v1.0.0/downloads/dist/x.whl", target):
        redirect = host.ask("GET", asked)
        assert (redirect.status, redirect.headers["location"]) == (302, body["url"])


def test_links_change_and_go(host: Host) -> None:
    _create(host)
    links = f"{RELEASES}/v1.0.0/assets/links"
    first, second = (
        host.ask("POST", links, headers=TOKENS, json={"name": n, "url": f"http://e.org/{n}"}).json
        for n in ("a", "b")
    )
    assert [link["name"] for link in host.ask("GET", links).json] == ["b", "a"]
    one = f"{links}/{first['id']}"
    assert host.ask("GET", one).json == first
    assert host.ask("PUT", one, headers=TOKENS, json={}).status == 400
    clash = host.ask("PUT", one, headers=TOKENS, json={"name": "b"})
    assert clash.json == {"message": ["Name has already been taken"]}
    changed = host.ask("PUT", one, headers=TOKENS, json={"name": "c"}).json
    assert (changed["name"], changed["url"]) == ("c", "http://e.org/a")
    assert host.ask("DELETE", one, headers=TOKENS).json == changed
    assert host.ask("GET", links).json == [second]
    assert host.ask("GET", one).status == 404


def test_a_release_changes_and_goes_and_its_tag_stays(host: Host) -> None:
    _create(host, description="d")
    one = f"{RELEASES}/v1.0.0"
    changed = host.ask("PUT", one, headers=TOKENS, json={"name": "n"}).json
    assert (changed["name"], changed["description"]) == ("n", "d")
    assert host.ask("DELETE", one, headers=TOKENS).json["name"] == "n"
    missing = host.ask("GET", one)
    assert (missing.status, missing.json) == (404, {"message": "404 Not Found"})
    assert host.ask("GET", "/api/v4/projects/1/repository/tags/v1.0.0").status == 200


def test_permalinks_lead_to_the_latest_release(host: Host) -> None:
    assert host.ask("GET", f"{RELEASES}/permalink/latest").status == 404
    _create(host, tag_name="release/1.0", released_at="2020-01-01T00:00:00Z")
    _create(host, released_at="2021-01-01T00:00:00Z")
    latest = host.ask(
        "GET", f"{RELEASES}/permalink/latest/downloads/a.whl?x=1&order_by=released_at"
    )
    assert latest.status == 302
    assert latest.headers["location"] == "/api/v4/projects/1/releases/v1.0.0/downloads/a.whl?x=1"
    web = host.ask("GET", "/grp/sub/demo/-/releases/permalink/latest")
    assert web.headers["location"] == "/grp/sub/demo/-/releases/v1.0.0"


def test_lists_are_paginated(host: Host) -> None:
    for tag in ("v1.0.0", "release/1.0"):
        _create(host, tag_name=tag)
    page = host.ask("GET", f"{RELEASES}?per_page=1&sort=asc")
    assert [row["tag_name"] for row in page.json] == ["v1.0.0"]
    assert page.headers["x-total"] == "2"
    assert page.headers["x-next-page"] == "2"
    assert f'<{host.url}{RELEASES}?sort=asc&page=2&per_page=1>; rel="next"' in page.headers["link"]
    assert host.ask("GET", f"{RELEASES}?page=0").status == 400


def test_tags_come_from_git(host: Host) -> None:
    tags = {tag["name"]: tag for tag in host.ask("GET", "/api/v4/projects/1/repository/tags").json}
    assert set(tags) == {"v1.0.0", "release/1.0"}
    assert tags["release/1.0"]["message"] == "Annotated"
    assert tags["v1.0.0"]["message"] == ""
    one = host.ask("GET", "/api/v4/projects/1/repository/tags/release%2F1%2E0")
    assert one.json == tags["release/1.0"]
    none = host.ask("GET", "/api/v4/projects/1/repository/tags/none")
    assert (none.status, none.json) == (404, {"message": "404 Tag Not Found"})


def test_the_small_endpoints_answer(host: Host) -> None:
    assert host.ask("GET", "/api/v4/version").json == {"version": "19.4.0", "revision": "gluv"}
    project = host.ask("GET", "/api/v4/projects/grp%2Fsub%2Fdemo").json
    assert (project["id"], project["path_with_namespace"]) == (1, "grp/sub/demo")
    assert (project["default_branch"], project["visibility"]) == ("main", "public")
    job = host.ask("GET", "/api/v4/job", headers=TOKENS).json
    assert (job["name"], job["stage"], job["status"]) == ("release-job", "release", "running")
    assert (job["ref"], job["tag"], job["pipeline"]["status"]) == ("v1.0", True, "running")
    assert host.ask("POST", "/api/v4/usage_data/track_event", json={"event": "x"}).status == 200


def test_links_to_this_gitlab_follow_it_to_another_port(launch: Launcher) -> None:
    first = launch()
    store = first.store
    release = store.releases.create(
        project_id=1, tag="v1.0.0", name="v1.0.0", description="", sha="a" * 40, author="dev"
    )
    for name, url in (("here", f"{first.url}/x"), ("else", "http://127.0.0.1:1/x")):
        store.releases.add_link(release.id, NewLink(name=name, url=url, filepath=f"/{name}"))
    store.releases.remember_address("http://127.0.0.1:2")
    store.releases.add_link(release.id, NewLink(name="old", url="http://127.0.0.1:2/x"))
    links = first.ask("GET", f"{RELEASES}/v1.0.0/assets/links").json
    assert [link["url"] for link in links] == [
        f"{first.url}/x",
        "http://127.0.0.1:1/x",
        f"{first.url}/x",
    ]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"[" * 200_000, 400),
        ({"Content-Type": "application/json"}, b"{", 400),
        ({"Content-Type": "application/json"}, b'["tag_name"]', 400),
        ({"Content-Type": "application/json"}, b'{"tag_name": {}}', 400),
        ({"Content-Type": "application/json"}, b'{"tag_name": "\\u0000"}', 422),
        (
            {"Content-Type": "application/json"},
            b'{"tag_name": "v1.0.0", "released_at": "9999-12-31T23:59:59-23:00"}',
            400,
        ),
        ({"Content-Type": "application/json"}, b'{"tag_name": "v1.0.0", "assets": 3}', 400),
        (
            {"Content-Type": "application/json"},
            b'{"tag_name": "v1.0.0", "milestones": 3}',
            400,
        ),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=1&a[b]=2", 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"a" + b"[b]" * 99, 400),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\nbroken", 400),
        ({"Content-Type": "image/png"}, b"png", 415),
    ],
)
def test_broken_bodies_are_refused(
    host: Host, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = host.ask("POST", RELEASES, headers={**TOKENS, **headers}, body=body)
    assert (answer.status, bool(answer.json)) == (status, True)
