"""Whatever happens to a store, a kept answer is what would be made anew for the same caller."""

import asyncio
import random
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gluv.server import ServerSettings, create_app
from gluv.server.all_routes import API
from gluv.server.attempts import Attempts
from gluv.server.known import Known
from gluv.server.pages.routes import ROUTES as PAGES
from gluv.server.roles import GUEST, REPORTER
from gluv.store import Store
from tests.server.conftest import PAT, TOKEN, Host, Launcher, basic, upload_form
from tests.server.people import deploy_token, token_of

PYPI = "/api/v4/projects/1/packages/pypi"
GROUP = "/api/v4/groups/grp/-/packages/pypi"
JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
NAMES = ("demo-pkg", "other")


def test_nothing_but_reads_of_the_registry_is_kept() -> None:
    """Logs, artifacts and pages change without a commit, or hold the time of day."""
    kept = [route.text for route in (*API, *PAGES) if getattr(route.target, "kept", False)]
    assert kept
    assert all("/packages/pypi/" in text for text in kept)
    assert all(route.method == "GET" for route in API if route.target.kept)


Seen = tuple[int, bytes, dict[str, str]]


def fresh(store: Store, settings: ServerSettings, method: str, path: str, asked: Any) -> Seen:
    """The answer of a server that has just started."""
    told: list[Any] = []
    body = b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    parts = urlsplit(path)
    host = urlsplit(settings.base_url).netloc
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"Host": host, **asked}.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", urlsplit(settings.base_url).port),
    }
    asyncio.run(create_app(store, settings)(scope, receive, send))
    head, *rest = told
    body = b"".join(one.get("body", b"") for one in rest) if method == "GET" else b""
    return head["status"], body, {k.decode().lower(): v.decode() for k, v in head["headers"]}


class World:
    """A GitLab that is used, and changed by somebody else."""

    def __init__(self, host: Host, other: Store, chance: random.Random) -> None:
        self.host, self.other, self.chance = host, other, chance
        self.uploads = 0
        reader = token_of(other, "reader", project_id=1, level=REPORTER)
        guest = token_of(other, "guest", project_id=1, level=GUEST)
        stranger = token_of(other, "stranger")
        deploy = deploy_token(other, "robot", "read_package_registry", project_id=1)
        group = other.projects.namespace("grp")
        assert group is not None
        of_group = deploy_token(other, "g", "write_package_registry", namespace_id=group.id)
        self.callers: tuple[dict[str, str], ...] = (
            {},
            {"PRIVATE-TOKEN": PAT},
            basic("a", reader),
            {"Authorization": f"Bearer {reader}"},
            {"PRIVATE-TOKEN": guest},
            {"PRIVATE-TOKEN": stranger},
            {"DEPLOY-TOKEN": deploy},
            {"DEPLOY-TOKEN": of_group},
            basic("gitlab-ci-token", TOKEN),
        )
        self.changes: tuple[Callable[[], None], ...] = (
            *(self.upload,) * 4,
            self.delete_package,
            self.delete_file,
            *(self.show,) * 3,
            self.role,
        )

    def upload(self) -> None:
        self.uploads += 1
        name = self.chance.choice(NAMES)
        form = upload_form(
            b"%d" % self.uploads,
            name=name,
            version=f"1.{self.uploads}",
            file_name=f"{name}-1.{self.uploads}.tar.gz",
        )
        headers = {"PRIVATE-TOKEN": PAT}
        assert self.host.ask("POST", PYPI, headers=headers, form=form).status == 201

    def delete_package(self) -> None:
        for row in self.other.packages.of_projects([1])[:1]:
            self.other.delete_package(row.id)

    def delete_file(self) -> None:
        for row in self.other.packages.of_projects([1])[-1:]:
            for file in self.other.packages.files_of(row.id):
                self.other.delete_package_file(file.id)

    def show(self) -> None:
        self.other.projects.change(1, visibility=self.chance.choice(("public", "private")))

    def role(self) -> None:
        """The reader becomes more or less, in the project or in the group above it."""
        user = self.other.people.named("reader")
        assert user is not None
        where = self.chance.choice(({"project_id": 1}, {"namespace_id": 2}))
        self.other.people.set_role(user.id, self.chance.choice((GUEST, REPORTER)), **where)

    def end(self) -> None:
        """The job is over, and the reader's token revoked."""
        self.other.finish_job(
            self.host.job.id, status="success", exit_code=0, reason="", duration=1.0
        )
        for token in self.other.tokens.all():
            if token.name == "reader":
                self.other.tokens.revoke(token.id)

    def paths(self) -> list[str]:
        found = [
            f"{base}/simple{rest}" for base in (PYPI, GROUP) for rest in ("", "/demo-pkg", "/x")
        ]
        for row in self.other.packages.of_projects([1])[-2:]:
            found.append(f"/api/v4/projects/1/packages/{row.id}")
            for file in self.other.packages.files_of(row.id):
                found.append(f"{PYPI}/files/{file.sha256}/{file.name}")
                found.append(f"{GROUP}/files/{file.sha256}/{file.name}")
        return [*found, "/api/v4/projects/1/packages", "/grp/sub/demo/-/packages"]


@pytest.mark.parametrize("seed", range(2))
def test_a_kept_answer_is_what_would_be_made_anew(
    launch: Launcher, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    hits: list[bool] = []
    find = Known.find

    def watched(self: Known, asked: Any) -> Any:
        kept = find(self, asked)
        hits.append(kept is not None)
        return kept

    monkeypatch.setattr(Known, "find", watched)
    # Wrong credentials are counted by the one server and not by those that have just started.
    monkeypatch.setattr(Attempts, "is_closed", lambda *given: False)
    host, chance = launch(json_index=True), random.Random(seed)
    settings = ServerSettings(base_url=host.url, json_index=True)
    with Store.open(Path(host.store.directory)) as other:
        world = World(host, other, chance)
        for step in range(24):
            chance.choice(world.changes)()
            if step == 18:
                world.end()
            paths = world.paths()
            for _ in range(10):
                path, caller = chance.choice(paths), chance.choice(world.callers)
                kind = chance.choice(({}, JSON))
                special = chance.choice(({}, {}, {"Range": "bytes=0-0"}, {"If-None-Match": "*"}))
                method = chance.choice(("GET", "GET", "HEAD"))
                # Twice plain, so that it is kept; then what is asked about it.
                for own in ({}, {}, special):
                    asked = {**caller, **kind, **own}
                    got = host.ask(method, path, headers=asked)
                    status, body, headers = fresh(host.store, settings, method, path, asked)
                    assert got.status == status, (seed, step, method, path, asked)
                    if path.startswith("/api/"):
                        assert got.body == body
                        for name in ("etag", "content-type", "vary", "content-range", "link"):
                            assert got.headers.get(name) == headers.get(name)
    assert hits.count(True) > 50
