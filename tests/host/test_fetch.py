import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from gluv.config import resolve
from gluv.config.fetch import Fetcher, FetchFailed, Repositories
from gluv.host.fetch import HostFetcher
from gluv.host.fetch_project import clone_base
from gluv.host.fetch_versions import find_ref, parse_ls_remote
from gluv.settings import Settings
from gluv.text.nodes import Source

DAY = 24 * 3600.0


def git(at: Path, *args: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *args], cwd=at, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def make_repository(at: Path, files: dict[str, str]) -> Path:
    at.mkdir(parents=True)
    git(at, "init", "-q", "-b", "main")
    return change(at, files)


def change(at: Path, files: dict[str, str], tag: str | None = None) -> Path:
    for path, text in files.items():
        (at / path).parent.mkdir(parents=True, exist_ok=True)
        (at / path).write_text(text)
    git(at, "add", "-A")
    git(at, "commit", "-q", "-m", "x")
    if tag is not None:
        git(at, "tag", "-a", "-m", tag, tag)
    return at


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_repository(tmp_path / "here", {"a.yml": "a: 1\n", ".gitignore": "ignored\n"})


@pytest.fixture
def gitlab(tmp_path: Path) -> Path:
    """A folder that serves `group/ci.git` as a GitLab does its projects."""
    work = make_repository(tmp_path / "work", {"b.yml": "v: old\n"})
    change(work, {"templates/lint.yml": "lint: 1\n"}, "1.0.0")
    change(work, {"templates/lint.yml": "lint: 2\n"}, "1.2.0")
    change(work, {"templates/lint.yml": "lint: 3\n"}, "1.10.0")
    change(work, {"templates/lint.yml": "lint: 4\n"}, "2.0.0")
    change(work, {"templates/lint.yml": "lint: 5\n"}, "3.0.0-rc1")
    change(work, {"templates/deploy/template.yml": "deploy: 1\n", "b.yml": "v: new\n"})
    served = tmp_path / "gitlab" / "group"
    served.mkdir(parents=True)
    git(tmp_path, "clone", "-q", "--bare", str(work), str(served / "ci.git"))
    return tmp_path / "gitlab"


class Clock:
    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time


def fetcher(
    root: Path,
    gitlab: Path | None = None,
    *,
    offline: bool = False,
    refresh: bool = False,
    commit: str | None = None,
    projects: dict[str, str] | None = None,
    now: Clock | None = None,
) -> HostFetcher:
    settings = Settings(gitlab=f"file://{gitlab}" if gitlab else None, projects=projects or {})
    return HostFetcher(
        root,
        root / ".gluv",
        settings,
        offline=offline,
        refresh=refresh,
        commit=commit,
        environ={},
        now=now or Clock(),
    )


def push(gitlab: Path, files: dict[str, str], tag: str | None = None) -> None:
    work = change(gitlab.parent / "work", files, tag)
    git(work, "push", "-q", "--tags", str(gitlab / "group" / "ci.git"), "main")


def test_it_is_a_fetcher(root: Path) -> None:
    fetch: Fetcher = fetcher(root)
    assert isinstance(fetch, Repositories)


def test_local_files_of_the_working_tree(root: Path) -> None:
    (root / "new.yml").write_text("n: 1\n")
    (root / "ignored").write_text("x")
    (root / "a.yml").write_text("a: changed\n")
    fetch = fetcher(root)
    assert fetch.local_files() == (".gitignore", "a.yml", "new.yml")
    assert fetch.local("a.yml") == Source("a.yml", "a: changed\n")


def test_local_files_of_a_commit(root: Path) -> None:
    (root / "new.yml").write_text("n: 1\n")
    (root / "a.yml").write_text("a: changed\n")
    fetch = fetcher(root, commit="HEAD")
    assert fetch.local_files() == (".gitignore", "a.yml")
    assert fetch.local("a.yml").text == "a: 1\n"
    with pytest.raises(FetchFailed, match="does not exist"):
        fetch.local("new.yml")


