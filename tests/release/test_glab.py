"""gluv's glab: the calls of the real one in their order, its environment, its exit codes."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from gluv.server.app import create_app
from gluv.server.listen import Listener
from gluv.server.settings import ServerSettings
from gluv.store import Store
from tests.server.conftest import TOKEN, populate
from tests.server.test_releases import git

PROJECT = "/api/v4/projects/grp%2Fdemo"
LINKS = '[{"name": "a", "url": "http://e.org/a", "link_type": "package"},' + (
    ' {"name": "b", "url": "http://e.org/b", "direct_asset_path": "dist/b"}]'
)


class Recorded:
    """An embedded GitLab that notes every call as it came over the wire."""

    def __init__(self, directory: Path, visibility: str) -> None:
        repository = directory / "repository"
        repository.mkdir()
        git(repository, "init", "-q", "-b", "main")
        git(repository, "commit", "-q", "--allow-empty", "-m", "First")
        git(repository, "tag", "v1.0.0")
        self.store = Store.open(directory / ".gluv")
        populate(self.store, "grp/demo", visibility=visibility, checkout=repository)
        pipeline = self.store.create_pipeline(
            source="push", ref="v1.0.0", tag=True, sha="a" * 40, name=None
        )
        job = self.store.create_job(pipeline_id=pipeline.id, name="release", stage="release")
        self.store.start_job(job.id, TOKEN)
        self.calls: list[str] = []
        self.bodies: list[Any] = []
        self.listener = Listener()
        self.url = self.listener.url
        self.host = self.url.removeprefix("http://")
        settings = ServerSettings(
            base_url=self.url,
        )
        self.listener.start(lambda: self._noted(create_app(self.store, settings)))
        self.home = directory / "home"
        self.home.mkdir()

    def _noted(self, app: ASGIApp) -> ASGIApp:
        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            self.calls.append(f"{scope['method']} {scope['raw_path'].decode()}")

            async def received() -> Any:
                message = await receive()
                if message.get("body"):
                    self.bodies.append(json.loads(message["body"]))
                return message

            await app(scope, received, send)

        return noted

    def glab(self, *args: str, **env: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "gluv.release.glab", *args],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), **env},
        )
        return done.returncode, done.stdout, done.stderr

    def login(self) -> None:
        code, _, said = self.glab(
            *("auth", "login", "--job-token", TOKEN),
            *("--hostname", self.host, "--api-protocol", "http"),
        )
        assert code == 0, said

    def close(self) -> None:
        self.listener.close()
        assert self.listener.failure is None
        self.store.close()


@pytest.fixture(params=["public", "private"])
def gitlab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Recorded]:
    made = Recorded(tmp_path, request.param)
    yield made
    made.close()


def test_create_makes_glabs_calls_in_order(gitlab: Recorded) -> None:
    gitlab.login()
    code, _, said = gitlab.glab(
        *("release", "create", "v1.0.0", "--repo", "grp/demo", f"--assets-links={LINKS}"),
        GITLAB_HOST=gitlab.url,
        CI_DEFAULT_BRANCH="main",
    )
    assert code == 0, said
    release = f"{PROJECT}/releases/v1%2E0%2E0"
    public = gitlab.calls[1] != f"GET {PROJECT}"
    assert gitlab.calls == [
        f"GET {PROJECT}/repository/tags/v1%2E0%2E0",
        *([] if public else [f"GET {PROJECT}"]),
        f"GET {release}",
        f"POST {PROJECT}/releases",
        f"POST {release}/assets/links",
        f"POST {release}/assets/links",
    ]
    assert gitlab.bodies == [
        {"name": "v1.0.0", "tag_name": "v1.0.0", **({} if public else {"ref": "main"})},
        {"name": "a", "url": "http://e.org/a", "link_type": "package"},
        {"name": "b", "url": "http://e.org/b", "direct_asset_path": "/dist/b"},
    ]
    assert gitlab.store.notices.since(0) == ()
    assert f"url={gitlab.url}/grp/demo/-/releases/v1.0.0" in said


def test_an_existing_release_is_updated_and_keeps_its_notes(gitlab: Recorded) -> None:
    gitlab.login()
    env = {"GITLAB_HOST": gitlab.url}
    first = gitlab.glab(
        # As GitLab's own release script says it: -R before the command.
        *("-R", "grp/demo", "release", "create", "v1.0.0", "--name", "One"),
        *("--experimental-notes-text-or-file", "demo release v1.0.0", "--ref", "main"),
        *("--no-update", "--no-close-milestone"),
        **env,
    )
    assert first[0] == 0, first[2]
    assert gitlab.calls[0] == f"GET {PROJECT}/releases/v1%2E0%2E0"
    gitlab.calls.clear()
    code, _, said = gitlab.glab("release", "create", "v1.0.0", "-R", "grp/demo", **env)
    assert code == 0, said
    assert gitlab.calls[-1] == f"PUT {PROJECT}/releases/v1%2E0%2E0"
    release = gitlab.store.releases.find(1, "v1.0.0")
    assert release is not None
    assert (release.name, release.description) == ("v1.0.0", "demo release v1.0.0")
    code, _, said = gitlab.glab(
        "release", "create", "v1.0.0", "-R", "grp/demo", "--no-update", **env
    )
    assert code == 1
    assert 'release for tag "v1.0.0" already exists and --no-update flag was specified' in said


def test_the_first_refused_link_ends_it(gitlab: Recorded) -> None:
    gitlab.login()
    links = json.dumps([{"name": "a", "url": f"http://e.org/{n}"} for n in range(3)])
    code, _, said = gitlab.glab(
        *("release", "create", "v1.0.0", "-R", "grp/demo", "-a", links), GITLAB_HOST=gitlab.url
    )
    assert code == 1
    assert "Name has already been taken" in said
    release = gitlab.store.releases.find(1, "v1.0.0")
    assert release is not None
    assert [link.url for link in gitlab.store.releases.links_of(release.id)] == ["http://e.org/0"]


def test_the_login_is_in_glabs_place_and_private(gitlab: Recorded, tmp_path: Path) -> None:
    gitlab.login()
    path = gitlab.home / ".config" / "glab-cli" / "config.yml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TOKEN in path.read_text()
    elsewhere = tmp_path / "elsewhere"
    gitlab.glab(
        *("auth", "login", "--job-token", TOKEN, "--hostname", gitlab.host),
        GLAB_CONFIG_DIR=str(elsewhere),
    )
    assert (elsewhere / "config.yml").exists()
    code, _, said = gitlab.glab("auth", "status", GITLAB_HOST=gitlab.url)
    assert (code, "as job release" in said) == (0, True)


def test_without_a_login_the_environment_decides(gitlab: Recorded) -> None:
    create = ("release", "create", "v1.0.0", "-R", "grp/demo")
    # The scheme does not come from GITLAB_HOST: https is tried, and nothing speaks it here.
    code, _, said = gitlab.glab(*create, GITLAB_HOST=gitlab.url, JOB_TOKEN=TOKEN)
    assert code == 1
    assert f"https://{gitlab.host}" in said
    job = {
        "CI_JOB_TOKEN": TOKEN,
        "CI_SERVER_FQDN": gitlab.host,
        "CI_SERVER_PROTOCOL": "http",
        "GITLAB_CI": "true",
    }
    code, _, said = gitlab.glab(*create, GLAB_ENABLE_CI_AUTOLOGIN="true", **job)
    assert code == 0, said
    # Without autologin CI_JOB_TOKEN is not looked at.
    code, _, said = gitlab.glab(
        *create, GITLAB_HOST=gitlab.host, API_PROTOCOL="http", CI_JOB_TOKEN=TOKEN
    )
    assert code == 1


def test_a_repo_may_name_its_host(gitlab: Recorded) -> None:
    gitlab.login()
    for repo in (f"{gitlab.host}/grp/demo", f"{gitlab.url}/grp/demo.git"):
        code, _, said = gitlab.glab("release", "create", "v1.0.0", "-R", repo)
        assert code == 0, said
    code, out, _ = gitlab.glab("release", "list", "-R", f"{gitlab.host}/grp/demo")
    assert (code, out.split("\t")[:2]) == (0, ["v1.0.0", "v1.0.0"])
    code, out, _ = gitlab.glab("release", "view", "v1.0.0", "-R", f"{gitlab.host}/grp/demo")
    assert (code, f"{gitlab.url}/grp/demo/-/releases/v1.0.0" in out) == (0, True)


def _plain(*args: str, **env: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "gluv.release.glab", *args],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("mr", "list"), 'Unknown command "mr"'),
        (("release", "delete", "v1"), 'Unknown command "release delete"'),
        (("release", "create", "v1", "a.whl", "-R", "g/p"), "cannot upload a.whl"),
        (("release", "create", "v1", "-R", "g/p", "-a", "{"), "failed to parse JSON string"),
        (("release", "create", "v1"), "no project"),
        (
            ("release", "create", "v1", "-N", "x", "--experimental-notes-text-or-file", "y"),
            "if any flags in the group [experimental-notes-text-or-file notes]",
        ),
    ],
)
def test_what_it_does_not_do_is_said(args: tuple[str, ...], said: str) -> None:
    code, _, stderr = _plain(*args)
    assert code == 1
    assert said in stderr
    if "Unknown" in said:
        assert "gluv's stand-in" in stderr


def test_the_version_suits_gitlabs_release_script() -> None:
    code, out, _ = _plain("--version")
    assert (code, out) == (0, "glab 1.79.0 (gluv)\n")


def test_check_update_no_is_a_warning_as_in_glab() -> None:
    assert "WARNING" in _plain("version", GLAB_CHECK_UPDATE="no")[1]
    assert "WARNING" not in _plain("version", GLAB_CHECK_UPDATE="false")[1]
