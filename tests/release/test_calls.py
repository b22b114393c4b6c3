"""What goes over the wire, call by call, against the facts of GitLab's API."""

import base64
import email
import email.message
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gluv.release.stop import ReleaseStopped
from tests.release.conftest import Make
from tests.release.projects import git
from tests.release.world import TOKEN, Broken, Call, World, link_calls, uploads
from tests.server.conftest import Host

PYPI = "/api/v4/projects/1/packages/pypi"
RELEASES = "/api/v4/projects/1/releases"
RELEASE = f"{RELEASES}/v1%2E0%2E0"
WHEEL, SDIST = NAMES = ["demo_pkg-1.0.0-py3-none-any.whl", "demo_pkg-1.0.0.tar.gz"]


def shown(calls: list[Call]) -> list[str]:
    """Method, path and status, hashes shortened."""
    return [
        f"{c.method} {re.sub(r'/files/[0-9a-f]{64}/', '/files/SHA/', c.path)} {c.status}"
        for c in calls
    ]


def form(call: Call) -> list[tuple[str, email.message.Message]]:
    """The parts of a multipart body, by name."""
    kind = call.headers["content-type"].encode()
    message = email.message_from_bytes(b"Content-Type: " + kind + b"\r\n\r\n" + call.body)
    parts = message.get_payload()
    assert isinstance(parts, list)
    return [
        (str(part.get_param("name", header="content-disposition")), part)
        for part in parts
        if isinstance(part, email.message.Message)
    ]


def text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def test_a_whole_release_call_by_call(world: World) -> None:
    assert world.release("--parallel", "1").code == 0
    assert shown(world.calls) == [
        f"GET {RELEASE} 404",
        f"GET {PYPI}/simple/demo-pkg/ 404",
        f"POST {PYPI} 201",
        f"POST {PYPI} 201",
        f"GET {PYPI}/simple/demo-pkg/ 200",
        f"HEAD {PYPI}/files/SHA/{WHEEL} 200",
        f"HEAD {PYPI}/files/SHA/{SDIST} 200",
        f"GET {RELEASE} 404",
        f"POST {RELEASES} 201",
        f"GET {RELEASE} 200",
    ]
    for call in world.calls:
        if call.path.startswith(PYPI):
            # Facts A.2: package routes take a job token through Basic alone.
            scheme, _, value = call.headers["authorization"].partition(" ")
            assert (scheme, base64.b64decode(value)) == (
                *("Basic",),
                f"gitlab-ci-token:{TOKEN}".encode(),
            )
            assert "job-token" not in call.headers
        else:
            assert call.headers["job-token"] == TOKEN
            assert "authorization" not in call.headers
        assert TOKEN not in call.path


