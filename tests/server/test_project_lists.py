"""Lists of projects and groups: every filter that clients send does what it says."""

import pytest

from gluv.server.roles import DEVELOPER, GUEST, REPORTER
from tests.server.conftest import PAT, Host
from tests.server.people import token_of


@pytest.fixture
def team(host: Host) -> Host:
    """A GitLab with projects of every kind; the home one is `grp/sub/demo`, number 1, public."""
    projects = host.store.projects
    projects.create("grp/alpha", visibility="private", description="Tells the time")
    projects.create("grp/sub/deep/beta", visibility="internal", title="Zeta")
    projects.create("other/gamma", visibility="public")
    projects.create("other/delta", visibility="private")
    return host


def listed(host: Host, path: str, secret: str = PAT) -> list[str]:
    headers = {"PRIVATE-TOKEN": secret} if secret else {}
    answer = host.ask("GET", f"/api/v4/{path}", headers=headers)
    assert answer.status == 200, answer.body
    return [one.get("path_with_namespace") or one["full_path"] for one in answer.json]


ALL = ["other/delta", "other/gamma", "grp/sub/deep/beta", "grp/alpha", "grp/sub/demo"]
BY_NAME = ["grp/alpha", "other/delta", "grp/sub/demo", "other/gamma", "grp/sub/deep/beta"]
BY_PATH = ["grp/alpha", "grp/sub/deep/beta", "other/delta", "grp/sub/demo", "other/gamma"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ALL),
        ("order_by=id&sort=asc", ALL[::-1]),
        ("order_by=created_at", ALL),
        ("order_by=last_activity_at&sort=asc", ALL[::-1]),
        ("order_by=name&sort=asc", BY_NAME),
        ("order_by=name", BY_NAME[::-1]),
        ("order_by=path&sort=asc", BY_PATH),
        ("visibility=private", ["other/delta", "grp/alpha"]),
        ("visibility=internal", ["grp/sub/deep/beta"]),
        ("search=ZETA", ["grp/sub/deep/beta"]),
        ("search=the+tells", ["grp/alpha"]),
        ("search=other", []),
        ("search=other&search_namespaces=true", ["other/delta", "other/gamma"]),
        ("id_after=1&id_before=4", ["grp/sub/deep/beta", "grp/alpha"]),
        ("archived=true", []),
        ("archived=false&starred=false", ALL),
        ("starred=true", []),
        ("topic=ci", []),
        ("owned=true", ALL),
        ("membership=true&visibility=public", ["other/gamma", "grp/sub/demo"]),
    ],
)
def test_the_filters_of_projects(team: Host, query: str, expected: list[str]) -> None:
    assert listed(team, f"projects?{query}") == expected


def test_filters_of_roles_are_those_of_the_caller(team: Host) -> None:
    group = team.store.projects.namespace("other")
    assert group is not None
    ann = token_of(team.store, "ann", namespace_id=group.id, level=DEVELOPER)
    team.store.projects.create("ann/own", visibility="private")
    user = team.store.people.named("ann")
    assert user is not None
    team.store.people.set_role(user.id, GUEST, project_id=1)
    for query, expected in {
        "": ["ann/own", "other/delta", "other/gamma", "grp/sub/deep/beta", "grp/sub/demo"],
        "membership=true": ["ann/own", "other/delta", "other/gamma", "grp/sub/demo"],
        "min_access_level=30": ["ann/own", "other/delta", "other/gamma"],
        "owned=true": ["ann/own"],
    }.items():
        assert listed(team, f"projects?{query}", ann) == expected
    for query in ("owned=true", "membership=true", "min_access_level=10"):
        assert listed(team, f"projects?{query}", "") == []
    assert listed(team, "projects?membership=false", "") == ["other/gamma", "grp/sub/demo"]


