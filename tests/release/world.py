"""A GitLab with a running job for `gluv release`, every call noted, faults on demand."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gluv.release.options import ReleaseOptions, Request
from gluv.release.perform import Surroundings, perform
from gluv.release.retry import Clock
from gluv.release.stop import Step
from gluv.server import Listener, ServerSettings
from gluv.server.app import create_app
from gluv.store import Store
from tests.server.conftest import populate

TOKEN = "glcbt-running"
PROJECT = "grp/sub/demo"

Fault = Callable[[int, str, str], "Broken | None"]
"""From the number of a call, its method and its path to what goes wrong with it."""


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """An answer instead of GitLab's; `after` lets GitLab act first. Status 0 drops the line.

    `then` is called before the answer.
    """

    status: int = 500
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b'{"message":"500 Internal Server Error"}'
    after: bool = False
    then: Callable[[], None] | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came over the wire, and the status of its answer."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


class World:
    """One GitLab. `env` is what a job's environment adds."""

    def __init__(self, directory: Path, repository: Path, **settings: Any) -> None:
        self.calls: list[Call] = []
        self.fault: Fault | None = None
        self.store = Store.open(directory / "gitlab")
        visibility = settings.pop("visibility", "public")
        self.project = populate(self.store, PROJECT, visibility=visibility, checkout=repository)
        pipeline = self.store.create_pipeline(
            source="push", ref="v1.0.0", tag=True, sha="a" * 40, name=None
        )
        job = self.store.create_job(pipeline_id=pipeline.id, name="release-job", stage="release")
        self.store.start_job(job.id, TOKEN)
        self.job = job
        self.listener = Listener()
        self.url = self.listener.url
        self.repository = repository
        self.home = directory / "home"
        self.home.mkdir()
        given = ServerSettings(
            base_url=self.url,
            **settings,
        )
        self.listener.start(lambda: self._wrapped(create_app(self.store, given)))

    @property
    def pypi(self) -> str:
        return f"{self.url}/api/v4/projects/1/packages/pypi"

    def env(self, tag: str = "v1.0.0", **extra: str) -> dict[str, str]:
        """The environment of the release job, on a machine with git and uv."""
        kept = ("PATH", "SSL_CERT_FILE", "TMPDIR", "UV_CACHE_DIR")
        base = {key: os.environ[key] for key in kept if key in os.environ}
        base.setdefault("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))
        host = self.url.removeprefix("http://")
        return {
            **base,
            "HOME": str(self.home),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_PYTHON": sys.executable,
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "CI_SERVER_URL": self.url,
            "CI_SERVER_FQDN": host,
            "CI_SERVER_PROTOCOL": "http",
            "CI_PROJECT_ID": "1",
            "CI_PROJECT_PATH": PROJECT,
            "CI_PROJECT_NAME": "demo",
            "CI_JOB_TOKEN": TOKEN,
            "CI_COMMIT_TAG": tag,
            "CI_COMMIT_SHA": "a" * 40,
            "CI_COMMIT_TIMESTAMP": "2024-05-01T12:00:00+00:00",
            **extra,
        }

    def release(self, *args: str, tag: str = "v1.0.0", **extra: str) -> "Ran":
        """`gluv release` as a process of its own."""
        return run(self.command(*args), self.env(tag, **extra), self.repository)

    def perform(self, tag: str = "v1.0.0", **options: Any) -> list[Step]:
        """`gluv release` in this process, on a clock that never waits; its steps.

        Raises `Stop` as it does.
        """
        steps: list[Step] = []
        here = Surroundings(
            environ=self.env(tag),
            say=steps.append,
            output=lambda line: None,
            progress=lambda name, sent, size: None,
            clock=Clock(now=lambda: 0.0, sleep=lambda seconds: None, random=lambda: 0.0),
        )
        perform(Request(directory=self.repository, options=ReleaseOptions(**options)), here)
        return steps

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "gluv", "release", *args]

    def state(self) -> dict[str, Any]:
        """What is left behind: files with hashes, and releases with their links."""
        packages = self.store.packages.of_projects([1])
        return {
            "files": sorted(
                (package.name, package.version, file.name, file.sha256)
                for package in packages
                for file in self.store.packages.files_of(package.id)
            ),
            "releases": {
                release.tag: (
                    release.name,
                    release.description,
                    sorted(
                        (link.name, link.url, link.filepath, link.link_type)
                        for link in self.store.releases.links_of(release.id)
                    ),
                )
                for release in self.store.releases.of_projects([1])
            },
        }

    def written(self) -> list[str]:
        """The calls that change something, without the host."""
        return [f"{c.method} {c.path}" for c in self.calls if c.method not in ("GET", "HEAD")]

    def close(self) -> None:
        self.listener.close()
        assert self.listener.failure is None
        self.store.close()

    def _wrapped(self, app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope["raw_path"].decode()
            broken = self.fault(len(self.calls), scope["method"], path) if self.fault else None
            headers = {key.decode(): value.decode() for key, value in scope["headers"]}
            body = bytearray()

            def note(status: int) -> None:
                self.calls.append(
                    Call(
                        method=scope["method"],
                        path=path,
                        headers=headers,
                        body=bytes(body),
                        status=status,
                    )
                )

            async def received() -> Message:
                message = await receive()
                body.extend(message.get("body", b""))
                return message

            async def sent(message: Message) -> None:
                if message["type"] == "http.response.start":
                    # Before the client can have its answer, and somebody looks at the calls.
                    note(message["status"])
                if broken is None:
                    await send(message)

            if broken is None or broken.after:
                await app(scope, received, sent)
            else:
                while (await received()).get("more_body"):
                    pass
                note(broken.status)
            if broken is not None:
                if broken.then is not None:
                    broken.then()
                await _break(broken, send)

        return wrapped


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended; a signal is a negative code."""

    code: int
    out: str
    err: str


def run(command: list[str], env: dict[str, str], cwd: Path) -> Ran:
    """Run a process to its end."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


async def _break(broken: Broken, send: Send) -> None:
    if broken.status == 0:
        # An application that ends without an answer is a 500,
        # so the promise of a body is broken instead.
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]}
        )
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        raise asyncio.CancelledError
    headers = [(b"content-type", b"application/json")]
    headers += [(key.encode(), value.encode()) for key, value in broken.headers]
    await send({"type": "http.response.start", "status": broken.status, "headers": headers})
    await send({"type": "http.response.body", "body": broken.body})


def uploads(method: str, path: str) -> bool:
    """Whether a call is the upload of a file."""
    return method == "POST" and path.endswith("/packages/pypi")


def link_calls(method: str, path: str) -> bool:
    """Whether a call writes a release link."""
    return method != "GET" and re.search(r"/assets/links(/\d+)?$", path) is not None
