"""The pages people see: everything is there, nothing a user wrote becomes markup."""

from html.parser import HTMLParser

from gluv.store.releases import NewLink
from tests.server.conftest import JOB, PAT, Host, Launcher, basic, upload_form

EVIL = "<script>alert(1)</script>\"'&"
ROOT = "/grp/sub/demo"


class _Checker(HTMLParser):
    """Notes tags that do not close, links, and anything that would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag not in ("script", "img", "iframe", "object", "form")
        assert not any(name.startswith("on") or name == "src" for name in given)
        if tag == "a":
            href = given["href"] or ""
            assert not href.startswith("javascript:")
            self.links.append(href)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _check(host: Host, path: str, status: int = 200) -> tuple[str, list[str]]:
    answer = host.ask("GET", path)
    assert answer.status == status
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = answer.body.decode()
    checker = _Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids))
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    return page, checker.links


def _fill(host: Host) -> None:
    store = host.store
    form = upload_form(summary=EVIL, requires_python=EVIL, file_name="demo_pkg-1.0.tar.gz")
    assert host.ask("POST", host.pypi, headers=JOB, form=form).status == 201
    store.releases.create(
        project_id=1,
        tag="v1/é",
        name=EVIL,
        description=EVIL,
        sha="a" * 40,
        author=EVIL,
        links=[NewLink(name=EVIL, url="http://e.org/?a&b", filepath="/dist/x")],
    )
    log = (
        'section_start:100:step_script\r\x1b[0K\x1b[36;1mExecuting "step_script"\x1b[0;m\n'
        f"{EVIL}\n\x1b[31mred\x1b[0m plain\n50%\r100%\nsection_end:107:step_script\r\x1b[0K"
        "\x1b[32;1mJob succeeded\x1b[0;m\n"
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


def test_every_page_is_sound_and_escaped(launch: Launcher) -> None:
    host = launch(title=EVIL, description=EVIL)
    _fill(host)
    job = host.job
    paths = (
        *(ROOT, f"{ROOT}/", f"{ROOT}/-/packages", f"{ROOT}/-/releases"),
        *(f"{ROOT}/-/releases/v1%2F%C3%A9", f"{ROOT}/-/pipelines"),
        *(f"{ROOT}/-/pipelines/{job.pipeline_id}", f"{ROOT}/-/jobs/{job.id}"),
    )
    for path in paths:
        _, links = _check(host, path)
        for link in links:
            if link.startswith("/"):
                assert host.ask("GET", link).status == 200, link
    for path in ("/nowhere", f"{ROOT}/-/jobs/99", f"{ROOT}/-/jobs/x", f"{ROOT}/-/releases/no"):
        _check(host, path, 404)


def test_empty_pages_say_what_to_do(host: Host) -> None:
    assert "uv publish" in _check(host, ROOT)[0]
    assert "release:" in _check(host, f"{ROOT}/-/releases")[0]
    assert "no log" in _check(host, f"{ROOT}/-/jobs/{host.job.id}")[0]


def test_the_project_page_shows_files_hashes_and_how_to_install(host: Host) -> None:
    _fill(host)
    page, links = _check(host, ROOT)
    (file,) = host.store.packages.files_of(1)
    assert f"sha256 {file.sha256}" in page
    assert f"uv pip install --index-url {host.pypi}/simple demo-pkg" in page
    assert f"{host.pypi}/files/{file.sha256}/demo_pkg-1.0.tar.gz" in links


def test_a_log_shows_sections_and_colours(host: Host) -> None:
    _fill(host)
    page, _ = _check(host, f"{ROOT}/-/jobs/{host.job.id}")
    assert '<span class="took">7 s</span>' in page
    assert '<span class="red">red</span> plain' in page
    assert "100%" in page
    assert "50%" not in page
    raw = host.ask("GET", f"{ROOT}/-/jobs/{host.job.id}/raw")
    assert raw.headers["content-type"].startswith("text/plain")
    assert raw.body.decode().splitlines() == [
        *('Executing "step_script"', EVIL, "red plain", "100%"),
        "Job succeeded",
    ]


def test_the_front_door_leads_to_the_project(host: Host) -> None:
    answer = host.ask("GET", "/")
    assert (answer.status, answer.headers["location"]) == (302, ROOT)


def test_a_private_project_asks_for_a_token(launch: Launcher) -> None:
    host = launch(visibility="private")
    answer = host.ask("GET", ROOT)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="GitLab"'
    assert host.ask("GET", ROOT, headers=basic("me", PAT)).status == 200
