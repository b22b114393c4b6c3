"""Pipelines and jobs over HTTP: what a run left, as GitLab shows it."""

import io
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gluv.server.roles import DEVELOPER, GUEST, MAINTAINER
from gluv.server.zipped import zip_of
from gluv.store.artifacts import artifacts_place
from tests.server.conftest import PAT, TOKEN, Host, Launcher
from tests.server.people import token_of
from tests.server.ran import JUNIT, make_job, make_pipeline
from tests.server.test_releases import git

API = "/api/v4/projects/1"
OWNER = {"PRIVATE-TOKEN": PAT}


def ask(host: Host, path: str, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    answer = host.ask("GET", f"{API}{path}", headers=OWNER if headers is None else headers)
    assert (path, answer.status) == (path, status), answer.body
    return answer.json


def ids(rows: Any) -> list[int]:
    return [row["id"] for row in rows]


def test_a_pipeline_is_shown_with_everything(host: Host) -> None:
    made = make_pipeline(host.store, name="Nightly")
    make_job(host.store, made, "unit", coverage=80.0)
    make_job(host.store, made, "lint", status="failed", allow_failure=True, reason="script_failure")
    shown = ask(host, f"/pipelines/{made.id}")
    assert (shown["id"], shown["iid"], shown["project_id"]) == (made.id, 2, 1)
    assert (shown["status"], shown["source"], shown["ref"]) == ("success", "push", "main")
    assert shown["web_url"] == f"{host.url}/grp/sub/demo/-/pipelines/{made.id}"
    assert (shown["name"], shown["tag"], shown["yaml_errors"]) == ("Nightly", False, None)
    assert (shown["duration"], shown["coverage"]) == (60, "80.00")
    assert shown["before_sha"] == "0" * 40
    assert shown["user"]["username"] == "dev"
    assert shown["finished_at"] == shown["updated_at"] > shown["created_at"]
    status = shown["detailed_status"]
    assert (status["text"], status["group"]) == ("Warning", "success-with-warnings")
    assert status["details_path"] == f"/grp/sub/demo/-/pipelines/{made.id}"
    running = ask(host, "/pipelines/1")
    assert (running["finished_at"], running["duration"]) == (None, None)
    assert running["detailed_status"]["text"] == "Running"


def test_pipelines_are_filtered(host: Host) -> None:
    store = host.store
    one = make_pipeline(store, ref="main", sha="b" * 40)
    two = make_pipeline(store, ref="main", status="failed", source="web", name="x")
    tag = make_pipeline(store, ref="v2", tag=True)
    bridge = make_job(store, two, "child", bridge=True)
    child = make_pipeline(store, source="parent_pipeline", parent_job=bridge.id)
    other = store.projects.create("grp/other", visibility="public")
    make_pipeline(store, project_id=other.id)
    # The first one is of the release job that every test has.
    all_ids = [tag.id, two.id, one.id, 1]

    def listed(query: str = "") -> list[int]:
        return ids(ask(host, f"/pipelines?{query}"))

    assert listed() == all_ids
    assert listed("sort=asc") == all_ids[::-1]
    assert listed("status=failed") == [two.id]
    assert listed("ref=main") == [two.id, one.id]
    assert listed(f"sha={'b' * 40}") == [one.id]
    assert listed("source=web") == [two.id]
    assert listed("source=parent_pipeline") == [child.id]
    assert listed("name=x") == [two.id]
    assert listed("username=dev") == all_ids
    assert listed("username=nobody") == []
    assert listed("yaml_errors=true") == []
    assert listed("scope=running") == [1]
    assert listed("scope=finished") == [tag.id, two.id, one.id]
    assert listed("scope=finished&status=running") == []
    assert listed("scope=branches") == [two.id]
    assert listed("scope=tags") == [tag.id, 1]
    assert listed("order_by=ref&sort=asc") == [one.id, two.id, 1, tag.id]
    assert listed("order_by=status&sort=asc") == [two.id, 1, one.id, tag.id]
    future = "2099-01-01T00:00:00Z"
    assert listed(f"updated_after={future}") == []
    assert listed(f"updated_before={future}&order_by=updated_at") == [*all_ids[:3], 1]
    assert listed(f"created_after={future}") == []
    assert listed("per_page=1&page=2") == [two.id]
    for wrong in ("status=odd", "scope=all", "order_by=x", "source=git", "updated_after=noon"):
        ask(host, f"/pipelines?{wrong}", 400)
    missing = ask(host, "/pipelines/999", 404)
    assert missing == {"message": "404 Not found"}
    assert ask(host, "/pipelines/x", 400) == {"error": "pipeline_id is invalid"}
    assert host.ask("GET", f"/api/v4/projects/{other.id}/pipelines/{one.id}").status == 404


def test_the_latest_pipeline_is_that_of_the_commit(launch: Launcher, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "First")
    git(tmp_path, "tag", "v1")
    host = launch(checkout=tmp_path)
    sha = git(tmp_path, "rev-parse", "HEAD")
    forbidden = ask(host, "/pipelines/latest", 403)
    assert forbidden == {"message": "403 Forbidden"}
    mine = make_pipeline(host.store, ref="main", sha=sha)
    make_pipeline(host.store, ref="main", sha="c" * 40)
    tagged = make_pipeline(host.store, ref="v1", sha=sha, tag=True)
    assert ask(host, "/pipelines/latest")["id"] == mine.id
    assert ask(host, "/pipelines/latest?ref=v1")["id"] == tagged.id
    ask(host, "/pipelines/latest?ref=none", 403)


def test_jobs_are_listed_with_and_without_earlier_attempts(host: Host) -> None:
    store = host.store
    made = make_pipeline(store)
    first = make_job(store, made, "unit", status="failed", reason="script_failure")
    build = make_job(store, made, "build", files={"a.txt": b"x" * 10}, log="hello\n")
    bridge = make_job(store, made, "child", bridge=True)
    child = make_pipeline(store, source="parent_pipeline", parent_job=bridge.id)
    second = make_job(store, made, "unit")
    jobs = f"/pipelines/{made.id}/jobs"
    assert ids(ask(host, jobs)) == [second.id, build.id]
    assert ids(ask(host, f"{jobs}?include_retried=true")) == [second.id, build.id, first.id]
    query = "include_retried=true&scope[]=failed&scope[]=running"
    assert ids(ask(host, f"{jobs}?{query}")) == [first.id]
    assert ids(ask(host, f"{jobs}?scope=success")) == [second.id, build.id]
    assert ask(host, f"{jobs}?scope=odd", 400) == {"error": "scope does not have a valid value"}
    (shown,) = ask(host, f"/pipelines/{made.id}/bridges")
    assert (shown["id"], shown["downstream_pipeline"]["id"]) == (bridge.id, child.id)
    assert ids(ask(host, "/jobs")) == [second.id, build.id, first.id, host.job.id]
    assert ids(ask(host, "/jobs?scope[]=failed")) == [first.id]
    ask(host, f"/jobs/{bridge.id}", 404)
    shown = ask(host, f"/jobs/{build.id}")
    assert (shown["name"], shown["stage"], shown["status"]) == ("build", "test", "success")
    assert (shown["duration"], shown["pipeline"]["id"]) == (2.5, made.id)
    assert shown["artifacts_file"] == {"filename": "wheels.zip", "size": 10}
    assert [one["file_type"] for one in shown["artifacts"]] == ["archive", "trace"]
    assert shown["artifacts_expire_at"] == "2033-05-18T03:33:20.000Z"
    assert (shown["runner"], shown["tag_list"], shown["archived"]) == (None, [], False)
    assert "failure_reason" not in shown
    assert ask(host, f"/jobs/{first.id}")["failure_reason"] == "script_failure"


def test_a_log_is_served_as_it_is(host: Host) -> None:
    text = "section_start:1:x\r\x1b[0Kone\n\x1b[32mtwo\n"
    job = make_job(host.store, make_pipeline(host.store), "unit", log=text)
    answer = host.ask("GET", f"{API}/jobs/{job.id}/trace", headers=OWNER)
    assert (answer.status, answer.body.decode()) == (200, text)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"] == f'infile; filename="{job.id}.log"'
    part = {**OWNER, "Range": "bytes=-4"}
    assert host.ask("GET", f"{API}/jobs/{job.id}/trace", headers=part).body == b"two\n"
    silent = make_job(host.store, make_pipeline(host.store), "silent")
    none = host.ask("GET", f"{API}/jobs/{silent.id}/trace", headers=OWNER)
    assert (none.status, none.body) == (200, b"")


def test_artifacts_come_as_a_zip_and_file_by_file(host: Host, tmp_path: Path) -> None:
    files = {"dist/a.whl": b"wheel", "page.html": b"<script>", "ü b.txt": b"text"}
    job = make_job(host.store, make_pipeline(host.store), "build", files=files)
    place = artifacts_place(host.store.directory, job.id) / "archive"
    (place / "link").symlink_to("dist/a.whl")
    (place / "out").symlink_to("/etc/passwd")
    answer = host.ask("GET", f"{API}/jobs/{job.id}/artifacts")
    assert answer.headers["content-type"] == "application/zip"
    assert 'filename="wheels.zip"' in answer.headers["content-disposition"]
    packed = zipfile.ZipFile(io.BytesIO(answer.body))
    assert packed.testzip() is None
    assert {name: packed.read(name) for name in files} == files
    assert packed.read("link") == b"dist/a.whl"
    head = host.ask("HEAD", f"{API}/jobs/{job.id}/artifacts")
    assert (head.status, head.body) == (200, b"")
    # The tools that people have: links come out as links.
    (tmp_path / "a.zip").write_bytes(answer.body)
    script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])"
    subprocess.run(["python3", "-c", script, tmp_path / "a.zip", tmp_path / "out"], check=True)
    assert (tmp_path / "out" / "dist" / "a.whl").read_bytes() == b"wheel"

    def entry(path: str) -> Any:
        return host.ask("GET", f"{API}/jobs/{job.id}/artifacts/{path}")

    assert entry("dist/a.whl").body == b"wheel"
    assert entry("dist%2Fa.whl").body == b"wheel"
    assert entry("%C3%BC%20b.txt").body == b"text"
    assert entry("link").body == b"wheel"
    page = entry("page.html")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-disposition"].startswith("attachment")
    assert page.headers["content-security-policy"].startswith("sandbox")
    for missing in ("dist", "out", "none.txt"):
        assert entry(missing).status == 404
    for wrong in ("%2e%2e%2fartifacts.json", "%2Fetc%2Fpasswd", "a%2F..%2F..%2Fx"):
        answer = entry(wrong)
        assert (answer.status, answer.json) == (400, {"message": "400 Bad request"})


