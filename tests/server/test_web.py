"""The pages people see: everything is there, nothing a user wrote becomes markup."""

import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from gluv.store.releases import NewLink
from tests.server.conftest import JOB, PAT, Host, Launcher, basic, upload_form
from tests.server.people import deploy_token, token_of

EVIL = "<script>alert(1)</script>\"'&"
ROOT = "/grp/sub/demo"
VOID = ("meta", "br", "link", "input", "img", "hr")


class _Checker(HTMLParser):
    """Notes tags that do not close, links, and anything that would run or load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert tag not in ("iframe", "object", "style", "embed", "base")
        assert not any(name.startswith("on") or name == "style" for name in given)
        for name in ("src", *(("href",) if tag in ("link", "use") else ())):
            if name in given:
                assert given[name].startswith(("/-/static/", "#i-", f"{ROOT}/-/jobs/"))
        if tag == "script":
            assert given["src"]
        if href := given.get("href") if tag == "a" else None:
            assert not href.startswith("javascript:")
            self.links.append(href)
        if given.get("id"):
            self.ids.append(given["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not (self.open and self.open[-1] == "script" and data.strip())


def _check(
    host: Host, path: str, status: int = 200, headers: dict[str, str] | None = None
) -> tuple[str, list[str]]:
    answer = host.ask("GET", path, headers=headers)
    assert answer.status == status, path
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    page = answer.body.decode()
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert "<script>alert" not in page
    return page, checker.links


def _fill(host: Host) -> None:
    store = host.store
    form = upload_form(
        summary=EVIL,
        requires_python=EVIL,
        file_name="demo_pkg-1.0.tar.gz",
        description=f"# {EVIL}\n\n[x](javascript:alert(1)) ![i](https://e.org/i.png)\n{EVIL}",
        description_content_type="text/markdown",
        author_email=EVIL,
        keywords=EVIL,
    )
    assert host.ask("POST", host.pypi, headers=JOB, form=form).status == 201
    store.releases.create(
        project_id=1,
        tag="v1/é",
        name=EVIL,
        description=f"{EVIL}\n\n<img src=x onerror=alert(1)> <a href='javascript:x'>y</a>",
        sha="a" * 40,
        author=EVIL,
        links=[NewLink(name=EVIL, url="http://e.org/?a&b", filepath="/dist/x")],
    )
    store.releases.create(
        project_id=1, tag=EVIL, name="", description="", sha="c" * 40, author="", job_id=99
    )
    log = (
        'section_start:100:step_script\r\x1b[0K\x1b[36;1mExecuting "step_script"\x1b[0;m\n'
        f"{EVIL}\n\x1b[31mred\x1b[0m plain\n50%\r100%\n"
        f'http://e.org/"onmouseover={EVIL}\n\x1b]8;;javascript:alert(1)\x1b\\{EVIL}\x1b]8;;\x1b\\\n'
        "section_end:107:step_script\r\x1b[0K\x1b[32;1mJob succeeded\x1b[0;m\n"
    )
    store.log_path(host.job.id).write_text(log, newline="")
    store.finish_job(
        host.job.id,
        status="failed",
        exit_code=2,
        reason="script_failure",
        duration=61.5,
        notes=(EVIL,),
    )
    evil = store.create_job(pipeline_id=host.job.pipeline_id, name=EVIL, stage=EVIL, needs=[EVIL])
    store.finish_job(evil.id, status="failed", exit_code=1, reason=EVIL, duration=1)
    pipeline = store.create_pipeline(source=EVIL, ref=EVIL, tag=False, sha="b" * 40, name=EVIL)
    store.create_job(pipeline_id=pipeline.id, name=f"{EVIL}: [{EVIL}]", stage="x", when="manual")
    store.finish_pipeline(pipeline.id, "failed", 1)


def test_every_page_is_sound_and_escaped(launch: Launcher) -> None:
    host = launch(title=EVIL, description=EVIL)
    _fill(host)
    job = host.job
    one = f"{ROOT}/-/pipelines/{job.pipeline_id}"
    paths = [
        *(ROOT, f"{ROOT}/", f"{ROOT}/-/packages", f"{ROOT}/-/packages/1", f"{ROOT}/-/releases"),
        *(f"{ROOT}/-/releases/v1%2F%C3%A9", f"{ROOT}/-/pipelines", f"{ROOT}/-/pipelines?ref=%3Cb"),
        *(one, f"{one}?view=needs", f"{one}?view=list", f"{one}?view=%3C", f"{ROOT}/-/pipelines/2"),
        *(f"{ROOT}/-/jobs/{job.id}", f"{ROOT}/-/jobs/{job.id + 1}", "/groups/grp/sub"),
        f"{ROOT}/-/releases/{quote(EVIL, safe='')}",
        *("/groups/grp/sub/-/packages", f"{ROOT}/-/packages?search=%3Cb%3E&sort=newest"),
        f"{ROOT}/-/pipelines/2?view=list",
    ]
    for path in paths:
        _, links = _check(host, path)
        for link in links:
            if link.startswith("/") and link != "/?sign_in":
                assert host.ask("GET", link).status in (200, 302), link
    for path in ("/-/nowhere", f"{ROOT}/-/jobs/99", f"{ROOT}/-/jobs/x", f"{ROOT}/-/releases/no"):
        _check(host, path, 404)


def test_empty_pages_say_what_to_do(host: Host) -> None:
    assert "uv publish" in _check(host, ROOT)[0]
    assert "uv publish" in _check(host, f"{ROOT}/-/packages")[0]
    assert "Nothing was printed yet" in _check(host, f"{ROOT}/-/jobs/{host.job.id}")[0]
    assert "No pipeline is like that" in _check(host, f"{ROOT}/-/pipelines?status=manual")[0]


def test_only_a_project_with_a_repository_is_told_to_run(launch: Launcher, tmp_path: Path) -> None:
    with_one, without = launch(checkout=tmp_path), launch()
    for host in (with_one, without):
        host.store.projects.settle("grp/new", visibility="public", checkout=str(tmp_path))
    bare = without.store.projects.create("grp/bare", visibility="public")
    for path, runs in (("/grp/new", True), (f"/{bare.path}", False)):
        page = _check(without, path)[0]
        assert ("gluv run" in page) is runs
        assert ("No release yet" in page) is runs
        assert "uv publish" in page
        assert ("gluv run" in _check(without, f"{path}/-/pipelines")[0]) is runs
        assert ("gluv run --tag" in _check(without, f"{path}/-/releases")[0]) is runs


def test_a_person_gets_a_page_whatever_is_wrong_with_a_token(launch: Launcher) -> None:
    host = launch()
    html = {"Accept": "text/html,*/*;q=0.8"}
    ended = basic("x", token_of(host.store, "ended", expires_at=1.0))
    weak = basic("x", token_of(host.store, "weak", scopes=("read_user",)))
    for headers in (ended, weak, basic("gitlab-ci-token", "wrong")):
        answer = host.ask("GET", ROOT, headers={**headers, **html})
        # Another one can be given: the browser asks.
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Basic realm="GitLab"')
        assert "This needs a token" in answer.body.decode()
    for number in range(40):
        answer = host.ask("GET", ROOT, headers={**basic("x", f"guess-{number}"), **html})
    assert answer.status == 429
    assert answer.headers["retry-after"] == "60"
    assert "Too many wrong tokens" in answer.body.decode()
    assert host.ask("GET", ROOT, headers=basic("x", "guess")).json == {"message": "Retry later"}


def test_one_place_asks_for_a_token_and_leads_back(host: Host) -> None:
    host.store.projects.settle("grp/hidden", visibility="private")
    asked = host.ask("GET", "/?sign_in")
    assert (asked.status, asked.headers["www-authenticate"]) == (401, 'Basic realm="GitLab"')
    page, links = _check(host, ROOT)
    assert "/?sign_in" in links
    back = host.ask("GET", "/?sign_in", headers=basic("me", PAT))
    assert (back.status, back.headers["location"]) == (302, "/")
    page, links = _check(host, "/", headers=basic("me", PAT))
    assert "/?sign_in" not in links
    assert "Signed in as </span>dev<" in page


def test_a_page_says_where_its_gitlab_is_kept(launch: Launcher, tmp_path: Path) -> None:
    here, strangers = launch(), launch(tokens_only=True)
    page = _check(here, "/-/nowhere", 404)[0]
    assert f"<code>{here.store.directory}</code>" in page
    locked = _check(here, "/grp/nope", 401)[0]
    assert f"--scope read_api --data {here.store.directory}<" in locked
    for path, status in (("/-/nowhere", 404), (ROOT, 401)):
        page = _check(strangers, path, status)[0]
        assert "on this machine only" not in page
        assert str(strangers.store.directory) not in page
    assert "--scope read_api --data DIR<" in page


def test_a_release_that_is_not_out_is_not_the_latest(host: Host) -> None:
    soon = host.store.now() + 1e9
    for tag, at in (("v1", None), ("v2", soon)):
        host.store.releases.create(
            project_id=1,
            tag=tag,
            name=tag,
            description="",
            sha="a" * 40,
            author="",
            released_at=at,
        )
    for path in (f"{ROOT}/-/releases", ROOT):
        page = _check(host, path)[0]
        assert page.count(">upcoming<") == page.count(">latest<") == 1
        assert page.index(">upcoming<") < page.index(">latest<")
    assert ">latest<" not in _check(host, f"{ROOT}/-/releases/v2")[0]


def test_a_package_page_shows_files_hashes_and_how_to_install(host: Host) -> None:
    _fill(host)
    page, links = _check(host, f"{ROOT}/-/packages/1")
    (file,) = host.store.packages.files_of(1)
    assert f"sha256 {file.sha256}" in page
    assert f"uv pip install --index-url {host.pypi}/simple demo-pkg" in page
    group = f"{host.api}/groups/{host.project.namespace_id}/-/packages/pypi/simple"
    assert f"pip install --index-url {group} demo-pkg" in page
    assert "[[tool.uv.index]]" in page
    download = f"{ROOT}/-/package_files/{file.id}/download"
    assert download in links
    sent = host.ask("GET", download)
    assert (sent.status, sent.body) == (200, b"wheel")
    assert 'filename="demo_pkg-1.0.tar.gz"' in sent.headers["content-disposition"]
    assert "sandbox" in sent.headers["content-security-policy"]
    assert f"{ROOT}/-/jobs/{host.job.id}" in links


def test_a_log_shows_sections_and_colours(host: Host) -> None:
    _fill(host)
    page, _ = _check(host, f"{ROOT}/-/jobs/{host.job.id}")
    assert '<span class="took">7 s</span>' in page
    assert '<span class="f1">red</span> plain' in page
    assert "100%" in page
    assert "50%" not in page
    assert "a command of its script failed" in page
    raw = host.ask("GET", f"{ROOT}/-/jobs/{host.job.id}/raw")
    assert raw.headers["content-type"].startswith("text/plain")
    assert "sandbox" in raw.headers["content-security-policy"]
    lines = raw.body.decode().splitlines()
    assert lines[:4] == ['Executing "step_script"', EVIL, "red plain", "100%"]
    assert lines[-2:] == [EVIL, "Job succeeded"]


def test_a_page_that_did_not_change_is_not_sent_again(host: Host) -> None:
    first = host.ask("GET", f"{ROOT}/-/packages")
    again = {"If-None-Match": first.headers["etag"]}
    assert host.ask("GET", f"{ROOT}/-/packages", headers=again).status == 304
    assert host.ask("POST", host.pypi, headers=JOB, form=upload_form()).status == 201
    assert host.ask("GET", f"{ROOT}/-/packages", headers=again).status == 200


def test_style_sheets_and_scripts_may_be_kept_for_good(host: Host) -> None:
    page, _ = _check(host, ROOT)
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = host.ask("GET", address)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert host.ask("GET", address.replace("page.css", "ansi.css")).status == 200
    assert host.ask("GET", address.replace("page.css", "page.html")).status == 404
    other = f"/-/static/{zlib.crc32(b'x'):016x}/page.css"
    assert host.ask("GET", other).status == 404


def test_the_front_door_leads_to_the_only_project(host: Host) -> None:
    answer = host.ask("GET", "/")
    assert (answer.status, answer.headers["location"]) == (302, ROOT)


def test_the_front_page_shows_the_projects_that_the_caller_sees(host: Host) -> None:
    host.store.projects.settle("grp/other", visibility="public")
    host.store.projects.settle("grp/hidden", visibility="private")
    page, links = _check(host, "/")
    assert "/grp/other" in links
    assert "grp/hidden" not in page
    page, links = _check(host, "/", headers=basic("me", PAT))
    assert "/grp/hidden" in links


def test_a_private_project_asks_for_a_token(launch: Launcher) -> None:
    host = launch(visibility="private")
    answer = host.ask("GET", ROOT)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="GitLab"'
    assert host.ask("GET", ROOT, headers=basic("me", PAT)).status == 200
    stranger = basic("me", token_of(host.store, "stranger"))
    assert host.ask("GET", ROOT, headers=stranger).status == 404


def test_a_deploy_token_opens_the_packages_and_no_more(launch: Launcher) -> None:
    host = launch(visibility="private")
    token = deploy_token(host.store, "reader", "read_package_registry", project_id=1)
    headers = basic("reader", token)
    _, links = _check(host, f"{ROOT}/-/packages", headers=headers)
    assert f"{ROOT}/-/pipelines" not in links
    assert host.ask("GET", f"{ROOT}/-/pipelines", headers=headers).status == 404
    assert "release-job" not in _check(host, ROOT, headers=headers)[0]


@pytest.mark.parametrize("path", ["-/pipelines/1", "-/jobs/1", "-/jobs/1/raw", "-/packages/1"])
def test_what_belongs_to_another_project_is_not_here(host: Host, path: str) -> None:
    _fill(host)
    host.store.projects.settle("grp/other", visibility="public")
    assert host.ask("GET", f"{ROOT}/{path}").status == 200
    assert host.ask("GET", f"/grp/other/{path}").status == 404
