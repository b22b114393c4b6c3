"""`gluv token`, `gluv project` and `gluv group`: who may use the embedded GitLab, and how."""

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gluv.server.roles import DEVELOPER
from gluv.store import Store
from tests.cli.conftest import Gluv, Repo


@pytest.fixture
def app(repo: Repo) -> Repo:
    text = '[project]\nname = "app"\nversion = "1"\n[tool.gluv]\nproject = "grp/app"\n'
    repo.commit({"pyproject.toml": text})
    return repo


def made(gluv: Gluv, app: Repo, *args: str) -> str:
    """The secret of a new token, which is all that stdout has."""
    ran = gluv("token", "create", "-C", app.root, *args)
    assert ran.code == 0, ran.err
    secret = ran.out.strip()
    assert ran.out == f"{secret}\n"
    assert secret not in ran.err
    return secret


def refused(gluv: Gluv, *args: str | Path) -> str:
    ran = gluv(*args)
    assert (ran.code, ran.out) == (2, "")
    assert "next: " in ran.err
    return ran.err


def test_a_token_is_printed_once_and_kept_as_a_hash(gluv: Gluv, app: Repo) -> None:
    secret = made(gluv, app, "ci")
    assert secret.startswith("glpat-")
    listed = gluv("token", "list", "-C", app.root)
    assert "ci" in listed.out
    assert secret not in listed.out
    for place in (app.root / ".gluv").rglob("*"):
        assert not place.is_file() or secret.encode() not in place.read_bytes()
    with Store.open(app.root / ".gluv") as store:
        token = store.tokens.by_secret(secret)
        assert token is not None
        assert (token.kind, token.user_id, token.scopes) == ("personal", 1, ("api",))
        assert token.expires_at is not None
        assert 364 < (token.expires_at - time.time()) / 86400 < 366


def test_tokens_of_every_kind(gluv: Gluv, app: Repo) -> None:
    bot = made(gluv, app, "bot", "--project", "grp/app", "--scope", "read_api")
    team = made(gluv, app, "team", "--group", "grp", "--role", "Maintainer")
    deploy = made(gluv, app, "dep", "--project", "grp/app", "--deploy", "--expires", "never")
    ann = made(gluv, app, "laptop", "--user", "ann", "--expires", "30 days")
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    made(gluv, app, "short", "--expires", tomorrow)
    assert deploy.startswith("gldt-")
    data = json.loads(gluv("token", "list", "-C", app.root, "--json").out)
    assert [(one["kind"], one["of"], one["role"]) for one in data] == [
        ("project", "grp/app", "developer"),
        ("group", "grp", "maintainer"),
        ("deploy", "grp/app", None),
        ("personal", "ann", None),
        ("personal", data[4]["of"], None),
    ]
    assert data[0]["scopes"] == ["read_api"]
    assert data[2]["scopes"] == ["read_package_registry"]
    assert data[2]["expires_at"] is None
    assert date.fromisoformat(data[3]["expires_at"]) > datetime.now(UTC).date()
    assert data[4]["expires_at"] == tomorrow
    with Store.open(app.root / ".gluv") as store:
        for secret in (bot, team, deploy, ann):
            assert store.tokens.by_secret(secret) is not None
        row = store.tokens.by_secret(bot)
        assert row is not None
        user = store.people.find(row.user_id or 0)
        assert user is not None
        assert user.bot
        assert store.people.roles(user.id)[1] == {1: DEVELOPER}


def test_revoked_tokens_are_listed_on_demand(gluv: Gluv, app: Repo) -> None:
    secret = made(gluv, app, "one")
    made(gluv, app, "two")
    assert gluv("token", "revoke", "-C", app.root, "1").err == "revoked 1: one\n"
    assert [line.split()[2] for line in _rows(gluv("token", "list", "-C", app.root).out)] == ["two"]
    everything = gluv("token", "list", "--all", "-C", app.root)
    assert "revoked" in everything.out
    with Store.open(app.root / ".gluv") as store:
        token = store.tokens.by_secret(secret)
        assert token is not None
        assert not token.is_active(store.now())
    assert "there is no token 7, 9" in refused(
        gluv, "token", "revoke", "-C", app.root, "2", "7", "9"
    )
    # All or nothing: the known one of that call is still good.
    assert "two" in gluv("token", "list", "-C", app.root).out