@pytest.mark.parametrize("path", ["no.yml", "../secret.yml", "link.yml", "."])
def test_nothing_outside_of_the_repository(root: Path, path: str) -> None:
    (root.parent / "secret.yml").write_text("s: 1\n")
    (root / "link.yml").symlink_to(root.parent / "secret.yml")
    with pytest.raises(FetchFailed) as failed:
        fetcher(root).local(path)
    assert failed.value.message == f"Local file `{path}` does not exist!"


def test_a_project_at_its_default_branch_and_at_a_tag(root: Path, gitlab: Path) -> None:
    fetch = fetcher(root, gitlab)
    assert fetch.project("group/ci", "b.yml", None) == Source("group/ci@main:b.yml", "v: new\n")
    assert fetch.project("group/ci", "b.yml", "1.0.0").text == "v: old\n"
    assert fetch.project_files("group/ci", "1.0.0") == ("b.yml", "templates/lint.yml")
    assert (root / ".gluv" / ".gitignore").read_text() == "*\n"


def test_a_project_at_a_commit(root: Path, gitlab: Path) -> None:
    sha = git(gitlab.parent / "work", "rev-parse", "1.0.0^{commit}")
    assert fetcher(root, gitlab).project("group/ci", "b.yml", sha).text == "v: old\n"
    assert fetcher(root, gitlab).project("group/ci", "b.yml", sha[:10]).text == "v: old\n"


@pytest.mark.parametrize(
    ("project", "path", "ref", "message"),
    [
        ("group/ci", "no.yml", None, "Project `group/ci` file `no.yml` does not exist!"),
        ("group/ci", "../b.yml", None, "Project `group/ci` file `../b.yml` does not exist!"),
        ("group/ci", "b.yml", "no", "Project `group/ci` reference `no` does not exist!"),
        (
            "group/no",
            "b.yml",
            None,
            "Project `group/no` not found or access denied! Make sure any includes in the "
            "pipeline configuration are correctly defined.",
        ),
        (
            "../../etc",
            "b.yml",
            None,
            "Project `../../etc` not found or access denied! Make sure any includes in the "
            "pipeline configuration are correctly defined.",
        ),
    ],
)
def test_gitlabs_sentences(
    root: Path, gitlab: Path, project: str, path: str, ref: str | None, message: str
) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher(root, gitlab).project(project, path, ref)
    assert failed.value.message == message


def test_a_branch_is_asked_for_again_after_a_day_or_on_refresh(root: Path, gitlab: Path) -> None:
    clock = Clock()
    assert fetcher(root, gitlab, now=clock).project("group/ci", "b.yml", "main").text == "v: new\n"
    push(gitlab, {"b.yml": "v: newest\n"})
    clock.time += DAY - 60
    assert fetcher(root, gitlab, now=clock).project("group/ci", "b.yml", "main").text == "v: new\n"
    refreshed = fetcher(root, gitlab, now=clock, refresh=True)
    assert refreshed.project("group/ci", "b.yml", "main").text == "v: newest\n"
    push(gitlab, {"b.yml": "v: last\n"})
    clock.time += DAY + 1
    assert fetcher(root, gitlab, now=clock).project("group/ci", "b.yml", "main").text == "v: last\n"


def test_what_was_fetched_works_offline_and_without_the_server(root: Path, gitlab: Path) -> None:
    clock = Clock()
    fetcher(root, gitlab, now=clock).project("group/ci", "b.yml", "main")
    (gitlab / "group" / "ci.git").rename(gitlab / "gone")
    clock.time += 30 * DAY
    assert fetcher(root, gitlab, offline=True, now=clock).project("group/ci", "b.yml", "main")
    assert fetcher(root, gitlab, now=clock).project("group/ci", "b.yml", "main")
    with pytest.raises(FetchFailed, match="offline"):
        fetcher(root, gitlab, offline=True).project("group/ci", "b.yml", "1.0.0")


