"""A real `gluv serve` in a process of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import urllib3

from gluv.store import ProjectRow, Store
from tests.server.conftest import populate


class Serving:
    """`gluv serve` with some options; use it as a context manager."""

    def __init__(
        self,
        *options: str | Path | int,
        environ: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
    ) -> None:
        command = [*wrapper, sys.executable, "-m", "gluv", "serve", *map(str, options)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_COLOR": "1", **(environ or {})},
            pass_fds=pass_fds,
        )
        assert self.process.stdout is not None
        first = self.process.stdout.readline()
        self.said = [first]
        self.url = first.rpartition(": ")[2].strip() if ": http" in first else ""
        self.port = urlsplit(self.url).port or self._remembered(options)
        self._err = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Serving":
        return self

    def __exit__(self, *raised: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """An answer; each comes on a connection of its own."""
        return urllib3.request(
            "GET", f"{self.origin}{path}", headers=headers, redirect=False, retries=False
        )

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> tuple[int, str]:
        """The exit code and what it said on standard error."""
        code = self.process.wait(timeout=90)
        self._reader.join(30)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None and not stream.closed:
                stream.close()
        return code, self._err

    def _remembered(self, options: Sequence[str | Path | int]) -> int:
        if self.url and "--data" in options:
            return int((Path(str(options[options.index("--data") + 1])) / "port").read_text())
        return 0

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._err += line


def fill(directory: Path, path: str = "g/p", **settings: Any) -> ProjectRow:
    """Give a folder a project and its owner's token."""
    with Store.open(directory) as store:
        return populate(store, path, **settings)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A file in a store, and its path on the server."""

    name: str
    sha256: str
    path: str


def put(
    directory: Path, content: bytes, *, name: str = "demo", version: str = "1.0", suffix: str = ""
) -> Kept:
    """Put a file into the store of a folder, without a server."""
    file_name = f"{name}-{version}{suffix}-py3-none-any.whl"
    with Store.open(directory) as store:
        with store.blobs.writer() as writer:
            writer.write(content)
            blob = writer.keep()
        store.packages.add_file(
            project_id=1,
            name=name,
            version=version,
            normalised=name,
            requires_python="",
            summary="",
            metadata={},
            file_name=file_name,
            blob=blob,
            job_id=None,
        )
    path = f"/api/v4/projects/1/packages/pypi/files/{blob.sha256}/{file_name}"
    return Kept(name=file_name, sha256=blob.sha256, path=path)