def _rows(out: str) -> list[str]:
    return out.splitlines()[1:]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["x", "--project", "grp/none"], "no project grp/none"),
        (["x", "--group", "none"], "no group none"),
        (["x", "--project", "grp/app", "--group", "grp"], "of a project or of a group"),
        (["x", "--project", "grp/app", "--user", "ann"], "has a bot of its own"),
        (["x", "--deploy"], "is of a project or a group"),
        (["x", "--role", "owner"], "only project and group tokens"),
        (["x", "--project", "grp/app", "--role", "king"], "there is no role king"),
        (["x", "--scope", "write_package_registry"], "cannot have the scope"),
        (["x", "--expires", "2001-01-01"], "is over"),
        (["x", "--expires", "soon"], "is no time"),
        (["x", "--user", "grp"], "is a group"),
        (["x", "--user", "a/b"], "is no user name"),
        ([" "], "needs a name"),
    ],
)
def test_what_does_not_go_together_makes_nothing(
    gluv: Gluv, app: Repo, args: list[str], said: str
) -> None:
    assert said in refused(gluv, "token", "create", "-C", app.root, *args)
    ran = gluv("token", "list", "-C", app.root)
    assert (ran.out, "no access tokens" in ran.err) == ("", True)


def test_projects_are_made_and_set_up(gluv: Gluv, app: Repo) -> None:
    assert gluv("project", "create", "-C", app.root, "team/tools").code == 0
    again = refused(gluv, "project", "create", "-C", app.root, "TEAM/Tools")
    assert "already" in again
    assert "no full path" in refused(gluv, "project", "create", "-C", app.root, "tools")
    assert "no full path" in refused(gluv, "project", "create", "-C", app.root, "team/../x")
    made(gluv, app, "laptop", "--user", "ann")
    ran = gluv(
        *("project", "set", "-C", app.root, "team/tools"),
        *("--visibility", "internal", "--registry", "public", "--description", "Our tools"),
        *("--allow", "grp/app", "--allow", "grp", "--member", "ann=developer"),
    )
    assert (ran.code, ran.err) == (0, "")
    data = {
        one["path"]: one
        for one in json.loads(gluv("project", "list", "--json", "-C", app.root).out)
    }
    assert data["team/tools"] == {
        "id": 2,
        "path": "team/tools",
        "visibility": "internal",
        "description": "Our tools",
        "registry_public": True,
        "job_token_scope": True,
        "allowlist": ["grp/app", "grp"],
        "packages": 0,
        "members": {"ann": "developer"},
        "checkout": None,
    }
    listed = gluv("project", "list", "-C", app.root).out
    assert "its own, grp/app, grp" in listed
    gluv("project", "set", "-C", app.root, "2", "--forbid", "grp", "--no-member", "ann")
    gluv("project", "set", "-C", app.root, "2", "--registry", "project", "--no-job-token-scope")
    (after,) = [
        one
        for one in json.loads(gluv("project", "list", "--json", "-C", app.root).out)
        if one["id"] == 2
    ]
    assert (after["allowlist"], after["members"], after["registry_public"]) == (
        ["grp/app"],
        {},
        False,
    )
    assert after["job_token_scope"] is False


def test_what_pyproject_says_is_changed_there(gluv: Gluv, app: Repo) -> None:
    said = refused(gluv, "project", "set", "-C", app.root, "grp/app", "--visibility", "private")
    assert "pyproject.toml" in said
    for option, value in (
        ("--allow", "no/where"),
        ("--member", "ann=king"),
        ("--no-member", "zed"),
    ):
        refused(gluv, "project", "set", "-C", app.root, "grp/app", option, value)