def test_a_mapped_project_is_read_from_its_checkout(root: Path, tmp_path: Path) -> None:
    make_repository(tmp_path / "ci", {"x.yml": "x: 1\n"})
    (tmp_path / "ci" / "x.yml").write_text("x: edited\n")
    fetch = fetcher(root, projects={"Group/CI": "../ci"})
    assert fetch.project("group/ci", "x.yml", "v1") == Source("../ci/x.yml", "x: edited\n")
    assert fetch.project_files("group/ci", "v1") == ("x.yml",)
    with pytest.raises(FetchFailed) as failed:
        fetch.project("group/ci", "y.yml", None)
    assert "tool.gluv.projects" in failed.value.hint


@pytest.mark.parametrize(
    ("version", "text", "release"),
    [
        ("1.0.0", "lint: 1\n", "1.0.0"),
        ("1.2", "lint: 2\n", "1.2.0"),
        ("1", "lint: 3\n", "1.10.0"),
        ("~latest", "lint: 4\n", "2.0.0"),
        ("3.0.0-rc1", "lint: 5\n", "3.0.0-rc1"),
        ("main", "lint: 5\n", "main"),
    ],
)
def test_components(root: Path, gitlab: Path, version: str, text: str, release: str) -> None:
    fetch = fetcher(root, gitlab)
    address = f"gitlab.example.com/group/ci/lint@{version}"
    assert fetch.component(address).text == text
    data = fetch.component_data(address)
    assert (data.name, data.version, data.reference) == ("lint", release, version)
    assert data.sha == git(gitlab.parent / "work", "rev-parse", f"{release}^{{commit}}")


def test_a_component_in_a_folder_of_its_own(root: Path, gitlab: Path) -> None:
    assert fetcher(root, gitlab).component("h/group/ci/deploy@main").text == "deploy: 1\n"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("h/group/ci/no@main", "Component 'h/group/ci/no@main' - content not found"),
        ("h/group/ci/lint@9", "Component 'h/group/ci/lint@9' - content not found"),
        ("h/lint@1", "Component 'h/lint@1' - the component path is not supported"),
        ("h/group/ci/lint", "Component 'h/group/ci/lint' - the component path is not supported"),
        (
            "h/group/no/lint@1",
            "Component 'h/group/no/lint@1' - project does not exist or you don't have sufficient "
            "permissions",
        ),
    ],
)
def test_components_that_are_not_there(
    root: Path, gitlab: Path, address: str, message: str
) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher(root, gitlab).component(address)
    assert failed.value.message == message


def test_templates_need_a_checkout(root: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher(root).template("Jobs/Build.gitlab-ci.yml")
    assert '"gitlab-org/gitlab"' in failed.value.hint
    path = tmp_path / "gl" / "lib/gitlab/ci/templates/Jobs/Build.gitlab-ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text("build: 1\n")
    mapped = fetcher(root, projects={"gitlab-org/gitlab": "../gl"})
    assert mapped.template("Jobs/Build.gitlab-ci.yml").text == "build: 1\n"


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, bytes]]]:
    files: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = files.get(self.path)
            if self.path == "/moved.yml":
                self.send_response(302)
                self.send_header("Location", "/a.yml")
            else:
                self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}", files
        served.shutdown()
        thread.join()


def test_remote_files_are_kept(root: Path, server: tuple[str, dict[str, bytes]]) -> None:
    base, files = server
    files["/a.yml"] = b"a: 1\r\n"
    assert fetcher(root).remote(f"{base}/a.yml") == Source(f"{base}/a.yml", "a: 1\r\n")
    assert fetcher(root).remote(f"{base}/moved.yml").text == "a: 1\r\n"
    del files["/a.yml"]
    assert fetcher(root, offline=True).remote(f"{base}/a.yml").text == "a: 1\r\n"
    with pytest.raises(FetchFailed, match="offline"):
        fetcher(root, offline=True).remote(f"{base}/b.yml")
    with pytest.raises(FetchFailed) as failed:
        fetcher(root).remote(f"{base}/b.yml")
    assert failed.value.message == (
        f"Remote file `{base}/b.yml` could not be fetched because of HTTP code `404` error!"
    )