def test_the_upload_form_is_that_of_uv(world: World) -> None:
    """Facts A.3: the same fields with the same values as the real uv sends, `content` last."""
    assert world.release("--parallel", "1").code == 0
    ours = [call for call in world.calls if uploads(call.method, call.path)]
    world.calls.clear()
    # The registry has these files: uv's uploads are answered in its place.
    world.fault = lambda number, method, path: (
        Broken(status=201, body=b"{}") if uploads(method, path) else None
    )
    done = subprocess.run(
        ["uv", "publish", *(f"dist/{name}" for name in NAMES)],
        cwd=world.repository,
        env={
            **world.env(),
            "UV_PUBLISH_URL": world.pypi,
            "UV_PUBLISH_USERNAME": "gitlab-ci-token",
            "UV_PUBLISH_PASSWORD": TOKEN,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    theirs = [call for call in world.calls if uploads(call.method, call.path)]
    assert len(ours) == len(theirs) == 2
    for our, their in zip(ours, theirs, strict=True):
        names = [name for name, _ in form(our)]
        assert names[-1] == "content"
        assert "md5_digest" not in names
        assert our.headers["content-length"] == str(len(our.body))
        assert "transfer-encoding" not in our.headers
        assert our.headers["authorization"] == their.headers["authorization"]
        values, expected = (
            sorted((name, text(part)) for name, part in form(call)[:-1]) for call in (our, their)
        )
        assert values == expected
        content, wanted = form(our)[-1][1], form(their)[-1][1]
        assert content.get_filename() == wanted.get_filename()
        assert content.get_payload(decode=True) == wanted.get_payload(decode=True)


def test_all_links_come_with_the_release(world: World) -> None:
    """Facts B.1: `POST releases` takes `assets: links`; nobody sees a release without its files."""
    assert world.release().code == 0
    (call,) = [c for c in world.calls if c.method == "POST" and c.path == RELEASES]
    body = json.loads(call.body)
    hashes = {name: sha for _, _, name, sha in world.state()["files"]}
    assert body == {
        "tag_name": "v1.0.0",
        "name": "v1.0.0",
        "description": "- Say what it does",
        "assets": {
            "links": [
                {
                    "name": name,
                    "url": f"{world.pypi}/files/{hashes[name]}/{name}",
                    "link_type": "package",
                    "direct_asset_path": f"/pkg/{name}",
                }
                for name in NAMES
            ]
        },
    }


def existing(world: World, **body: Any) -> None:
    """A release that somebody made before."""
    host = Host(world.store, world.listener, world.project, world.job)
    made = {"tag_name": "v1.0.0", **body}
    assert host.ask("POST", RELEASES, headers={"JOB-TOKEN": TOKEN}, json=made).status == 201
    host.close()
    world.calls.clear()


def test_an_existing_release_gets_what_it_lacks(world: World) -> None:
    assert world.release().code == 0
    whole = world.state()["releases"]["v1.0.0"][2]
    world.store.releases.delete(1)
    urls = {name: url for name, url, _, _ in whole}
    existing(
        world,
        description="By hand",
        assets={
            "links": [
                {"name": WHEEL, "url": "http://old.example/wheel"},
                # The guide's name for it: the URL is unique in a release, so it must be this one.
                {"name": "demo_pkg-1.0.0", "url": urls[WHEEL]},
                {"name": "Manual", "url": "http://docs.example/"},
            ]
        },
    )
    ran = world.release()
    assert ran.code == 0, ran.err
    (first, second, third) = world.written()
    assert re.fullmatch(rf"DELETE {RELEASE}/assets/links/\d+", first)
    assert re.fullmatch(rf"PUT {RELEASE}/assets/links/\d+", second)
    assert third == f"POST {RELEASE}/assets/links"
    name, description, links = world.state()["releases"]["v1.0.0"]
    assert (name, description) == ("v1.0.0", "By hand")
    assert links == sorted([*whole, ("Manual", "http://docs.example/", None, "other")])


def test_a_lost_answer_is_no_failure(world: World) -> None:
    """GitLab acted and the line dropped: asking again finds it done."""
    seen: set[str] = set()

    def fault(number: int, method: str, path: str) -> Broken | None:
        if method in ("GET", "HEAD") or f"{method} {path}" in seen:
            return None
        seen.add(f"{method} {path}")
        return Broken(status=0, after=True)

    world.fault = fault
    steps = world.perform(parallel=1)
    assert [step.name for step in steps].count("retry") == 2
    assert len(world.state()["files"]) == 2
    assert len(world.state()["releases"]["v1.0.0"][2]) == 2


def test_a_redirect_is_never_followed(make: Make, project: Path) -> None:
    """Facts A.8: what request forwarding answers from PyPI is not ours, even with our file name."""
    other = make(project)
    assert other.release().code == 0
    git(project, "clean", "-q", "-fdx")
    (project.parent / "second").mkdir()
    world = World(project.parent / "second", project, upstream=f"{other.pypi}/simple")
    try:
        (project / "package.py").write_text('VALUE = "other"\n')
        other.calls.clear()
        ran = world.release()
        assert ran.code == 0, ran.err
        assert "is not ours" in ran.err
        assert other.calls == []
        assert len(world.state()["files"]) == 2
    finally:
        world.close()


def _answer(status: int, message: str) -> Broken:
    return Broken(status=status, body=json.dumps({"message": message}).encode())


@pytest.mark.parametrize(
    ("broken", "cause", "cure"),
    [
        (_answer(400, "400 Bad request - File is too large"), "plan limit", "make it smaller"),
        (_answer(400, "Validation failed: Version is invalid"), "this version", "PEP 440"),
        (_answer(401, "401 Unauthorized"), "the job token is not valid", "retry the job"),
        (_answer(403, "403 Forbidden"), "not at least Developer", "allowlist"),
        (_answer(403, "403 Forbidden - Package protected."), "protection rule", "Protected pack"),
        (_answer(404, "404 Project Not Found"), "no such project", "CI_PROJECT_ID"),
        (Broken(status=413, body=b"<html>413</html>"), "a proxy or web server", "client_max_body"),
        (_answer(422, "422 Invalid checksum md5"), "FIPS mode", "again"),
        (Broken(status=301, headers=(("location", "https://x.example/"),)), "redirects", "address"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Broken) else None,
)
def test_a_refusal_is_explained(world: World, broken: Broken, cause: str, cure: str) -> None:
    world.fault = lambda number, method, path: broken if uploads(method, path) else None
    with pytest.raises(ReleaseStopped) as stopped:
        world.perform()
    message, _, said = stopped.value.message.partition("\n  cause: ")
    assert f"answered with {broken.status}" in message
    assert cause in said
    assert cure in stopped.value.hint
    # Asking again would not help, so each package was tried once.
    assert len([c for c in world.calls if uploads(c.method, c.path)]) == 1
    assert world.state()["releases"] == {}


def test_what_is_worth_it_is_tried_again(world: World) -> None:
    tried: list[int] = []
    answers = [Broken(status=status, headers=(("retry-after", "0"),)) for status in (429, 503, 408)]

    def fault(number: int, method: str, path: str) -> Broken | None:
        if uploads(method, path) or path == RELEASES or link_calls(method, path):
            tried.append(number)
            return answers[len(tried) - 1] if len(tried) <= len(answers) else None
        return None

    world.fault = fault
    steps = world.perform(parallel=1)
    assert [step.text.rpartition("; ")[2] for step in steps if step.name == "retry"] == [
        f"again in 0 s ({attempt} of 5)" for attempt in (1, 2, 3)
    ]
    assert len(tried) == 3 + 2 + 1


def test_a_password_is_in_no_argument_list(world: World, tmp_path: Path) -> None:
    """Elsewhere `uv publish` uploads; its secrets and a URL that may hold one are in its env."""
    noted = tmp_path / "noted"
    fake = tmp_path / "uv"
    fake.write_text(
        f'#!/bin/sh\necho "$@" >> {noted}\nexec {Path(sys.executable).parent / "uv"} "$@"\n'
    )
    fake.chmod(0o755)
    url = world.pypi.replace("//", "//gitlab-ci-token:" + TOKEN + "@")
    ran = world.release("--to", url, "--check-url", f"{url}/simple", UV=str(fake))
    assert ran.code == 0, ran.err
    assert len(world.state()["files"]) == 2
    said = noted.read_text()
    assert "publish --trusted-publishing never" in said
    assert TOKEN not in said + ran.out + ran.err
    # The release on GitLab is made all the same, and a second run uploads nothing.
    assert len(world.state()["releases"]["v1.0.0"][2]) == 2
    world.calls.clear()
    assert world.release("--to", url, "--check-url", f"{url}/simple", UV=str(fake)).code == 0
    assert world.written() == []