def test_a_group_filters_its_projects_too(team: Host) -> None:
    deep = "groups/grp/projects?include_subgroups=true"
    assert listed(team, deep) == ["grp/sub/deep/beta", "grp/alpha", "grp/sub/demo"]
    assert listed(team, f"{deep}&visibility=private") == ["grp/alpha"]
    assert listed(team, f"{deep}&order_by=name&sort=asc")[0] == "grp/alpha"
    assert listed(team, f"{deep}&search=time") == ["grp/alpha"]
    bob = token_of(team.store, "bob", level=REPORTER, project_id=2)
    assert listed(team, f"{deep}&min_access_level=20", bob) == ["grp/alpha"]
    assert listed(team, f"{deep}&owned=true", bob) == []


def test_simple_has_fewer_fields_and_no_filter_takes_nonsense(team: Host) -> None:
    (whole, *_), (simple, *_) = (
        team.ask("GET", f"/api/v4/{path}").json for path in ("projects", "projects?simple=true")
    )
    assert simple.items() < whole.items()
    assert {"id", "path_with_namespace", "web_url", "namespace"} <= simple.keys()
    assert "jobs_enabled" not in simple
    (of_group,) = team.ask("GET", "/api/v4/groups/grp%2Fsub/projects?simple=1").json
    assert of_group.keys() == simple.keys()
    for query in ("visibility=secret", "order_by=color", "owned=perhaps", "min_access_level=11"):
        answer = team.ask("GET", f"/api/v4/projects?{query}")
        assert (answer.status, list(answer.json)) == (400, ["error"])


def test_groups_nest_and_are_as_visible_as_their_most_visible_project(team: Host) -> None:
    assert listed(team, "groups") == ["grp/sub/deep", "grp", "other", "grp/sub"]
    assert listed(team, "groups?sort=desc") == ["grp/sub", "other", "grp", "grp/sub/deep"]
    assert listed(team, "groups?order_by=id&top_level_only=true") == ["grp", "other"]
    assert listed(team, "groups?visibility=internal") == ["grp/sub/deep"]
    assert listed(team, "groups?search=sub") == ["grp/sub/deep", "grp/sub"]
    assert listed(team, "groups/grp/subgroups") == ["grp/sub"]
    assert listed(team, "groups/grp/descendant_groups") == ["grp/sub/deep", "grp/sub"]
    assert listed(team, "groups/grp%2Fsub/subgroups", "") == []
    assert listed(team, "groups/grp/descendant_groups", "") == ["grp/sub"]
    deep = team.ask("GET", "/api/v4/groups/grp%2Fsub%2Fdeep", headers={"PRIVATE-TOKEN": PAT}).json
    assert (deep["visibility"], deep["avatar_url"]) == ("internal", None)
    assert team.ask("GET", "/api/v4/groups/none/subgroups").status == 404
    skipped = f"groups?skip_groups[]={deep['id']}&skip_groups[]=2"
    assert listed(team, skipped) == ["grp", "other"]


def test_groups_are_filtered_by_roles(team: Host) -> None:
    ann = token_of(team.store, "ann", namespace_id=2, level=DEVELOPER)
    assert listed(team, "groups", ann) == ["grp/sub/deep", "grp", "other", "grp/sub"]
    assert listed(team, "groups?min_access_level=30", ann) == ["grp/sub/deep", "grp/sub"]
    assert listed(team, "groups?all_available=false", ann) == ["grp/sub/deep", "grp", "grp/sub"]
    assert listed(team, "groups?owned=true", ann) == []


def test_links_to_other_pages_come_in_gitlabs_order(team: Host) -> None:
    def relations(page: int) -> list[str]:
        link = team.ask("GET", f"/api/v4/groups?per_page=1&page={page}").headers["link"]
        return [part.partition('rel="')[2].rstrip('"') for part in link.split(", ")]

    assert relations(1) == ["next", "first", "last"]
    assert relations(2) == ["prev", "next", "first", "last"]
    assert relations(3) == ["prev", "first", "last"]
