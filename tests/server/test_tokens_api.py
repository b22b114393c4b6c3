"""Tokens, members, users and the job token scope over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER, OWNER, REPORTER
from tests.server.conftest import PAT, Answer, Host, Launcher, basic, upload_form
from tests.server.people import token_of

API = "/api/v4"
ADMIN = {"PRIVATE-TOKEN": PAT}
SOON = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()


def ask(host: Host, method: str, path: str, who: str = PAT, **json: Any) -> Answer:
    body = json or None
    return host.ask(method, f"{API}/{path}", headers={"PRIVATE-TOKEN": who}, json=body)


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["name"] for one in answer.json]


@pytest.mark.parametrize("place", ["projects/1", "groups/2"])
def test_tokens_with_a_bot(host: Host, place: str) -> None:
    path = f"{place}/access_tokens"
    made = ask(host, "POST", path, name="ci", scopes=["api"], access_level=30, expires_at=SOON)
    assert made.status == 201
    body = made.json
    secret = body.pop("token")
    assert secret.startswith("glpat-")
    assert body.pop("created_at").endswith("Z")
    kind = place.partition("s/")[0]
    assert body == {
        "id": 2,
        "name": "ci",
        "active": True,
        "revoked": False,
        "expired": False,
        "description": None,
        "scopes": ["api"],
        "user_id": 2,
        "last_used_at": None,
        "expires_at": SOON,
        "access_level": 30,
        "resource_type": kind,
        "resource_id": int(place[-1]),
    }
    form = upload_form()
    upload = host.ask("POST", host.pypi, headers=basic("any", secret), form=form)
    assert upload.status == 201
    me = ask(host, "GET", "user", secret).json
    assert me["bot"] is True
    assert me["username"].startswith(f"{kind}_{place[-1]}_bot_")
    assert names(ask(host, "GET", path)) == ["ci"]
    assert ask(host, "GET", f"{path}/2").json["last_used_at"] is not None
    # A bot makes no tokens.
    refused = ask(host, "POST", path, secret, name="x", scopes=["api"])
    assert refused.status == 400
    assert "does not have permission" in refused.json["message"]
    assert ask(host, "DELETE", f"{path}/2").status == 204
    assert ask(host, "GET", "user", secret).status == 401
    assert names(ask(host, "GET", f"{path}?state=active")) == []
    assert names(ask(host, "GET", f"{path}?revoked=true")) == ["ci"]
    assert ask(host, "GET", f"{path}/2").json["access_level"] is None
    assert ask(host, "DELETE", f"{path}/99").json == {
        "message": f"404 {kind} Access Token Not Found"
    }
    assert ask(host, "GET", f"{path}/1").status == 404


def test_what_a_new_token_may_not_be(host: Host) -> None:
    path = "projects/1/access_tokens"

    def wrong(**json: Any) -> str:
        answer = ask(host, "POST", path, **json)
        assert answer.status == 400
        text: str = answer.json.get("error") or answer.json["message"]
        return text

    assert wrong(description="x") == "name is missing, scopes is missing"
    assert wrong(name="x", scopes=["root"]) == "scopes does not have a valid value"
    assert wrong(name="x", scopes=[]) == "400 Bad request - Scopes can't be blank"
    assert wrong(name=" ", scopes=["api"]) == "400 Bad request - Name can't be blank"
    assert wrong(name="x", scopes=["api"], access_level=35) == (
        "access_level does not have a valid value"
    )
    assert wrong(name="x", scopes=["api"], expires_at="never") == "expires_at is invalid"
    assert "day to come" in wrong(name="x", scopes=["api"], expires_at="2001-01-01")
    assert ask(host, "GET", path).json == []
    made = ask(host, "POST", path, name="x", scopes="api,read_repository").json
    assert made["scopes"] == ["api", "read_repository"]
    last = datetime.fromisoformat(made["expires_at"]).date()
    assert 364 <= (last - datetime.now(UTC).date()).days <= 366


def test_tokens_are_made_by_maintainers_up_to_their_own_level(launch: Launcher) -> None:
    host = launch(visibility="private")
    developer = token_of(host.store, "dev1", project_id=1, level=DEVELOPER)
    maintainer = token_of(host.store, "main1", project_id=1, level=MAINTAINER)
    stranger = token_of(host.store, "stranger")
    path = "projects/1/access_tokens"
    assert ask(host, "GET", path, developer).status == 401
    assert ask(host, "GET", path, stranger).status == 404
    assert host.ask("GET", f"{API}/{path}").status == 401
    assert ask(host, "POST", path, developer, name="x", scopes=["api"]).status == 400
    above = ask(host, "POST", path, maintainer, name="x", scopes=["api"], access_level=OWNER)
    assert above.status == 400
    assert ask(host, "POST", path, maintainer, name="x", scopes=["api"]).status == 201
    row = host.store.tokens.all()[0]
    assert ask(host, "DELETE", f"{path}/{row.id}", developer).status == 400
    assert ask(host, "DELETE", f"{path}/{row.id}", maintainer).status == 204


def test_personal_tokens_are_ones_own(host: Host) -> None:
    ann = token_of(host.store, "ann")
    bob = token_of(host.store, "bob", scopes=("read_user",))
    assert names(ask(host, "GET", "personal_access_tokens")) == ["owner", "ann", "bob"]
    assert names(ask(host, "GET", "personal_access_tokens?user_id=2")) == ["ann"]
    assert names(ask(host, "GET", "personal_access_tokens?search=BO&sort=name_desc")) == ["bob"]
    assert names(ask(host, "GET", "personal_access_tokens", ann)) == ["ann"]
    assert ask(host, "GET", "personal_access_tokens?user_id=3", ann).status == 401
    assert ask(host, "GET", "personal_access_tokens/3", ann).status == 401
    assert ask(host, "GET", "personal_access_tokens/99").status == 404
    assert ask(host, "GET", "personal_access_tokens/2", ann).json["name"] == "ann"
    assert ask(host, "GET", "personal_access_tokens/self", ann).json["id"] == 2
    # What any token may do, whatever its scopes.
    assert ask(host, "GET", "personal_access_tokens/self", bob).json["name"] == "bob"
    assert ask(host, "DELETE", "personal_access_tokens/self", bob).status == 204
    assert ask(host, "GET", "personal_access_tokens/self", bob).status == 401
    assert ask(host, "DELETE", "personal_access_tokens/1", ann).status == 401
    assert ask(host, "DELETE", "personal_access_tokens/2").status == 204
    assert ask(host, "GET", "personal_access_tokens/self", ann).json["error"] == "invalid_token"
    assert host.ask("GET", f"{API}/personal_access_tokens/self").status == 401


def test_tokens_are_filtered_by_time_and_sorted(host: Host) -> None:
    token_of(host.store, "late", expires_at=host.store.now() + 10)
    token_of(host.store, "never")
    listed = "personal_access_tokens?sort="
    assert names(ask(host, "GET", f"{listed}expires_asc")) == ["late", "owner", "never"]
    assert names(ask(host, "GET", f"{listed}expires_desc"))[0] == "late"
    assert names(ask(host, "GET", f"{listed}created_desc")) == ["never", "late", "owner"]
    assert names(ask(host, "GET", f"{listed}last_used_desc"))[0] == "owner"
    future = "2099-01-01T00:00:00Z"
    assert names(ask(host, "GET", f"personal_access_tokens?expires_before={future}")) == ["late"]
    assert names(ask(host, "GET", f"personal_access_tokens?created_after={future}")) == []
    assert names(ask(host, "GET", f"personal_access_tokens?last_used_before={future}")) == ["owner"]
    assert ask(host, "GET", f"{listed}size_asc").status == 400


@pytest.mark.parametrize("place", ["projects/1", "groups/2"])
def test_deploy_tokens(host: Host, place: str) -> None:
    path = f"{place}/deploy_tokens"
    made = ask(host, "POST", path, name="server", scopes=["read_package_registry"])
    assert made.status == 201
    body = made.json
    secret = body.pop("token")
    assert body == {
        "id": 2,
        "name": "server",
        "username": "gitlab+deploy-token-2",
        "expires_at": None,
        "scopes": ["read_package_registry"],
        "revoked": False,
        "expired": False,
    }
    assert host.ask("GET", f"{host.pypi}/simple", headers={"DEPLOY-TOKEN": secret}).status == 200
    again = ask(
        *(host, "POST", path),
        name="old",
        scopes=["read_registry"],
        username="me",
        expires_at="2020-01-01",
    )
    assert again.json["username"] == "me"
    assert names(ask(host, "GET", path)) == ["server", "old"]
    assert names(ask(host, "GET", f"{path}?active=true")) == ["server"]
    assert names(ask(host, "GET", f"{path}?active=false")) == ["old"]
    assert names(ask(host, "GET", "deploy_tokens")) == ["server", "old"]
    assert ask(host, "GET", f"{path}/2").json == body
    assert ask(host, "POST", path, name="x", scopes=["api"]).status == 400
    assert ask(host, "POST", path, name="x", scopes=[]).status == 400
    assert ask(host, "DELETE", f"{path}/2").status == 204
    assert host.ask("GET", f"{host.pypi}/simple", headers={"DEPLOY-TOKEN": secret}).status == 401
    assert ask(host, "DELETE", f"{path}/2").json == {"message": "404 Not found"}


def test_deploy_tokens_are_for_maintainers_and_a_groups_for_its_owners(launch: Launcher) -> None:
    host = launch(visibility="private")
    reporter = token_of(host.store, "rep", namespace_id=2, level=REPORTER)
    maintainer = token_of(host.store, "main1", namespace_id=2, level=MAINTAINER)
    owner = token_of(host.store, "own1", namespace_id=2, level=OWNER)
    new = {"name": "x", "scopes": ["read_package_registry"]}
    for who, project, group, every in ((reporter, 403, 403, 403), (maintainer, 201, 403, 403)):
        assert ask(host, "POST", "projects/1/deploy_tokens", who, **new).status == project
        assert ask(host, "POST", "groups/2/deploy_tokens", who, **new).status == group
        assert ask(host, "GET", "deploy_tokens", who).status == every
    assert ask(host, "GET", "groups/2/deploy_tokens", maintainer).status == 200
    assert ask(host, "POST", "groups/2/deploy_tokens", owner, **new).status == 201


def test_the_job_token_scope(host: Host) -> None:
    other = host.store.projects.create("team/other", visibility="private")
    path = "projects/1/job_token_scope"
    assert ask(host, "GET", path).json == {"inbound_enabled": True, "outbound_enabled": False}
    assert ask(host, "PATCH", path, enabled=False).status == 204
    assert ask(host, "GET", path).json["inbound_enabled"] is False
    assert ask(host, "PATCH", path, other=1).json == {"error": "enabled is missing"}
    added = ask(host, "POST", f"{path}/allowlist", target_project_id=other.id)
    assert (added.status, added.json) == (
        201,
        {"source_project_id": 1, "target_project_id": other.id},
    )
    listed = ask(host, "GET", f"{path}/allowlist").json
    assert [one["path_with_namespace"] for one in listed] == ["grp/sub/demo", "team/other"]
    assert ask(host, "POST", f"{path}/allowlist", target_project_id=other.id).status == 400
    assert ask(host, "POST", f"{path}/allowlist", target_project_id=1).status == 400
    assert ask(host, "POST", f"{path}/allowlist", target_project_id=99).status == 404
    assert ask(host, "DELETE", f"{path}/allowlist/{other.id}").status == 204
    assert ask(host, "DELETE", f"{path}/allowlist/{other.id}").status == 404
    group = other.namespace_id
    added = ask(host, "POST", f"{path}/groups_allowlist", target_group_id=group)
    assert (added.status, added.json["target_group_id"]) == (201, group)
    assert ask(host, "POST", f"{path}/groups_allowlist", target_group_id=group).status == 400
    assert ask(host, "POST", f"{path}/groups_allowlist", target_group_id=99).status == 404
    (listed,) = ask(host, "GET", f"{path}/groups_allowlist").json
    assert listed == {"id": group, "web_url": f"{host.url}/groups/team", "name": "team"}
    assert ask(host, "DELETE", f"{path}/groups_allowlist/{group}").status == 204
    developer = token_of(host.store, "dev1", project_id=1, level=DEVELOPER)
    assert ask(host, "GET", path, developer).status == 403
    assert host.ask("GET", f"{API}/{path}").status == 401


def test_the_allowlist_has_an_end(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gluv.store.job_token_scope.MOST", 1)
    first, second = (
        host.store.projects.create(f"team/p{number}", visibility="public") for number in range(2)
    )
    path = "projects/1/job_token_scope/allowlist"
    assert ask(host, "POST", path, target_project_id=first.id).status == 201
    full = ask(host, "POST", path, target_project_id=second.id)
    assert full.status == 400
    assert "allowlist is full" in full.json["message"]


def test_members_and_users(host: Host) -> None:
    ann = token_of(host.store, "ann", project_id=1, level=DEVELOPER)
    token_of(host.store, "bob", namespace_id=2, level=GUEST)
    outer = host.store.projects.namespace("grp")
    assert outer is not None
    token_of(host.store, "cid", namespace_id=outer.id, level=MAINTAINER)
    ask(host, "POST", "projects/1/access_tokens", name="bot", scopes=["api"])

    def listed(path: str, who: str = PAT) -> dict[str, int]:
        answer = ask(host, "GET", path, who)
        assert answer.status == 200
        return {one["name"]: one["access_level"] for one in answer.json}

    assert listed("projects/1/members") == {"Dev Eloper": OWNER, "ann": DEVELOPER, "bot": 40}
    everyone = listed("projects/1/members/all", ann)
    assert everyone == {
        "Dev Eloper": OWNER,
        "ann": DEVELOPER,
        "bob": GUEST,
        "cid": MAINTAINER,
        "bot": 40,
    }
    assert listed("projects/1/members/all?query=BO") == {"bob": GUEST, "bot": 40}
    assert listed("groups/2/members") == {"Dev Eloper": OWNER, "bob": GUEST}
    assert listed("groups/2/members/all")["cid"] == MAINTAINER
    one = ask(host, "GET", "projects/1/members/2").json
    assert (one["username"], one["membership_state"]) == ("ann", "active")
    assert ask(host, "GET", "projects/1/members/3").status == 404
    assert ask(host, "GET", "projects/1/members/all/3").json["username"] == "bob"
    assert host.ask("GET", f"{API}/projects/1/members").status == 401
    assert names(ask(host, "GET", "users?username=ANN")) == ["ann"]
    assert names(ask(host, "GET", "users?search=b")) == ["bob", "bot"]
    assert names(ask(host, "GET", "users?username=none")) == []
    assert ask(host, "GET", "users/2").json["username"] == "ann"
    assert ask(host, "GET", "users/99").json == {"message": "404 User Not Found"}
    assert host.ask("GET", f"{API}/users").status == 401