def test_artifacts_of_a_ref_are_those_of_the_newest_pipeline_that_passed(host: Host) -> None:
    store = host.store
    old = make_pipeline(store, ref="feature/x")
    make_job(store, old, "build", files={"a.txt": b"old"})
    good = make_pipeline(store, ref="feature/x")
    make_job(store, good, "build", files={"a.txt": b"good"})
    bridge = make_job(store, good, "down", bridge=True)
    child = make_pipeline(store, ref="feature/x", source="parent_pipeline", parent_job=bridge.id)
    make_job(store, child, "deep", files={"d.txt": b"deep"})
    bad = make_pipeline(store, ref="feature/x", status="failed")
    make_job(store, bad, "build", files={"a.txt": b"bad"})

    def get(path: str) -> Any:
        return host.ask("GET", f"{API}/jobs/artifacts/feature%2Fx/{path}")

    assert get("raw/a.txt?job=build").body == b"good"
    assert get("raw/a.txt?job=build").headers["content-type"].startswith("text/plain")
    assert get("raw/d.txt?job=deep").body == b"deep"
    packed = zipfile.ZipFile(io.BytesIO(get("download?job=build").body))
    assert packed.read("a.txt") == b"good"
    assert get("download?job=none").status == 404
    assert get("download").json == {"error": "job is missing"}
    assert host.ask("GET", f"{API}/jobs/artifacts/none/download?job=build").status == 404


