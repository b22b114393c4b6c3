"""A real embedded GitLab on a free loopback port, and a wheel to publish."""

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import urllib3

from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from gluv.server.notices import UNAUTHENTICATED_READ
from gluv.store import JobRow, ProjectRow, Store

PAT = "glpat-owner"
TOKEN = "glcbt-running"


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Host:
    """An embedded GitLab that is running, and a way to ask it things."""

    def __init__(self, store: Store, listener: Listener, project: ProjectRow, job: JobRow) -> None:
        self.store = store
        self.project = project
        self.url = listener.url
        self.api = f"{listener.url}/api/v4"
        self.pypi = f"{self.api}/projects/1/packages/pypi"
        self.job = job
        self._pool = urllib3.PoolManager(retries=False)

    @property
    def reads(self) -> list[str]:
        """The paths of reads without credentials that were reported."""
        noticed = self.store.notices.since(0)
        return [one.what for one in noticed if one.kind == UNAUTHENTICATED_READ]

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        json: Any = None,
        form: list[tuple[str, Any]] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Send a request exactly as written: urllib3 would tidy the path otherwise."""
        url = path if path.startswith("http") else f"{self.url}{path}"
        sent = dict(headers or {})
        if json is not None:
            body, sent["Content-Type"] = msgspec.json.encode(json), "application/json"
        if form is not None:
            body, kind = urllib3.encode_multipart_formdata(form)
            sent["Content-Type"] = kind
        response = self._pool.request(method, url, headers=sent, body=body, redirect=False)
        return Answer(
            response.status, {k.lower(): v for k, v in response.headers.items()}, response.data
        )

    def close(self) -> None:
        self._pool.clear()


def basic(user: str, password: str) -> dict[str, str]:
    """An `Authorization: Basic` header."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


JOB = basic("gitlab-ci-token", TOKEN)


def upload_form(
    content: bytes = b"wheel",
    *,
    file_name: str = "demo_pkg-1.0-py3-none-any.whl",
    **fields: str,
) -> list[tuple[str, Any]]:
    """The fields that uv sends, with some replaced; an empty value with `None` text removes one."""
    sent = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.3",
        "name": "demo_pkg",
        "version": "1.0",
        "requires_python": ">=3.8",
        "sha256_digest": hashlib.sha256(content).hexdigest(),
        **fields,
    }
    form: list[tuple[str, Any]] = [*sent.items()]
    form += [("classifiers", "A"), ("classifiers", "B")]
    form.append(("content", (file_name, content, "application/octet-stream")))
    return form


def populate(
    store: Store,
    path: str = "grp/sub/demo",
    *,
    title: str = "Demo",
    visibility: Any = "public",
    checkout: Path | str = "",
    description: str = "",
) -> ProjectRow:
    """Give a new store its home project, its owner, and the owner's token `PAT`."""
    owner = store.people.settle_owner(username="dev", name="Dev Eloper", email="")
    store.tokens.add(PAT, kind="personal", name="owner", scopes=("api",), user_id=owner.id)
    return store.projects.settle(
        path,
        visibility=visibility,
        title=title,
        description=description,
        checkout=str(checkout),
        is_home=True,
    )


class Launcher:
    """Starts GitLabs of any visibility; all are closed when the test ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._open: list[tuple[Listener, Store, Host]] = []

    def __call__(self, **settings: Any) -> Host:
        store = Store.open(self._directory / f"gluv{len(self._open)}")
        project = populate(
            store,
            visibility=settings.pop("visibility", "public"),
            checkout=settings.pop("checkout", ""),
            title=settings.pop("title", "Demo"),
            description=settings.pop("description", ""),
        )
        pipeline = store.create_pipeline(
            source="push", ref="v1.0", tag=True, sha="a" * 40, name=None
        )
        job = store.create_job(pipeline_id=pipeline.id, name="release-job", stage="release")
        store.start_job(job.id, TOKEN)
        listener = Listener()
        given = ServerSettings(base_url=listener.url, **settings)
        listener.start(lambda: create_app(store, given))
        host = Host(store, listener, project, job)
        self._open.append((listener, store, host))
        return host

    def close_one(self, host: Host) -> None:
        """Stop the server of one of them."""
        next(listener for listener, _, its in self._open if its is host).close()

    def close(self) -> None:
        for listener, store, host in self._open:
            host.close()
            listener.close()
            assert listener.failure is None
            store.close()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launcher]:
    launcher = Launcher(tmp_path)
    yield launcher
    launcher.close()


@pytest.fixture
def host(launch: Launcher) -> Host:
    return launch()


def make_wheel(directory: Path, name: str = "demo_pkg", version: str = "1.0") -> Path:
    """A wheel that installs: one module with a VALUE."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VALUE = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\n"
        f"Version: {version}\nRequires-Python: >=3.8\nSummary: A <b>demo</b>\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)
    return path
