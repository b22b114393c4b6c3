"""A container engine: docker or podman, found by asking it, and asked through its own client."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gluv.errors import EngineUnavailable
from gluv.host.process import Completed, run

EngineChoice = Literal["container", "docker", "podman"]
"""What may be asked for; `container` takes whichever answers, docker first."""

ASK_SECONDS = 20.0
"""How long an engine may take to say who it is."""

CALL_SECONDS = 120.0
"""How long it may take for anything else that is not a pull or a job."""

_ADVICE = re.compile(r"(Run|See) '(docker|podman)\b.*--help'")
"""What docker's client says after the error itself."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """An engine that answered.

    `client` is the program that speaks to it, `server` what answered (podman serves Docker's
    clients too). `rootless` means that root in a container is an ordinary user outside, `distant`
    that the engine is in a virtual machine that shares this machine's files and forwards its
    loopback (Docker Desktop, podman machine). `labels` says that SELinux guards the files.
    `network` is the tool that connects rootless containers ("pasta", "slirp4netns"). `environ` is
    the client's environment.
    """

    client: Literal["docker", "podman"]
    program: str
    server: Literal["docker", "podman"]
    version: str
    environ: dict[str, str]
    rootless: bool = False
    distant: bool = False
    labels: bool = False
    network: str = ""

    @property
    def shown(self) -> str:
        """The engine for people."""
        through = " through docker's client" if self.client != self.server else ""
        return f"{self.server} {self.version}{through}"

    def call(
        self,
        *args: str,
        env: Mapping[str, str] = {},
        stdin: str | None = None,
        timeout: float = CALL_SECONDS,
    ) -> Completed:
        """Run a command of the client to its end; `env` is added to the client's environment.

        Raises `EngineUnavailable` if it does not end in `timeout` seconds.
        """
        try:
            return run(
                [self.program, *args], env={**self.environ, **env}, stdin=stdin, timeout=timeout
            )
        except (subprocess.TimeoutExpired, OSError) as error:
            raise EngineUnavailable(
                f"{self.client} {args[0]} did not end: {error}", hint="is the engine well?"
            ) from error

    def inspect(self, kind: str, name: str) -> dict[str, Any] | None:
        """What the engine knows about a container, an image or a network; None if nothing."""
        done = self.call(kind, "inspect", name)
        try:
            found = json.loads(done.stdout) if done.code == 0 else []
        except ValueError:
            return None
        first = found[0] if isinstance(found, list) and found else None
        return first if isinstance(first, dict) else None

    def silence(self) -> str | None:
        """Why the engine does not answer (any more); None if it does."""
        told = _ask(self.program, self.environ, "version", "--format", "{{json .}}")
        match told:
            case str():
                return told
            case {"Server": None}:
                return "the engine does not answer"
            case _:
                return None

    def remove(self, name: str) -> bool:
        """Kill and remove a container at once, with its anonymous volumes; whether that worked.

        One at a time: podman stops at the first of several that is not there.
        """
        # Without its own grace of 0 podman waits ten seconds for a shell that ignores SIGTERM.
        grace = ("-t", "0") if self.client == "podman" else ()
        return self.call("rm", "-f", "-v", *grace, name).code == 0


def reason(done: Completed) -> str:
    """Why a command of the client failed: its last word that is no advice."""
    lines = [line.strip() for line in done.stderr.splitlines()]
    said = [line for line in lines if line and not _ADVICE.match(line)]
    return said[-1] if said else f"exit code {done.code}"


def mount(source: Path, target: Path | str, *, read_only: bool = False) -> tuple[str, str]:
    """The option that mounts a directory, with commas or colons in its path; not with both."""
    if "," in f"{source}{target}":
        return "-v", f"{source}:{target}{':ro' if read_only else ''}"
    return "--mount", f"type=bind,source={source},target={target}{',readonly' if read_only else ''}"


def find_engine(choice: EngineChoice, environ: Mapping[str, str]) -> Engine:
    """The engine to use; `environ` is the caller's (`PATH`, `DOCKER_HOST`, ...).

    docker's client is asked first, then podman's, then podman's socket for Docker's clients.
    Raises `EngineUnavailable` with what each of them said.
    """
    said: list[str] = []
    for client in ("docker", "podman"):
        if choice in (client, "container"):
            program = shutil.which(client, path=environ.get("PATH", os.defpath))
            if program is None:
                said.append(f"{client} is not installed")
                continue
            answer = (_ask_docker if client == "docker" else _ask_podman)(program, dict(environ))
            if isinstance(answer, Engine):
                return answer
            said.append(f"{client}: {answer}")
            if client == "docker" and choice == "docker" and "DOCKER_HOST" not in environ:
                for socket in _podman_sockets(environ):
                    again = _ask_docker(program, {**environ, "DOCKER_HOST": f"unix://{socket}"})
                    if isinstance(again, Engine):
                        return again
    raise EngineUnavailable(
        f"no container engine answers ({'; '.join(said)})",
        hint="start docker or podman, or set DOCKER_HOST to the engine's socket",
    )


def _podman_sockets(environ: Mapping[str, str]) -> tuple[Path, ...]:
    directories = (environ.get("XDG_RUNTIME_DIR", ""), "/run")
    sockets = (Path(each, "podman", "podman.sock") for each in directories if each)
    return tuple(socket for socket in sockets if socket.exists())


def _ask(program: str, environ: dict[str, str], *args: str) -> dict[str, Any] | str:
    try:
        done = run([program, *args], env=environ, timeout=ASK_SECONDS)
    except (subprocess.TimeoutExpired, OSError):
        return f"no answer in {ASK_SECONDS:.0f} seconds"
    try:
        told = json.loads(done.stdout) if done.stdout.strip() else None
    except ValueError:
        told = None
    if done.code or not isinstance(told, dict):
        return reason(done).removeprefix("Error: ")
    return told


def _ask_docker(program: str, environ: dict[str, str]) -> Engine | str:
    server = _ask(program, environ, "version", "--format", "{{json .Server}}")
    if isinstance(server, str):
        return server
    info = _ask(program, environ, "info", "--format", "{{json .}}")
    if isinstance(info, str):
        return info
    host = environ.get("DOCKER_HOST", "")
    if host.startswith(("ssh://", "tcp://")) and not _is_here(host):
        return f"{host} is another machine, which does not see this one's files"
    parts = [part.get("Name") for part in server.get("Components") or ()]
    options = " ".join(info.get("SecurityOptions") or ())
    return Engine(
        client="docker",
        program=program,
        server="podman" if "Podman Engine" in parts else "docker",
        version=str(server.get("Version") or info.get("ServerVersion") or "?"),
        environ=environ,
        rootless="name=rootless" in options,
        distant="Docker Desktop" in str(info.get("OperatingSystem")),
        labels="name=selinux" in options,
    )


def _ask_podman(program: str, environ: dict[str, str]) -> Engine | str:
    info = _ask(program, environ, "info", "--format", "json")
    if isinstance(info, str):
        return info
    host = info.get("host", {})
    security = host.get("security", {})
    network = host.get("rootlessNetworkCmd") or (
        "slirp4netns" if (host.get("slirp4netns") or {}).get("executable") else ""
    )
    return Engine(
        client="podman",
        program=program,
        server="podman",
        version=str(info.get("version", {}).get("Version", "?")),
        environ=environ,
        rootless=bool(security.get("rootless")),
        distant=bool(host.get("serviceIsRemote")),
        labels=bool(security.get("selinuxEnabled")),
        network=network,
    )


def _is_here(address: str) -> bool:
    host = address.partition("://")[2].rpartition("@")[2]
    return host.startswith(("127.", "localhost", "[::1]"))
