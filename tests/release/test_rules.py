"""The rules of a release that need no GitLab."""

from pathlib import Path
from typing import Any

import pytest

from gluv.errors import UsageWrong
from gluv.release.api import Answered, ApiError, Unreachable
from gluv.release.connection import proxy_of
from gluv.release.gitlab import find_gitlab, read_remote
from gluv.release.history import previous_tag
from gluv.release.index import Page, _read_html, _read_json
from gluv.release.links import Link, make_link, plan_changes
from gluv.release.notes import find_section, from_commits
from gluv.release.options import read_options
from gluv.release.outcome import Outcome, Published, write_dotenv
from gluv.release.retry import Clock, Retry
from gluv.release.stop import ReleaseStopped
from gluv.release.tag import check_version, read_tag

NAMES = ("demo-pkg", "demo")


@pytest.mark.parametrize(
    ("tag", "version", "package", "before"),
    [
        ("v1.2.3", "1.2.3", None, "v"),
        ("1.2.3", "1.2.3", None, ""),
        ("v1.0-rc.1", "1.0-rc.1", None, "v"),
        ("demo-1.0", "1.0", "demo", "demo-"),
        ("demo-pkg-1.0", "1.0", "demo-pkg", "demo-pkg-"),
        ("Demo_Pkg-v1.0", "1.0", "demo-pkg", "Demo_Pkg-v"),
        ("demo/v1.0", "1.0", "demo", "demo/v"),
        ("demo@1.0", "1.0", "demo", "demo@"),
        ("v1!2.0+local.1", "1!2.0+local.1", None, "v"),
    ],
)
def test_a_tag_is_understood(tag: str, version: str, package: str | None, before: str) -> None:
    read = read_tag(tag, NAMES, ())
    assert (read.version, read.package, read.before) == (version, package, before)


@pytest.mark.parametrize("tag", ["latest", "vv1.0", "other-1.0", "v", "release/1.0"])
def test_a_tag_without_a_version_is_refused(tag: str) -> None:
    with pytest.raises(ReleaseStopped, match="names no version"):
        read_tag(tag, NAMES, ())


def test_a_pattern_of_the_project_replaces_the_usual_ones() -> None:
    assert read_tag("rel.1.0", NAMES, ("rel.{version}",)).version == "1.0"
    for tag in ("relx1.0", "v1.0"):
        with pytest.raises(ReleaseStopped):
            read_tag(tag, NAMES, ("rel.{version}",))


@pytest.mark.parametrize(
    ("tag", "version"), [("v1.0", "1.0.0"), ("v1.0-rc.1", "1.0rc1"), ("v1.0.post1", "1.0-1")]
)
def test_versions_are_compared_as_pep_440_does(tag: str, version: str) -> None:
    check_version(read_tag(tag, NAMES, ()), "demo", version)
    with pytest.raises(ReleaseStopped, match="but demo is"):
        check_version(read_tag(tag, NAMES, ()), "demo", f"{version}.dev1")


def test_options_are_checked() -> None:
    options = read_options({"tag-pattern": "v{version}", "to": "pypi"}, {"to": None, "name": "N"})
    assert (options.tag_pattern, options.to, options.name) == (("v{version}",), "pypi", "N")
    assert read_options({"to": "pypi"}, {"to": "gitlab"}).to == "gitlab"
    wrong: list[dict[str, Any]] = [{"too": 1}, {"parallel": 0}, {"tag-pattern": "v"}, {"to": 1}]
    for table in wrong:
        with pytest.raises(UsageWrong):
            read_options(table, {})


def test_waits_double_and_obey_retry_after() -> None:
    slept: list[float] = []
    answers: list[ApiError | str] = [
        Unreachable("gone"),
        Answered("POST", "u", 500, "fault"),
        Answered("POST", "u", 429, "slow", "7"),
        Answered("POST", "u", 503, "down", "Thu, 01 Jan 1970 00:01:40 GMT"),
        "done",
    ]
    clock = Clock(now=lambda: 90.0, sleep=slept.append, random=lambda: 1.0)

    def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    assert Retry(clock=clock).run(ask, lambda text: None) == "done"
    assert slept == [1.0, 2.0, 7.0, 10.0]