def test_a_zip_holds_what_a_folder_may_hold(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "big").write_bytes(os.urandom(700_000))
    (tmp_path / "old").write_text("x")
    os.utime(tmp_path / "old", (0, 0))
    (tmp_path / os.fsdecode(b"bad-\xff")).write_text("y")
    os.mkfifo(tmp_path / "pipe")
    chunks = list(zip_of(tmp_path))
    assert max(map(len, chunks)) < 300_000
    packed = zipfile.ZipFile(io.BytesIO(b"".join(chunks)))
    assert packed.testzip() is None
    assert packed.namelist() == ["empty/", "bad-\ufffd", "big", "old"]
    assert packed.read("big") == (tmp_path / "big").read_bytes()
    assert packed.getinfo("old").date_time[0] == 1980


def test_the_tests_of_a_pipeline(host: Host) -> None:
    made = make_pipeline(host.store)
    one = make_job(host.store, made, "unit 1/2", junit=JUNIT)
    two = make_job(host.store, made, "unit 2/2", junit=JUNIT)
    make_job(host.store, made, "broken: [3.12]", junit="<no xml")
    make_job(host.store, made, "none")
    report = ask(host, f"/pipelines/{made.id}/test_report")
    assert (report["total_count"], report["failed_count"], report["error_count"]) == (8, 2, 2)
    assert (report["success_count"], report["skipped_count"]) == (2, 2)
    assert report["total_time"] == pytest.approx(0.6)
    unit, broken = report["test_suites"]
    assert (unit["name"], unit["total_count"], unit["suite_error"]) == ("unit", 8, None)
    assert broken["suite_error"].startswith("JUnit XML parsing failed: junit.xml")
    assert unit["test_cases"][1] == {
        "status": "failed",
        "name": "test_bad",
        "classname": "tests.test_a",
        "file": None,
        "execution_time": 0.2,
        "system_output": "the traceback",
        "stack_trace": None,
        "recent_failures": None,
        "attachment_url": None,
    }
    summary = ask(host, f"/pipelines/{made.id}/test_report_summary")
    assert summary["total"]["count"] == 8
    assert summary["total"]["failed"] == 2
    assert summary["test_suites"][0]["build_ids"] == [one.id, two.id]
    assert ask(host, "/pipelines/1/test_report")["test_suites"] == []


