"""The four servers of `registry.py`: started on a free port, filled, asked and stopped alike."""

import getpass
import html
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import urllib3

USER, PASSWORD = "bench", "bench-password"
_LINK = re.compile(r'href="([^"]+)"')


class Server:
    """A registry in a folder of its own."""

    name = ""
    user = USER
    password = PASSWORD
    starts_with: Mapping[str, str] = {}

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    index = ""
    upload = ""

    def command(self) -> list[str]:
        raise NotImplementedError

    def prepare(self) -> None:
        """Whatever has to be there before the first start."""

    def fill(self, wheels: Sequence[Path]) -> None:
        """Put files there without the clock running."""
        raise NotImplementedError

    def settle(self) -> None:
        """Whatever needs the running server before it can be used."""

    def start(self) -> None:
        environment = {**os.environ, **self.starts_with}
        with (self.place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=environment, cwd=self.place
            )
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{self.name}: {(self.place / 'log').read_text()}") from None
                time.sleep(0.05)
        self.settle()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait()

    def page(self, package: str) -> str:
        return f"{self.url}{self.index}/{package}/"

    def file(self, package: str) -> str:
        """The URL of the first file of a package."""
        url = self.page(package)
        with urllib.request.urlopen(url) as answer:
            found = _LINK.findall(answer.read().decode())
        links = [html.unescape(link) for link in found if f"{package}-" in link]
        return urllib.parse.urljoin(url, links[0].partition("#")[0])

    def memory(self) -> int:
        """Bytes that the server and its children hold, in all."""
        assert self.process is not None
        return sum(_resident(pid) for pid in _family(self.process.pid))

    def post(self, pool: urllib3.HTTPConnectionPool, wheel: Path) -> None:
        """Upload one file as uv does."""
        name, version = wheel.name.split("-")[:2]
        fields: list[tuple[str, Any]] = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.1"),
            ("name", name),
            ("version", version),
            ("filetype", "bdist_wheel"),
            ("pyversion", "py3"),
            ("content", (wheel.name, wheel.read_bytes(), "application/octet-stream")),
        ]
        body, kind = urllib3.encode_multipart_formdata(fields)
        basic = b64encode(f"{self.user}:{self.password}".encode()).decode()
        headers = {"Content-Type": kind, "Authorization": f"Basic {basic}"}
        path = urllib.parse.urlsplit(f"{self.url}{self.upload}").path
        answer = pool.request("POST", path, body=body, headers=headers)
        if answer.status not in (200, 201):
            raise SystemExit(f"{self.name}: {answer.status} {answer.data[:300]!r}")


class Gluv(Server):
    name = "gluv"
    user = "any"
    password = "glpat-bench"
    index = "/api/v4/projects/1/packages/pypi/simple"
    upload = "/api/v4/projects/1/packages/pypi"

    def command(self) -> list[str]:
        data = str(self.place / "data")
        options = ["--data", data, "--port", str(self.port), "--forward", "off"]
        return [sys.executable, "-m", "gluv", "serve", *options]

    def prepare(self) -> None:
        from gluv.store import Store

        with Store.open(self.place / "data") as store:
            owner = store.people.settle_owner(username="bench", name="Bench", email="")
            store.tokens.add(
                self.password, kind="personal", name="bench", scopes=("api",), user_id=owner.id
            )
            store.projects.settle("bench/registry", visibility="public", is_home=True)

    def fill(self, wheels: Sequence[Path]) -> None:
        from gluv.store import Store
        from gluv.store.database import Database

        def unflushed(database: Database, write: Callable[[Any], Any]) -> Any:
            with database.writing() as connection:
                return write(connection)

        # A hundred thousand files would be flushed for an hour.
        with (
            patch("os.fsync"),
            patch.object(Database, "together", unflushed),
            Store.open(self.place / "data") as store,
        ):
            for wheel in wheels:
                name, version = wheel.name.split("-")[:2]
                with store.blobs.writer() as writer:
                    writer.write(wheel.read_bytes())
                    blob = writer.keep()
                store.packages.add_file(
                    project_id=1,
                    name=name,
                    version=version,
                    normalised=name.replace("_", "-"),
                    requires_python=">=3.8",
                    summary="",
                    metadata={},
                    file_name=wheel.name,
                    blob=blob,
                    job_id=None,
                )