@pytest.mark.parametrize(
    "error",
    [
        Answered("POST", "u", 400, ""),
        Answered("POST", "u", 501, ""),
        Answered("POST", "u", 503, "", "86400"),
        Unreachable("[SSL: CERTIFICATE_VERIFY_FAILED]"),
    ],
)
def test_what_will_not_mend_is_not_waited_for(error: ApiError) -> None:
    slept: list[float] = []

    def ask() -> None:
        raise error

    with pytest.raises(ApiError):
        Retry(clock=Clock(now=lambda: 0.0, sleep=slept.append)).run(ask, lambda text: None)
    assert slept == []


def _have(number: int, name: str, url: str, path: str | None = None) -> dict[str, Any]:
    direct = f"https://g/p/-/releases/v1/downloads{path}" if path else url
    kind = {"id": number, "name": name, "url": url, "link_type": "package"}
    return {**kind, "direct_asset_url": direct}


def test_links_are_planned_without_a_collision_on_the_way() -> None:
    one, two = make_link("a.whl", "u1"), make_link("b.whl", "u2")
    assert plan_changes([_have(1, "a.whl", "u1", "/pkg/a.whl")], [one]) == ()
    # Names and URLs crossed: each URL may exist once, so one has to go before the other moves.
    crossed = [_have(1, "a.whl", "u2"), _have(2, "b.whl", "u1")]
    changes = plan_changes(crossed, [one, two])
    assert [(change.method, change.id) for change in changes] == [
        ("DELETE", 1),
        ("PUT", 2),
        ("POST", None),
    ]
    # Somebody else's link is none of our business.
    assert plan_changes([_have(9, "manual", "u9")], [one]) == (plan_changes([], [one])[0],)
    # The path of an older one is in the way.
    (change,) = plan_changes([_have(3, "old", "u0", "/pkg/a.whl")], [one])
    assert (change.method, change.id, change.link) == ("PUT", 3, one)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a-1.0-py3-none-any.whl", "/pkg/a-1.0-py3-none-any.whl"),
        ("a-1.0+cu12-py3-none-any.whl", None),
        ("a-1!2.0-py3-none-any.whl", None),
        (f"a-1.0-{'x' * 120}.whl", None),
    ],
)
def test_a_path_that_gitlab_refuses_is_left_away(name: str, path: str | None) -> None:
    assert make_link(name, "u") == Link(name=name, url="u", path=path)


CHANGELOG = """\
# Changelog

## Unreleased

- Soon

## [1.1.0](https://e.org/1.1.0) - 2024-05-01

### Added

- `## 1.0.0` is no heading here:

```
## 1.0.0
```

## v1.0.0 (2024)

First

[1.1.0]: https://e.org/compare
"""


def test_the_changelogs_section_is_found() -> None:
    section = find_section(CHANGELOG, "1.1")
    assert section is not None
    assert section.startswith("### Added")
    assert section.endswith("```")
    assert find_section(CHANGELOG, "1.0.0") == "First"
    assert find_section(CHANGELOG, "0.9") is None
    underlined = "Changes\n=======\n\n1.1 (2024)\n----------\n\nNew\n\n1.0\n---\n\nOld\n"
    assert find_section(underlined, "1.1.0") == "New"


def test_commits_are_text() -> None:
    notes = from_commits(["Fix <b> of *x* by @user", "", "Next"], since="v1.0")
    assert notes.text == "- Fix \\<b\\> of \\*x\\* by \\@user\n- Next"
    assert notes.origin == "2 commits since v1.0"