def test_variables_are_for_who_started_it_and_maintainers(launch: Launcher) -> None:
    host = launch()
    made = make_pipeline(host.store, variables={"DEPLOY": "yes"})
    path = f"/pipelines/{made.id}/variables"
    assert ask(host, path) == [
        {"variable_type": "env_var", "key": "DEPLOY", "value": "yes", "raw": False}
    ]
    for level, status in ((DEVELOPER, 403), (MAINTAINER, 200)):
        secret = token_of(host.store, f"l{level}", project_id=1, level=level)
        ask(host, path, status, {"PRIVATE-TOKEN": secret})
    ask(host, path, 403, {})


# Path, then the statuses on a public and on a private project: nobody, guest, JOB-TOKEN.
WHO = [
    ("/pipelines", (200, 200, 200), (404, 200, 404)),
    ("/pipelines/1", (200, 200, 200), (404, 200, 404)),
    ("/pipelines/1/jobs", (200, 200, 200), (404, 200, 200)),
    ("/pipelines/1/bridges", (200, 200, 200), (404, 200, 404)),
    ("/jobs", (401, 200, 200), (401, 200, 200)),
    ("/jobs/1", (401, 200, 401), (401, 200, 401)),
    ("/jobs/1/trace", (401, 200, 401), (401, 200, 401)),
    ("/jobs/1/artifacts", (404, 404, 404), (404, 404, 404)),
]


@pytest.mark.parametrize("visibility", ["public", "private"])
def test_who_may_look(launch: Launcher, visibility: str) -> None:
    host = launch(visibility=visibility)
    guest = {"PRIVATE-TOKEN": token_of(host.store, "guest", project_id=1, level=GUEST)}
    for path, public, private in WHO:
        expected = public if visibility == "public" else private
        found = tuple(
            host.ask("GET", f"{API}{path}", headers=headers).status
            for headers in ({}, guest, {"JOB-TOKEN": TOKEN})
        )
        assert (path, found) == (path, expected)