def test_groups_forward_as_they_are_told(gluv: Gluv, app: Repo) -> None:
    gluv("project", "create", "-C", app.root, "grp/sub/tools")
    made(gluv, app, "laptop", "--user", "bob")
    gluv("group", "set", "-C", app.root, "grp/sub", "--forward", "forward")
    assert gluv("group", "set", "-C", app.root, "grp", "--forward", "off", "--lock").code == 0
    # What the inner group said before counts no more, and is not said again.
    assert "off, locked by grp" in gluv("group", "list", "-C", app.root).out
    said = refused(gluv, "group", "set", "-C", app.root, "grp/sub", "--forward", "warn")
    assert "grp has locked how all below it forward: off" in said
    assert gluv("group", "set", "-C", app.root, "grp/sub", "--forward", "inherit").code == 0
    assert gluv("group", "set", "-C", app.root, "grp/sub", "--member", "bob=owner").code == 0
    data = json.loads(gluv("group", "list", "--json", "-C", app.root).out)
    assert [(one["path"], one["projects"], one["forwarding"]) for one in data] == [
        ("grp", 2, "off"),
        ("grp/sub", 1, None),
    ]
    assert data[0]["forwarding_locked"] is True
    assert [one["forwarding_locked_by"] for one in data] == [None, "grp"]
    assert data[1]["members"] == {"bob": "owner"}
    assert "off, locked" in gluv("group", "list", "-C", app.root).out
    gluv("group", "set", "-C", app.root, "grp", "--forward", "inherit", "--no-lock")
    assert "as above" in gluv("group", "list", "-C", app.root).out
    assert "no group gap" in refused(gluv, "group", "set", "-C", app.root, "gap", "--lock")


def test_a_slip_in_a_name_makes_nobody_a_member(gluv: Gluv, app: Repo) -> None:
    made(gluv, app, "laptop", "--user", "ann")
    for place in (("project", "set", "-C", app.root, "grp/app"), ("group", "set", "grp", "-C")):
        args = place if place[0] == "project" else (*place, app.root)
        said = refused(gluv, *args, "--member", "ann=owner", "--member", "anne=developer")
        assert "this GitLab has no user anne" in said
        assert "ann" in said.partition("its users are: ")[2].partition(";")[0]
    with Store.open(app.root / ".gluv") as store:
        assert store.people.named("anne") is None
        user = store.people.named("ann")
        assert user is not None
        assert store.people.roles(user.id) == ({}, {})


@pytest.mark.parametrize(
    "args",
    [
        ("token", "create", "x"),
        ("token", "list"),
        ("token", "revoke", "1"),
        ("project", "list"),
        ("project", "set", "a/b"),
        ("group", "list"),
        ("group", "set", "a"),
    ],
)
def test_a_folder_that_is_no_gitlab_is_not_made_one(
    gluv: Gluv, tmp_path: Path, args: tuple[str, ...]
) -> None:
    ran = gluv(*args, "--data", tmp_path / "typo")
    assert (ran.code, ran.out) == (6, "")
    assert "holds nothing of gluv" in ran.err
    assert not (tmp_path / "typo").exists()


def test_a_folder_of_its_own_needs_no_repository(
    gluv: Gluv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "keeper")
    data = tmp_path / "registry"
    assert gluv("project", "create", "--data", data, "team/tools").code == 0
    assert gluv("project", "create", "--data", data, "keeper/own").code == 0
    said = refused(gluv, "project", "create", "--data", data, "keeper/sub/own")
    assert "keeper is a person here" in said
    groups = json.loads(gluv("group", "list", "--data", data, "--json").out)
    assert [one["path"] for one in groups] == ["team"]
    ran = gluv("token", "create", "--data", data, "me")
    assert "of keeper" in ran.err
    assert gluv("token", "create", "--data", data, "ci", "--project", "team/tools").code == 0
    assert len(_rows(gluv("token", "list", "--data", data).out)) == 2


def test_a_path_that_another_project_has_is_an_error(gluv: Gluv, app: Repo) -> None:
    gluv("project", "create", "-C", app.root, "team/app")
    text = (app.root / "pyproject.toml").read_text()
    (app.root / "pyproject.toml").write_text(text.replace("grp/app", "team/app"))
    said = refused(gluv, "project", "list", "-C", app.root)
    assert "another project called team/app" in said
    assert "[tool.gluv] project" in said