def test_the_previous_tag_is_of_the_same_kind() -> None:
    tags = ["v1.0", "v1.10", "v1.9", "demo-v2.0", "v2.1", "latest"]
    assert previous_tag(tags, read_tag("v2.0", NAMES, ())) == "v1.10"
    assert previous_tag(tags, read_tag("demo-v2.1", NAMES, ())) == "demo-v2.0"
    assert previous_tag(tags, read_tag("v0.1", NAMES, ())) is None


def test_pages_are_read_in_both_forms() -> None:
    html = (
        b'<a href="../../files/aa/p-1.0.tar.gz#sha256=AA" data-requires-python="">p</a>'
        b'<a href="https://h/p-1.0%2Bl.whl">q</a>'
    )
    files = _read_html(html, "https://g/pypi/simple/p/")
    assert files["p-1.0.tar.gz"][0].url == "https://g/pypi/files/aa/p-1.0.tar.gz"
    assert files["p-1.0.tar.gz"][0].sha256 == "aa"
    assert files["p-1.0+l.whl"][0].sha256 is None
    body = b'{"files": [{"filename": "p.whl", "url": "/f/p.whl#x", "hashes": {"sha256": "bb"}}]}'
    assert _read_json(body, "https://g/simple/p/")["p.whl"][0].url == "https://g/f/p.whl"
    with pytest.raises(Answered):
        _read_json(b"[]", "https://g/")
    assert Page().files == {}


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("https://user:secret@g.example:8443/grp/p.git", ("https://g.example:8443", "grp/p")),
        ("http://127.0.0.1:80/grp/sub/p", ("http://127.0.0.1:80", "grp/sub/p")),
        ("git@g.example:grp/p.git", ("https://g.example", "grp/p")),
        ("ssh://git@g.example:2222/grp/p.git", ("https://g.example", "grp/p")),
        ("/srv/p.git", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_remote_says_where(remote: str, found: tuple[str, str]) -> None:
    assert read_remote(remote) == found


def test_the_job_token_stays_with_its_own_gitlab() -> None:
    job = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": "https://g.example/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_JOB_TOKEN": "job",
    }
    own = find_gitlab(job, server=None, project=None, remote=lambda: None)
    assert (own.server, own.project, own.credentials.job_token) == ("https://g.example", "7", "job")
    assert own.registry == "https://g.example/api/v4/projects/7/packages/pypi"
    with pytest.raises(UsageWrong, match="no token for"):
        find_gitlab(job, server="https://evil.example", project="a/b", remote=lambda: None)
    # A relative root is part of the server.
    below = {**job, "CI_API_V4_URL": "https://g.example/git/api/v4"}
    assert find_gitlab(below, server=None, project="a/b", remote=lambda: None).registry == (
        "https://g.example/git/api/v4/projects/a%2Fb/packages/pypi"
    )


def test_the_proxy_is_the_environments() -> None:
    env = {"HTTPS_PROXY": "proxy:3128", "no_proxy": "corp.example, 127.0.0.1"}
    assert proxy_of("https://g.example/", env) == "http://proxy:3128"
    for url in ("https://g.corp.example/", "https://127.0.0.1:8/", "http://g.example/"):
        assert proxy_of(url, env) is None
    assert proxy_of("https://g.example/", {**env, "NO_PROXY": "*", "no_proxy": "*"}) is None


def test_a_dotenv_beyond_gitlabs_limit_is_refused(tmp_path: Path) -> None:
    files = tuple(
        Published(
            name=f"{n}.whl",
            project=f"package-{n:04}",
            version="1.0",
            sha256="",
            size=1,
            url="",
            state="uploaded",
        )
        for n in range(400)
    )
    outcome = Outcome(tag="v1", version="1", index="i", files=files)
    with pytest.raises(ReleaseStopped, match="5 KiB"):
        write_dotenv(outcome, tmp_path / "release.env")
    assert not (tmp_path / "release.env").exists()
