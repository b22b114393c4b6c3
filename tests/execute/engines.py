"""Real engines for the tests, and a small image that comes from no registry."""

import atexit
import functools
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

import pytest

from gluv.errors import EngineUnavailable
from gluv.host.engine import Engine, find_engine

IMAGE = "localhost/gluv-behaviour:1"
"""A whole system of one program, BusyBox; a user `worker`, no bash."""

BARE = "localhost/gluv-bare:1"
"""An image without a shell, as uv's distroless one."""

CONFIGURATION = Path(__file__).parent.parent / "data" / "containers.conf"


_ENVIRONMENT = {"CONTAINERS_CONF": str(CONFIGURATION), **os.environ}


def engine_environment() -> dict[str, str]:
    """The caller's environment, with limits for podman that every machine grants.

    It is the one that the tests were started in, and not what a test has made of it since.
    """
    return dict(_ENVIRONMENT)


@functools.cache
def real_engine(client: str) -> Engine | str:
    """A real engine that has the images, or why there is none."""
    environ = engine_environment()
    if client == "docker with podman's socket":
        served = serve_podman(environ)
        if isinstance(served, str):
            return served
        environ, _ = served
    try:
        engine = find_engine("podman" if client == "podman" else "docker", environ)
    except EngineUnavailable as error:
        return error.message
    program = shutil.which("busybox")
    if program is None or b"statically" not in _file_kind(program):
        return "no static busybox to make an image of (apt-get install busybox-static)"
    for name, shell in ((IMAGE, True), (BARE, False)):
        if engine.inspect("image", name) is None:
            _import(engine, name, Path(program), shell=shell)
    return engine


def serve_podman(
    environ: dict[str, str], directory: Path | None = None
) -> tuple[dict[str, str], subprocess.Popen[bytes]] | str:
    """podman's socket for Docker's clients until its process ends, with the tests at the latest.

    `directory` is where the socket is, which may have been another service's.
    """
    if shutil.which("podman") is None or shutil.which("docker") is None:
        return "it takes both podman and docker's client"
    place = directory or Path(tempfile.mkdtemp(prefix="gluv-podman-"))
    socket = place / "podman.sock"
    socket.unlink(missing_ok=True)
    address = f"unix://{socket}"
    service = subprocess.Popen(
        ["podman", "system", "service", "-t", "0", address],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def end() -> None:
        service.terminate()
        service.wait(10)
        shutil.rmtree(place, ignore_errors=True)

    atexit.register(end)
    until = time.monotonic() + 20
    while not socket.exists() and time.monotonic() < until:
        time.sleep(0.02)
    return {**environ, "DOCKER_HOST": address}, service


def needs_engine(client: str) -> Engine:
    """A real engine; skips the test if this machine has none.

    In CI podman is installed, so that a skip for podman there is a failure.
    """
    engine = real_engine(client)
    if isinstance(engine, str):
        pytest.skip(f"no {client} here: {engine}")
    return engine


def _file_kind(program: str) -> bytes:
    """Whether a program needs no libraries: it names no interpreter."""
    head = Path(program).read_bytes()[:4096]
    return b"dynamically" if b"/ld-" in head else b"statically"


def _import(engine: Engine, name: str, busybox: Path, *, shell: bool) -> None:
    applets = subprocess.run(
        [busybox, "--list"], check=True, capture_output=True, text=True
    ).stdout.split()
    archive = Path(f"/tmp/gluv-image-{os.getpid()}.tar")
    try:
        with tarfile.open(archive, "w") as tar:
            for directory in ("bin", "etc", "tmp", "root", "builds"):
                entry = tarfile.TarInfo(directory)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if directory == "tmp" else 0o755
                tar.addfile(entry)
            tar.add(busybox, "bin/busybox" if shell else "bin/tool")
            for applet in applets if shell else ():
                if applet != "busybox":
                    link = tarfile.TarInfo(f"bin/{applet}")
                    link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                    tar.addfile(link)
            _add_text(tar, "etc/passwd", "root:x:0:0::/root:/bin/sh\nworker:x:1234:1234::/tmp:\n")
            _add_text(tar, "etc/group", "root:x:0:\nworker:x:1234:\n")
            _add_text(tar, "bin/enter", '#!/bin/sh\necho "entered with $GREETING"\nexec "$@"\n')
        changes = ("--change", "ENV PATH=/bin", "--change", "ENV FROM_IMAGE=yes")
        done = engine.call("import", *changes, str(archive), name)
        assert done.code == 0, done.stderr
    finally:
        archive.unlink(missing_ok=True)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text), 0o755
    tar.addfile(entry, io.BytesIO(text.encode()))