def test_a_remote_file_is_fetched_again_after_a_day(
    root: Path, server: tuple[str, dict[str, bytes]]
) -> None:
    base, files = server
    clock = Clock()
    files["/a.yml"] = b"a: 1\n"
    assert fetcher(root, now=clock).remote(f"{base}/a.yml").text == "a: 1\n"
    files["/a.yml"] = b"a: 2\n"
    assert fetcher(root, now=clock).remote(f"{base}/a.yml").text == "a: 1\n"
    clock.time += 1
    assert fetcher(root, now=clock, refresh=True).remote(f"{base}/a.yml").text == "a: 2\n"
    files["/a.yml"] = b"a: 3\n"
    clock.time += DAY + 1
    assert fetcher(root, now=clock).remote(f"{base}/a.yml").text == "a: 3\n"
    del files["/a.yml"]
    clock.time += DAY + 1
    assert fetcher(root, now=clock).remote(f"{base}/a.yml").text == "a: 3\n"


def test_refused_connections_have_gitlabs_sentence(
    root: Path, server: tuple[str, dict[str, bytes]]
) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetcher(root).remote("http://127.0.0.1:1/a.yml")
    assert failed.value.message == "Remote file could not be fetched because Connection refused!"


def test_bytes_that_are_no_text_are_a_problem_of_the_configuration(
    root: Path, server: tuple[str, dict[str, bytes]]
) -> None:
    base, files = server
    files["/a.yml"] = b"a: \xff\n"
    got = resolve(Source(".gitlab-ci.yml", f"include: {base}/a.yml"), fetcher(root))
    assert [problem.code for problem in got.problems] == ["yaml-encoding"]


def test_everything_together(root: Path, gitlab: Path) -> None:
    text = (
        "include:\n  - a.yml\n  - {project: group/ci, file: b.yml, ref: 1.0.0}\n"
        "  - component: h/group/ci/lint@~latest\n"
    )
    got = resolve(Source(".gitlab-ci.yml", text), fetcher(root, gitlab))
    assert got.problems == ()
    assert sorted(got.sources) == [
        ".gitlab-ci.yml",
        "a.yml",
        "group/ci@1.0.0:b.yml",
        "group/ci@~latest:templates/lint.yml",
    ]


@pytest.mark.parametrize(
    ("gitlab", "remote", "base"),
    [
        (None, None, "https://gitlab.com/"),
        (None, "git@gl.example.com:g/p.git", "git@gl.example.com:"),
        (None, "ssh://git@gl.example.com:2222/g/p.git", "ssh://git@gl.example.com:2222/"),
        (None, "https://u:t@gl.example.com/g/p.git", "https://u:t@gl.example.com/"),
        ("gl.example.com", "git@gl.example.com:g/p.git", "git@gl.example.com:"),
        ("https://gl.example.com", "git@github.example.com:g/p", "https://gl.example.com/"),
        ("gl.example.com", None, "https://gl.example.com/"),
    ],
)
def test_where_projects_are_cloned_from(gitlab: str | None, remote: str | None, base: str) -> None:
    assert clone_base(gitlab, remote) == base


def test_a_tag_comes_before_a_branch_and_is_peeled() -> None:
    listing = "1\tHEAD\n2\trefs/heads/v\n3\trefs/tags/v\n4\trefs/tags/v^{}\n1\trefs/heads/main\n"
    refs = parse_ls_remote(listing)
    found = find_ref(refs, "v", versions=False)
    assert found is not None
    assert found.sha == "4"
    head = find_ref(refs, None, versions=False)
    assert head is not None
    assert head.version == "main"
    assert find_ref(refs, "1", versions=True) is None