class PypiServer(Server):
    name = "pypiserver"
    starts_with = {"GUNICORN_CMD_ARGS": "--workers 2 --threads 4"}
    index = "/simple"
    upload = "/"

    def __init__(self, place: Path, rivals: Path) -> None:
        super().__init__(place)
        self._program = rivals / "bin" / "pypi-server"
        (place / "packages").mkdir()

    def command(self) -> list[str]:
        options = ["--disable-fallback", "--server", "gunicorn", "--backend", "cached-dir"]
        options += ["-a", ".", "-P", ".", "-i", "127.0.0.1", "-p", str(self.port)]
        return [str(self._program), "run", *options, str(self.place / "packages")]

    def fill(self, wheels: Sequence[Path]) -> None:
        for wheel in wheels:
            shutil.copyfile(wheel, self.place / "packages" / wheel.name)


class Devpi(Server):
    name = "devpi-server"
    index = f"/{USER}/dev/+simple"
    upload = f"/{USER}/dev/"
    starts_with = {"PYTHONWARNINGS": "ignore"}

    def __init__(self, place: Path, rivals: Path) -> None:
        super().__init__(place)
        self._rivals = rivals
        self._settled = False

    def command(self) -> list[str]:
        options = ["--serverdir", str(self.place / "data"), "--port", str(self.port)]
        return [str(self._rivals / "bin" / "devpi-server"), *options]

    def prepare(self) -> None:
        program = str(self._rivals / "bin" / "devpi-init")
        options = ["--serverdir", str(self.place / "data"), "--no-root-pypi"]
        subprocess.run([program, *options], check=True, capture_output=True)

    def settle(self) -> None:
        if self._settled:
            return
        self._settled = True
        self._call("PUT", f"/{USER}", {"password": PASSWORD, "email": "b@example.com"})
        login = self._call("POST", "/+login", {"user": USER, "password": PASSWORD})
        token = b64encode(f"{USER}:{login['result']['password']}".encode()).decode()
        self._call("PUT", f"/{USER}/dev", {"bases": [], "volatile": True}, token)

    def fill(self, wheels: Sequence[Path]) -> None:
        with urllib3.HTTPConnectionPool("127.0.0.1", self.port) as pool:
            for wheel in wheels:
                self.post(pool, wheel)

    def _call(self, method: str, path: str, body: Any, token: str = "") -> Any:
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(body).encode())
        request.method = method
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("X-Devpi-Auth", token)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


class Nginx(Server):
    """Static files, the pages made beforehand: the floor, which takes no uploads."""

    name = "nginx"
    index = "/simple"

    def __init__(self, place: Path, program: str) -> None:
        super().__init__(place)
        self._program = program
        (place / "html" / "files").mkdir(parents=True)
        temporary = "\n".join(
            f"  {kind}_temp_path {place}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (place / "nginx.conf").write_text(
            f"user {getpass.getuser()}; worker_processes auto; daemon off;\n"
            f"pid {place}/pid; error_log {place}/log;\n"
            f"events {{ worker_connections 512; }}\n"
            f"http {{\n  access_log off; sendfile on; tcp_nopush on; default_type text/html;\n"
            f"  open_file_cache max=1000;\n{temporary}\n"
            f"  server {{ listen 127.0.0.1:{self.port}; root {place}/html; }}\n}}\n"
        )

    def command(self) -> list[str]:
        return [self._program, "-c", f"{self.place}/nginx.conf", "-p", str(self.place)]

    def fill(self, wheels: Sequence[Path]) -> None:
        pages: dict[str, list[str]] = {}
        for wheel in wheels:
            shutil.copyfile(wheel, self.place / "html" / "files" / wheel.name)
            name = wheel.name.split("-")[0].replace("_", "-")
            pages.setdefault(name, []).append(
                f'<a href="{self.url}/files/{wheel.name}" data-requires-python="&gt;=3.8">'
                f"{wheel.name}</a><!-- {'0' * 160} -->"
            )
        for name, links in pages.items():
            page = self.place / "html" / "simple" / name / "index.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            with page.open("a") as file:
                file.write("\n".join(links))


def _family(pid: int) -> list[int]:
    """A process and those below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += _family(int(child))
    return found


def _resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
